"""The audit of a fetched ledger: one pass over every record, then signatures and certificates."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from ewaste.auditor.certificates import Certificates
from ewaste.auditor.chains import Chains
from ewaste.auditor.claims import Claims
from ewaste.auditor.entries import Entry, entries, record_of
from ewaste.auditor.findings import Code, Findings, Place
from ewaste.auditor.identities import Identities
from ewaste.auditor.judgement import Judged, judge
from ewaste.auditor.ledgerfile import BrokenLine, LedgerFile, heads_seen
from ewaste.auditor.offsets import Offsets
from ewaste.auditor.report import Numbers, Report
from ewaste.auditor.sequences import Sequences
from ewaste.auditor.signing import Signature, signatures_of
from ewaste.auditor.tree import Tree
from ewaste.contracts.topics import partner_of
from ewaste.evidence.ledger.record import LeafError, Record
from ewaste.evidence.rules.ruleset import Rules

__all__ = ["Watch", "verify"]

Watch = Callable[[str, int, int], None]
"""Told what is being done, how much is done, and of how much."""
_TELL_EVERY: Final = 1_000


def verify(
    path: Path,
    roots: Sequence[tuple[int | None, bytes]] = (),
    watch: Watch = lambda *_: None,
    rules: Sequence[Rules] = (),
) -> Report:
    """Check everything that a ledger's file can show; `roots` are (size, root) that the auditor knows from elsewhere.

    `rules` are those that certificates may follow beside this release's.

    A root without a size is for all the records that the head counts. Raises `CannotRun` when the file can't be read as
    a fetched ledger.
    """
    seen = [(head.size, head.root) for head in heads_seen(path)]
    with LedgerFile(path) as file:
        known = [(file.head.size if size is None else size, root) for size, root in roots]
        others = dict.fromkeys(each for each in (*seen, *known) if each != (file.head.size, file.head.root))
        return _Audit(file, watch, rules).report([*others])


class _Audit:
    def __init__(self, file: LedgerFile, watch: Watch, rules: Sequence[Rules]) -> None:
        self._file = file
        self._watch = watch
        self._findings = Findings()
        self._tree = Tree()
        self._identities = Identities()
        self._offsets = Offsets(self._findings)
        self._sequences = Sequences(self._findings)
        self._claims = Claims(self._findings)
        self._certificates = Certificates(self._findings, rules)
        self._chains = Chains(file, self._identities)
        self._numbers = Numbers()
        self._newest_ms = -1
        self._contradictions: list[tuple[Place, int]] = []

    def report(self, roots: Sequence[tuple[int, bytes]]) -> Report:
        self._read_all()
        root = self._tree.root()
        self._compare_roots(root, roots)
        open_gaps = self._sequences.end(self._newest_ms)
        judged = self._judge_claims()
        self._tell_contradictions(judged)
        self._derive_certificates()
        numbers = self._numbers
        numbers.records, numbers.partitions = self._tree.size, self._offsets.partitions
        numbers.sources, numbers.certificates = self._sequences.highest, self._certificates.derived
        numbers.heads = 1 + len(roots) + len(self._certificates.issued) + len(self._certificates.checkpoints)
        open_findings = [*open_gaps, *judged.open, *self._certificates.open]
        return Report(str(self._file.path), self._file.head, root, self._findings, open_findings, judged, numbers)

    def _read_all(self) -> None:
        for count, (at, entry) in enumerate(entries(self._file, self._tree, self._findings)):
            if entry is not None:
                self._see(entry)
            if count % _TELL_EVERY == 0:
                self._watch("records", at, self._file.bytes)
        self._watch("records", self._file.bytes, self._file.bytes)

    def _see(self, entry: Entry) -> None:
        self._offsets.see(entry)
        if partner_of(entry.record.topic) is None:  # a stranger's clock must not decide what is late
            self._newest_ms = max(self._newest_ms, entry.record.timestamp_ms)
        is_new = False
        if entry.envelope is None:
            self._numbers.unreadable += 1
        elif not entry.in_place:
            self._numbers.out_of_place += 1
        else:
            is_new = self._see_event(entry)
        self._claims.see(entry, is_new=is_new)

    def _see_event(self, entry: Entry) -> bool:
        self._chains.see(entry)
        self._numbers.events += 1
        if not self._identities.is_new(entry):
            self._numbers.repeated += 1
            if (first := self._identities.contradicted(entry)) is not None:
                self._contradictions.append((entry.place, first))
            return False
        self._sequences.see(entry)
        self._certificates.see(entry)
        return True

    def _compare_roots(self, root: bytes, roots: Sequence[tuple[int, bytes]]) -> None:
        head = self._file.head
        if head.size != self._tree.size:
            said = f"the head is over {head.size} records, the file has {self._tree.size}"
            self._findings.add(Code.SIZE_DIFFERS, said)
        if head.root != root:
            said = f"the head's root is {head.root.hex()}, the records give {root.hex()}"
            self._findings.add(Code.ROOT_DIFFERS, said)
        for size, seen in roots:
            found = self._root_at(size)
            if found != seen:
                shown = found.hex() if found else f"nothing, there are only {self._tree.size} records"
                said = f"you saw root {seen.hex()} at size {size}; the records now give {shown}"
                self._findings.add(Code.SEEN_ROOT_DIFFERS, said)

    def _root_at(self, size: int) -> bytes | None:
        return self._tree.root_at(size, self._file)

    def _judge_claims(self) -> Judged:
        count = len(self._claims.claims)
        signatures = signatures_of(self._claimed(), count, self._claims.public_keys())
        return judge(self._claims, self._told(signatures, count), self._newest_ms, self._findings)

    def _claimed(self) -> Iterator[tuple[int, Record]]:
        for claim in self._claims.claims:
            try:
                yield claim.position, record_of(self._file.line_at(claim.position))
            except (BrokenLine, LeafError):  # its content is missing, which is a finding already
                place = claim.place
                yield claim.position, Record(place.topic, place.partition, place.offset, -1, None, (), None)

    def _told(self, signatures: Iterator[tuple[int, Signature]], count: int) -> Iterator[tuple[int, Signature]]:
        for done, each in enumerate(signatures, 1):
            if done % 100 == 0 or done == count:
                self._watch("signatures", done, count)
            yield each

    def _tell_contradictions(self, judged: Judged) -> None:
        """Two contents under one id; a partner's second one that was refused has had its answer."""
        for place, first in self._contradictions:
            if (place.topic, place.partition, place.offset) in judged.refused_at:
                continue
            index = self._file.line_at(first).index
            said = f"the event at index {index} has the same source and id, and other content"
            self._findings.add(Code.EQUIVOCATION, said, place)

    def _derive_certificates(self) -> None:
        step = partial(self._watch_certificates, len(self._certificates.issued))
        self._certificates.check(self._chains, self._root_at, self._tree.size, self._newest_ms, step)

    def _watch_certificates(self, count: int, done: int) -> None:
        self._watch("certificates", done, count)
