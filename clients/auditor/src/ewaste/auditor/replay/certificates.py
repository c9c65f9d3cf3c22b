"""Every certificate that a ledger announces, derived again byte for byte."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ewaste.auditor.findings import Code, Findings, Place
from ewaste.auditor.replay.index import DiskIndex
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.evidence.certificates.certify import Uncertified, certify
from ewaste.evidence.custody.graph import node
from ewaste.evidence.replay.told import Told
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules

__all__ = ["Derived", "derive"]


@dataclass(slots=True)
class Derived:
    """SHA-256 (hex) of the certificates' contents as the records give them, by id."""

    digests: dict[str, str] = field(default_factory=dict)
    same: int = 0
    """How many are the announced ones, byte for byte."""


def derive(
    issued: Iterable[Told],
    index: DiskIndex,
    root_at: Callable[[int], bytes],
    place_of: Callable[[int], Place | None],
    rules: Sequence[Rules],
    findings: Findings,
) -> Derived:
    """Judge each batch by the records that its certificate names; one that does not follow from them is a finding."""
    known = {each.digest(): each for each in (DEFAULT_RULES, *rules)}
    derived = Derived()
    for told in issued:
        data = told.data
        if not isinstance(data, CertificateIssued):
            continue
        if (followed := known.get(data.rules_digest)) is None:
            said = f"certificate {data.certificate_id} follows rules {data.rules_digest}; known are {', '.join(known)}"
            findings.add(Code.RULES_UNKNOWN, said, place_of(told.index))
            continue
        # A certificate that names records after itself rests on what nobody had yet.
        if wrong := _derive_one(told, data, index, root_at, followed, derived):
            findings.add(*wrong, place_of(told.index))
    return derived


def _derive_one(
    told: Told,
    data: CertificateIssued,
    index: DiskIndex,
    root_at: Callable[[int], bytes],
    rules: Rules,
    derived: Derived,
) -> tuple[Code, str] | None:
    name, size = f"certificate {data.certificate_id}", data.ledger_size
    root = root_at(size) if size <= told.index else None
    if root is None or root.hex() != data.ledger_root:
        return (
            Code.RECORDED_ROOT_DIFFERS,
            f"{name} names root {data.ledger_root} at size {size}; it is not the ledger's",
        )
    evidence = index.evidence_of(node("batch", data.batch_id), size)
    judged = certify(evidence, data.batch_id, issuer=told.source, ledger_size=size, ledger_root=root, rules=rules)
    if isinstance(judged, Uncertified):
        why = "; ".join(line.text_en for line in judged.reasons[:5])
        return Code.CERTIFICATE_UNFOUNDED, f"{name} of batch {data.batch_id}: {why}"
    derived.digests[judged.certificate_id] = judged.digest
    if judged.event_data(data.replaces_certificate_id) != data:
        return Code.CERTIFICATE_DIFFERS, f"{name} has content {data.content_digest}; the records give {judged.digest}"
    derived.same += 1
    return None
