"""Does a certificate follow from records that are in the log, and are those signed that must be?

Backward: the certificate is derived again from the records before it. What it rests on is the list `evidence` of that
derivation, the partners' own records behind the facts, and the registrations of the keys that signed those.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ewaste.auditor.chains import Chains
from ewaste.auditor.claims import Claims
from ewaste.auditor.entries import Entry, head_at, place_of
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Findings
from ewaste.auditor.following import follow
from ewaste.auditor.judgement import judge
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.auditor.signing import Signature, signatures_of
from ewaste.auditor.vouching.basis import Basis, Role, basis_of
from ewaste.auditor.watch import Watch, nobody
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.registry import read_data
from ewaste.evidence.certificates.certify import Uncertified, certify
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.model import CertificateState
from ewaste.evidence.custody.states import certificate_state
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules

__all__ = ["Vouched", "vouch"]

_ISSUED: Final = "ewaste.traceability.CertificateIssued."
_LONG_AFTER_MS: Final = 1 << 62
"""Later than any record: what is missing now counts as missing."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """`basis` is every record that the certificate rests on, by index; `state` as of `head`."""

    certificate: CertificateIssued
    index: int
    state: CertificateState | None
    head: Checkpoint
    basis: tuple[Basis, ...]
    findings: Findings

    @property
    def clean(self) -> bool:
        """Whether everything is in the log, signed where it must be, and gives this certificate."""
        return not self.findings.counts


@dataclass(slots=True)
class _Seen:
    """What one pass over the records leaves."""

    claims: Claims
    issued: dict[str, tuple[Entry, CertificateIssued]]

    def see(self, entry: Entry, is_new: bool) -> None:
        self.claims.see(entry, is_new=is_new)
        if is_new and entry.envelope is not None and entry.envelope.type.startswith(_ISSUED):
            try:
                data = read_data(entry.envelope).data
            except InvalidEvent:
                return
            if isinstance(data, CertificateIssued):
                self.issued.setdefault(data.certificate_id, (entry, data))


def vouch(
    folder: Path,
    certificate_id: str,
    rules: Sequence[Rules] = (),
    until: Until | None = None,
    watch: Watch = nobody,
) -> Vouched:
    """What the certificate rests on. Raises `CannotRun`, also where the log announces no such certificate."""
    mirror, findings = Mirror.open(folder), Findings()
    head = head_at(mirror, size_at(mirror, until))
    seen = _Seen(Claims(findings), {})
    chains = follow(mirror, head.size, watch, seen.see)
    id = certificate_id.removeprefix("certificate/")
    if id not in seen.issued:
        raise CannotRun(f"the first {head.size:,} records of {folder} announce no certificate {id}")
    entry, data = seen.issued[id]
    indices = _derived(mirror, chains, entry, data, rules, findings)
    claims, signatures = _signatures(mirror, seen.claims, indices)
    judge(claims, signatures.items(), _LONG_AFTER_MS, findings)
    basis = [*basis_of(mirror, {*indices, *signatures}, claims, signatures), *_keys(mirror, claims, signatures)]
    state = certificate_state(fold(chains.evidence_of(node("certificate", id))), id)
    return Vouched(data, entry.index, state, head, tuple(sorted(basis, key=lambda each: each.place.index)), findings)


def _derived(
    mirror: Mirror, chains: Chains, entry: Entry, data: CertificateIssued, rules: Sequence[Rules], findings: Findings
) -> set[int]:
    """The indices of the facts that the certificate rests on; those of its batch's chain where it does not follow."""
    evidence = chains.evidence_of(node("batch", data.batch_id))
    known = {each.digest(): each for each in (DEFAULT_RULES, *rules)}
    if data.rules_digest not in known:
        said = f"it follows rules {data.rules_digest}, which are not known here"
        findings.add(Code.RULES_UNKNOWN, said, entry.place)
    if data.ledger_size > entry.index or head_at(mirror, data.ledger_size).root.hex() != data.ledger_root:
        said = f"it says root {data.ledger_root} at size {data.ledger_size}; the records before it give another"
        findings.add(Code.RECORDED_ROOT_DIFFERS, said, entry.place)
    judged = certify(
        evidence,
        data.batch_id,
        issuer=entry.envelope.source if entry.envelope else "",
        ledger_size=data.ledger_size,
        ledger_root=bytes.fromhex(data.ledger_root),
        rules=known.get(data.rules_digest, DEFAULT_RULES),
    )
    if isinstance(judged, Uncertified):
        why = "; ".join(line.text_en for line in judged.reasons[:5])
        findings.add(Code.CERTIFICATE_UNFOUNDED, f"the records do not give it: {why}", entry.place)
        return {each.index for each in evidence if each.index < data.ledger_size}
    if judged.event_data(data.replaces_certificate_id) != data and data.rules_digest in known:
        said = f"it has content {data.content_digest}; the records give {judged.digest}"
        findings.add(Code.CERTIFICATE_DIFFERS, said, entry.place)
    return set(judged.content["evidence"])


def _signatures(mirror: Mirror, claims: Claims, indices: Iterable[int]) -> tuple[Claims, dict[int, Signature]]:
    """Of all claims those behind these facts, and their signatures by index."""
    wanted = set(indices)
    accepted = [each for each in claims.accepted if each.place.index in wanted]
    ids = {each.claim_id for each in accepted}
    behind = [each for each in claims.claims if each.place.index in wanted or each.event_id in ids]
    records = ((each.place.index, mirror.record(each.place.index)) for each in behind)
    signatures = dict(signatures_of(records, len(behind), claims.public_keys()))
    return replace(claims, claims=behind, accepted=accepted, refusals=[]), signatures


def _keys(mirror: Mirror, claims: Claims, signatures: Mapping[int, Signature]) -> list[Basis]:
    used = {each.key_id for each in signatures.values() if each.fault is None}
    found: list[Basis] = []
    for key_id in sorted(used - {None}, key=str):
        for fact in claims.keys.get(str(key_id), ()):
            place = place_of(mirror, fact.moment.index)
            if fact.x is not None and place is not None:
                found.append(Basis(place, Role.KEY, "PartnerKeyRegistered", None, None, key_id))
    return found
