"""The audit of a mirror: its files to the checkpoint, then one pass over every record, signatures and certificates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ewaste.auditor.certificates import Certificates
from ewaste.auditor.chains import Chains
from ewaste.auditor.claims import Claims
from ewaste.auditor.entries import Entry, entries
from ewaste.auditor.files.findings import audit_mirror
from ewaste.auditor.findings import Code, Finding, Findings, Place
from ewaste.auditor.identities import Identities
from ewaste.auditor.judgement import Judged, judge
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.auditor.offsets import Offsets
from ewaste.auditor.policies import check_note
from ewaste.auditor.report import Numbers, Report
from ewaste.auditor.roots import Roots
from ewaste.auditor.sequences import Sequences
from ewaste.auditor.signing import Signature, signatures_of
from ewaste.auditor.watch import TELL_EVERY, Watch, nobody
from ewaste.contracts.topics import partner_of
from ewaste.evidence.ledger.record import LeafError, Record
from ewaste.evidence.notes.policy import Policy
from ewaste.evidence.rules.ruleset import Rules
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Known", "verify"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the auditor knows from elsewhere: whom to trust, roots seen (None: of the whole mirror), other rules."""

    policy: Policy | None = None
    roots: Sequence[tuple[int | None, bytes]] = ()
    rules: Sequence[Rules] = ()


def verify(
    folder: Path,
    known: Known = Known(),
    *,
    until: Until | None = None,
    files_only: bool = False,
    watch: Watch = nobody,
) -> Report:
    """Check everything that a mirror can show; with `until` the events only up to there, the files always all.

    `files_only` leaves the events out: bundles, leaves, tiles, root, checkpoint. Raises `CannotRun` where the folder
    can't be read as a mirror.
    """
    mirror = Mirror.open(folder)
    findings = Findings()
    signed = check_note(mirror.note, known.policy, findings) if known.policy else None
    size = size_at(mirror, until)
    roots = Roots(mirror, findings)
    made = audit_mirror(mirror, findings, roots, watch)
    roots.compare_seen(known.roots)
    audit = _Audit(mirror, size, findings, roots, known.rules, watch)
    if not files_only:
        audit.read_events()
    roots.tell_rehashed()
    audit.numbers.roots = roots.compared
    root = made if size == mirror.size else roots.at(size)
    return Report(
        str(folder),
        mirror.checkpoint,
        signed,
        size,
        root,
        findings,
        audit.open,
        audit.judged,
        audit.numbers,
        policy_given=known.policy is not None,
        files_only=files_only,
    )


class _Audit:
    """The pass over the records, and what follows from all of them together."""

    def __init__(
        self, mirror: Mirror, size: int, findings: Findings, roots: Roots, rules: Sequence[Rules], watch: Watch
    ) -> None:
        self._mirror, self._size, self._roots, self._watch = mirror, size, roots, watch
        self._findings = findings
        self._identities = Identities()
        self._offsets = Offsets(findings)
        self._sequences = Sequences(findings)
        self._claims = Claims(findings)
        self._certificates = Certificates(findings, mirror.origin, rules)
        self._chains = Chains(mirror, self._identities)
        self._newest_ms = -1
        self._contradictions: list[tuple[Place, int]] = []
        self.judged = Judged()
        self.open: list[Finding] = []
        self.numbers = Numbers()

    def read_events(self) -> None:
        for entry in entries(self._mirror, self._size, self._findings):
            self._see(entry)
            if entry.index % TELL_EVERY == 0:
                self._watch("records", entry.index, self._size)
        self._watch("records", self._size, self._size)
        open_gaps = self._sequences.end(self._newest_ms)
        self.judged = self._judge_claims()
        self._tell_contradictions()
        self._derive_certificates()
        self.open = [*open_gaps, *self.judged.open, *self._certificates.open]
        self.numbers.partitions, self.numbers.sources = self._offsets.partitions, self._sequences.highest
        self.numbers.certificates = self._certificates.derived

    def _see(self, entry: Entry) -> None:
        self.numbers.records += 1
        self._offsets.see(entry)
        if partner_of(entry.record.topic) is None:  # a stranger's clock must not decide what is late
            self._newest_ms = max(self._newest_ms, entry.record.timestamp_ms)
        is_new = False
        if entry.envelope is None:
            self.numbers.unreadable += 1
        elif not entry.in_place:
            self.numbers.out_of_place += 1
        else:
            is_new = self._see_event(entry)
        self._claims.see(entry, is_new=is_new)

    def _see_event(self, entry: Entry) -> bool:
        self._chains.see(entry)
        self.numbers.events += 1
        if not self._identities.is_new(entry):
            self.numbers.repeated += 1
            if (first := self._identities.contradicted(entry)) is not None:
                self._contradictions.append((entry.place, first))
            return False
        self._sequences.see(entry)
        self._certificates.see(entry)
        return True

    def _judge_claims(self) -> Judged:
        count = len(self._claims.claims)
        signatures = signatures_of(self._claimed(), count, self._claims.public_keys())
        return judge(self._claims, self._told(signatures, count), self._newest_ms, self._findings)

    def _claimed(self) -> Iterator[tuple[int, Record]]:
        for claim in self._claims.claims:
            place = claim.place
            try:
                yield place.index, self._mirror.record(place.index)
            except (TileMissing, TileBroken, LeafError):  # its content is missing, which is a finding already
                yield place.index, Record(place.topic, place.partition, place.offset, -1, None, (), None)

    def _told(self, signatures: Iterator[tuple[int, Signature]], count: int) -> Iterator[tuple[int, Signature]]:
        for done, each in enumerate(signatures, 1):
            if done % 100 == 0 or done == count:
                self._watch("signatures", done, count)
            yield each

    def _tell_contradictions(self) -> None:
        """Two contents under one id; a partner's second one that was refused has had its answer."""
        for place, first in self._contradictions:
            if (place.topic, place.partition, place.offset) not in self.judged.refused_at:
                said = f"the event at index {first} has the same source and id, and other content"
                self._findings.add(Code.EQUIVOCATION, said, place)

    def _derive_certificates(self) -> None:
        step = partial(self._watch_certificates, len(self._certificates.issued))
        self._certificates.check(self._chains, self._roots.at, self._size, self._newest_ms, step)
        self._roots.add_recorded(self._certificates.compared)

    def _watch_certificates(self, count: int, done: int) -> None:
        self._watch("certificates", done, count)
