"""Every certificate derived again from the records before it: the same bytes, or it doesn't follow from them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import Entry
from ewaste.auditor.findings import Code, Findings, Place
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended, CheckpointPublished
from ewaste.contracts.registry import read_data
from ewaste.evidence.certificate import Uncertified, certify
from ewaste.evidence.custody_graph import node
from ewaste.evidence.rules import DEFAULT_RULES

__all__ = ["Certificates", "Issued"]

_PREFIX = "ewaste.traceability."
RootAt = Callable[[int], bytes | None]


@dataclass(frozen=True, slots=True)
class Issued:
    place: Place
    source: str
    data: CertificateIssued


@dataclass(slots=True)
class Certificates:
    """Collected in the pass over the file, checked afterwards."""

    findings: Findings
    issued: list[Issued] = field(default_factory=list)
    checkpoints: list[tuple[Place, CheckpointPublished]] = field(default_factory=list)
    suspended: set[str] = field(default_factory=set)
    derived: int = 0

    def see(self, entry: Entry) -> None:
        """An event in its place that was not seen before."""
        assert entry.envelope is not None
        if not entry.envelope.type.startswith(_PREFIX):
            return
        try:
            data = read_data(entry.envelope).data
        except InvalidEvent:
            return
        if isinstance(data, CertificateIssued):
            self.issued.append(Issued(entry.place, entry.envelope.source, data))
        elif isinstance(data, CertificateSuspended):
            self.suspended.add(data.certificate_id)
        elif isinstance(data, CheckpointPublished):
            self.checkpoints.append((entry.place, data))

    def check(self, chains: Chains, root_at: RootAt, step: Callable[[int], None]) -> None:
        """Compare every recorded root and derive every certificate again; `step` is told how many are done."""
        for place, checkpoint in self.checkpoints:
            self._root(place, "the checkpoint", checkpoint.size, checkpoint.root, root_at)
        for done, issued in enumerate(self.issued, 1):
            self._derive(issued, chains, root_at)
            step(done)
        self._once_per_batch()

    def _root(self, place: Place, what: str, size: int, root: str, root_at: RootAt) -> bool:
        found = root_at(size) if size <= place.index else None
        if found is not None and found.hex() == root:
            return True
        shown = found.hex() if found else "none"
        said = f"{what} says root {root} at size {size}; the records before it give {shown}"
        self.findings.add(Code.RECORDED_ROOT_DIFFERS, said, place)
        return False

    def _derive(self, issued: Issued, chains: Chains, root_at: RootAt) -> None:
        data, place = issued.data, issued.place
        name = f"certificate {data.certificate_id}"
        if data.rules_digest != DEFAULT_RULES.digest():
            said = f"{name} follows rules {data.rules_digest}; known here are {DEFAULT_RULES.digest()}"
            self.findings.add(Code.RULES_UNKNOWN, said, place)
            return
        self._root(place, name, data.ledger_size, data.ledger_root, root_at)
        judged = certify(
            chains.evidence_of(node("batch", data.batch_id)),
            data.batch_id,
            issuer=issued.source,
            ledger_size=data.ledger_size,
            ledger_root=bytes.fromhex(data.ledger_root),
        )
        if isinstance(judged, Uncertified):
            why = "; ".join(line.text_en for line in judged.reasons[:5])
            self.findings.add(Code.CERTIFICATE_UNFOUNDED, f"{name} of batch {data.batch_id}: {why}", place)
        elif judged.event_data(data.replaces_certificate_id) != data:
            said = f"{name} has content {data.content_digest}; the records give {judged.digest}"
            self.findings.add(Code.CERTIFICATE_DIFFERS, said, place)
        else:
            self.derived += 1

    def _once_per_batch(self) -> None:
        gone = self.suspended | {each.data.replaces_certificate_id for each in self.issued}
        standing: dict[str, Issued] = {}
        for issued in self.issued:
            if issued.data.certificate_id in gone:
                continue
            first = standing.setdefault(issued.data.batch_id, issued)
            if first is not issued:
                said = (
                    f"batch {issued.data.batch_id} also backs {first.data.certificate_id} at index {first.place.index}"
                )
                self.findings.add(Code.CERTIFIED_TWICE, said, issued.place)
