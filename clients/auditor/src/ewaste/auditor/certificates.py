"""Every certificate derived again from the records before it: the same bytes, or it doesn't follow from them.

And from all records: one that they no longer bear out must have been suspended, and no other may have been.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import Entry
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Finding, Findings, Place
from ewaste.auditor.sequences import SETTLED_AFTER_MS
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended, CheckpointPublished
from ewaste.contracts.registry import read_data
from ewaste.evidence.certificates.certify import Certificate, Uncertified, certify
from ewaste.evidence.certificates.reissue import judge_again
from ewaste.evidence.custody.graph import node
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules

__all__ = ["Announced", "Certificates", "Issued"]

_PREFIX = "ewaste.traceability."
RootAt = Callable[[int], bytes | None]


@dataclass(frozen=True, slots=True)
class Announced:
    """What is remembered of a certificate: its event is some 5 kB in memory, and read again when it is checked."""

    place: Place
    source: str
    certificate_id: str
    batch_id: str
    replaces: str | None

    @classmethod
    def of(cls, place: Place, source: str, data: CertificateIssued) -> Self:
        return cls(place, source, data.certificate_id, data.batch_id, data.replaces_certificate_id)


@dataclass(frozen=True, slots=True)
class Issued:
    place: Place
    source: str
    data: CertificateIssued


@dataclass(slots=True)
class Certificates:
    """Collected in the pass over the file, checked afterwards."""

    findings: Findings
    origin: str
    """The log's: the custody ledger also tells checkpoints of the learning log, which are not roots of this tree."""
    rules: Sequence[Rules] = ()
    """Rules that certificates may follow beside those of this release."""
    issued: list[Announced] = field(default_factory=list)
    checkpoints: list[tuple[Place, CheckpointPublished]] = field(default_factory=list)
    suspended: dict[str, tuple[Place, CertificateSuspended]] = field(default_factory=dict)
    derived: int = 0
    open: list[Finding] = field(default_factory=list)
    """What the service may still answer: the records that overtook a certificate are too new."""
    compared: list[tuple[int, bool]] = field(default_factory=list)
    """The sizes of recorded roots, and whether the records before them give that root."""
    _known: dict[str, Rules] = field(default_factory=dict)
    """By digest."""
    _contents: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of the certificates that follow from their records, by id; only while they are asked for."""

    def __post_init__(self) -> None:
        self._known.update((each.digest(), each) for each in (DEFAULT_RULES, *self.rules))

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
            self.issued.append(Announced.of(entry.place, entry.envelope.source, data))
        elif isinstance(data, CertificateSuspended):
            self.suspended.setdefault(data.certificate_id, (entry.place, data))
        elif isinstance(data, CheckpointPublished) and data.origin == self.origin:
            self.checkpoints.append((entry.place, data))

    def check(self, chains: Chains, root_at: RootAt, size: int, newest_ms: int, step: Callable[[int], None]) -> None:
        """Compare every recorded root, derive every certificate again, then ask all `size` records whether it stands.

        `newest_ms` is the newest record's time; `step` is told how many certificates are done.
        """
        for place, checkpoint in self.checkpoints:
            self._root(place, "the checkpoint", checkpoint.size, checkpoint.root, root_at)
        replaced = {each.replaces for each in self.issued}
        still = Counter(each.certificate_id for each in self.issued)
        for done, announced in enumerate(self.issued, 1):
            issued = _issued(announced, chains)
            self._derive(issued, chains, root_at)
            if issued.data.certificate_id in self.suspended:
                self._suspended_for_cause(issued, chains, root_at)
            elif issued.data.certificate_id not in replaced:
                self._still_stands(issued, chains, size, root_at, newest_ms)
            still[issued.data.certificate_id] -= 1
            if not still[issued.data.certificate_id]:
                self._contents.pop(issued.data.certificate_id, None)
            step(done)
        self._once_per_batch()

    def _root(self, place: Place, what: str, size: int, root: str, root_at: RootAt) -> bool:
        found = root_at(size) if size <= place.index else None
        self.compared.append((size, found is not None and found.hex() == root))
        if self.compared[-1][1]:
            return True
        shown = found.hex() if found else "none"
        said = f"{what} says root {root} at size {size}; the records before it give {shown}"
        self.findings.add(Code.RECORDED_ROOT_DIFFERS, said, place)
        return False

    def _derive(self, issued: Issued, chains: Chains, root_at: RootAt) -> None:
        data, place = issued.data, issued.place
        name = f"certificate {data.certificate_id}"
        rules = self._rules_of(issued)
        if rules is None:
            said = f"{name} follows rules {data.rules_digest}; known here are {', '.join(self._known)}"
            self.findings.add(Code.RULES_UNKNOWN, said, place)
            return
        self._root(place, name, data.ledger_size, data.ledger_root, root_at)
        judged = self._judge(issued, chains, data.ledger_size, bytes.fromhex(data.ledger_root), rules)
        if isinstance(judged, Uncertified):
            why = "; ".join(line.text_en for line in judged.reasons[:5])
            self.findings.add(Code.CERTIFICATE_UNFOUNDED, f"{name} of batch {data.batch_id}: {why}", place)
        elif judged.event_data(data.replaces_certificate_id) != data:
            said = f"{name} has content {data.content_digest}; the records give {judged.digest}"
            self.findings.add(Code.CERTIFICATE_DIFFERS, said, place)
        else:
            self._contents[data.certificate_id] = judged.content
            self.derived += 1

    def _rules_of(self, issued: Issued) -> Rules | None:
        return self._known.get(issued.data.rules_digest)

    def _judge(self, issued: Issued, chains: Chains, size: int, root: bytes, rules: Rules) -> Certificate | Uncertified:
        batch_id = issued.data.batch_id
        evidence = chains.evidence_of(node("batch", batch_id))
        return certify(evidence, batch_id, issuer=issued.source, ledger_size=size, ledger_root=root, rules=rules)

    def _still_stands(self, issued: Issued, chains: Chains, size: int, root_at: RootAt, newest_ms: int) -> None:
        content, id = self._contents.get(issued.data.certificate_id), issued.data.certificate_id
        root, rules = root_at(size), self._rules_of(issued)
        if content is None or root is None or rules is None:
            return
        evidence = chains.evidence_of(node("batch", issued.data.batch_id))
        found = judge_again(id, content, self._judge(issued, chains, size, root, rules), evidence)
        if found is None:
            return
        changed = f"records {', '.join(map(str, found.evidence[:5]))}" if found.evidence else "the rules"
        finding = Finding(Code.CERTIFICATE_OUTDATED, f"certificate {id}: {changed} say otherwise", issued.place)
        newest = max((chains.timestamp_ms(index) for index in found.evidence), default=0)
        if newest_ms - newest > SETTLED_AFTER_MS:
            self.findings.add(finding.code, finding.message, finding.place)
        else:
            self.open.append(finding)

    def _suspended_for_cause(self, issued: Issued, chains: Chains, root_at: RootAt) -> None:
        """As of the last record that the suspension names."""
        place, suspended = self.suspended[issued.data.certificate_id]
        content = self._contents.get(issued.data.certificate_id)
        size = max(suspended.evidence, default=-1) + 1
        root = root_at(size) if 0 < size <= place.index else None
        rules = self._rules_of(issued)
        if content is None or rules is None or not suspended.evidence:
            return
        evidence = [each for each in chains.evidence_of(node("batch", issued.data.batch_id)) if each.index < size]
        if root is None or not judge_again(
            suspended.certificate_id, content, self._judge(issued, chains, size, root, rules), evidence
        ):
            said = f"the records that the suspension of {suspended.certificate_id} names leave it standing"
            self.findings.add(Code.SUSPENDED_WITHOUT_CAUSE, said, place)

    def _once_per_batch(self) -> None:
        gone = self.suspended.keys() | {each.replaces for each in self.issued}
        standing: dict[str, Announced] = {}
        for issued in self.issued:
            if issued.certificate_id in gone:
                continue
            first = standing.setdefault(issued.batch_id, issued)
            if first is not issued:
                said = f"batch {issued.batch_id} also backs {first.certificate_id} at index {first.place.index}"
                self.findings.add(Code.CERTIFIED_TWICE, said, issued.place)


def _issued(announced: Announced, chains: Chains) -> Issued:
    index = announced.place.index
    evidence = chains.evidence_at(index)
    if evidence is None or not isinstance(evidence.event.data, CertificateIssued):
        raise CannotRun(f"record {index} was read before and is another now: leave the mirror alone and verify again")
    return Issued(announced.place, announced.source, evidence.event.data)
