"""What a mirror says of certificates: which were announced, in which order, and which hold no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import Entry, head_at, trusted_entries
from ewaste.auditor.findings import Place
from ewaste.auditor.identities import Identities
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.watch import Watch, nobody
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.registry import read_data
from ewaste.evidence.certificates.certify import Certificate, Uncertified, certify
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.states import certificate_state
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules

__all__ = ["Announced", "CertificateLedger"]

_ISSUED: Final = "ewaste.traceability.CertificateIssued."


@dataclass(frozen=True, slots=True)
class Announced:
    """A `CertificateIssued` event in its place; `ordinal` counts certificates in ledger order, from 0."""

    ordinal: int
    place: Place
    source: str
    time: datetime
    data: CertificateIssued


class CertificateLedger:
    """Read once from front to back. Raises `CannotRun` for what is no mirror, or not as its checkpoint says."""

    def __init__(self, folder: Path, rules: Sequence[Rules] = (), watch: Watch = nobody) -> None:
        self._mirror = Mirror.open(folder)
        self._identities = Identities()
        self._chains = Chains(self._mirror, self._identities)
        self._announced: dict[str, Announced] = {}
        self._rules = {each.digest(): each for each in (DEFAULT_RULES, *rules)}
        for entry in trusted_entries(self._mirror, self.size, watch):
            if entry.in_place:
                self._see(entry)

    @property
    def size(self) -> int:
        return self._mirror.size

    def root_at(self, size: int) -> bytes | None:
        """None where the ledger is shorter."""
        return head_at(self._mirror, size).root if size <= self.size else None

    def announced(self, content_digest: str) -> Announced | None:
        """The first certificate announced with this digest of its content."""
        return next((each for each in self._announced.values() if each.data.content_digest == content_digest), None)

    def derive(self, announced: Announced) -> Certificate | Uncertified | None:
        """The certificate from the records before it; None where its rules are not known here."""
        data = announced.data
        rules = self._rules.get(data.rules_digest)
        if rules is None:
            return None
        return certify(
            self._chains.evidence_of(node("batch", data.batch_id)),
            data.batch_id,
            issuer=announced.source,
            ledger_size=data.ledger_size,
            ledger_root=bytes.fromhex(data.ledger_root),
            rules=rules,
        )

    def standing(self, announced: Announced) -> tuple[str, str]:
        """Whether it holds as of the whole mirror, as a word and a sentence."""
        id = announced.data.certificate_id
        state = certificate_state(fold(self._chains.evidence_of(node("certificate", id))), id)
        word = state.value if state else "taken back"
        successor = next((each for each in self._announced.values() if each.data.replaces_certificate_id == id), None)
        by = f" by {successor.data.certificate_id} at index {successor.place.index}" if successor else ""
        return word, f"as of {self.size:,} records it is {word}{by}"

    def _see(self, entry: Entry) -> None:
        assert entry.envelope is not None
        self._chains.see(entry)
        self._identities.is_new(entry)
        if not entry.envelope.type.startswith(_ISSUED):
            return
        try:
            data = read_data(entry.envelope).data
        except InvalidEvent:
            return
        if isinstance(data, CertificateIssued) and data.certificate_id not in self._announced:
            place, envelope = entry.place, entry.envelope
            found = Announced(len(self._announced), place, envelope.source, envelope.time, data)
            self._announced[data.certificate_id] = found
