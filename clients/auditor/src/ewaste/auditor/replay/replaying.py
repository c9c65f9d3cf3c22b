"""`replay DIR`: everything rebuilt from the records, and held to every state that the service attested in them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from ewaste.auditor.entries import Entry, head_at, place_of, trusted_entries
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Findings, Place
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.trusted import TrustedTiles
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.auditor.replay.certificates import Derived, derive
from ewaste.auditor.replay.index import DiskIndex
from ewaste.auditor.watch import Watch, nobody
from ewaste.contracts.envelope import Envelope, InvalidEvent
from ewaste.contracts.events.traceability import ReadModelAttested
from ewaste.contracts.registry import is_unknown_version, read_data
from ewaste.contracts.topics import partner_of
from ewaste.evidence.custody.fold import Evidence, in_its_place, read_evidence
from ewaste.evidence.ledger.record import LeafError
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.replay.code import code_digest
from ewaste.evidence.replay.digest import State
from ewaste.evidence.replay.models import ReadModels, Snapshot, issuer_of
from ewaste.evidence.replay.told import Told, ToldKind
from ewaste.evidence.rules.ruleset import Rules
from ewaste.evidence.tiles.layout import ENTRIES, TILE_WIDTH, tile_in
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Attested", "Replayed", "replay"]

_MARK = ReadModelAttested.__name__.encode()


@dataclass(frozen=True, slots=True)
class Attested:
    """A state that the service told, and whether the records give the same."""

    place: Place
    data: ReadModelAttested
    differs: tuple[str, ...]
    """The read models that differ; empty: the same state."""

    @property
    def same_code(self) -> bool:
        return self.data.code_digest == code_digest()


@dataclass(slots=True)
class Replayed:
    """What the first `head.size` records give."""

    folder: Path
    head: Checkpoint
    state: State
    certificates: int
    derived: int
    """How many certificates were derived again, byte for byte."""
    attested: list[Attested] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    @property
    def clean(self) -> bool:
        return not self.findings.counts

    def to_dict(self) -> dict[str, Any]:
        return {
            "mirror": str(self.folder),
            "origin": self.head.origin,
            "size": self.head.size,
            "root": self.head.root.hex(),
            "state_digest": self.state.digest,
            "code_digest": code_digest(),
            "models": [each.model_dump() for each in self.state.models],
            "certificates": {"announced": self.certificates, "derived_byte_for_byte": self.derived},
            "attested": [_attested(each) for each in self.attested],
            "clean": self.clean,
            "findings": [each.to_dict() for each in self.findings.by_place()],
        }


def _attested(each: Attested) -> dict[str, Any]:
    return {
        "index": each.place.index,
        "size": each.data.size,
        "state_digest": each.data.state_digest,
        "same": not each.differs,
        "differs": list(each.differs),
        "same_code": each.same_code,
    }


def replay(folder: Path, until: Until | None = None, rules: Sequence[Rules] = (), watch: Watch = nobody) -> Replayed:
    """Fold the first records of a mirror, each held to the checkpoint's root; raises `CannotRun`.

    An event in a version that is unknown here ends the fold at that record, which is a finding. Memory does not grow
    with the ledger: the index of what touches what is in a temporary file.
    """
    mirror = Mirror.open(folder)
    size = size_at(mirror, until)
    with DiskIndex(_reader(mirror)) as index:
        return _Replay(mirror, index, watch).run(size, rules)


def _reader(mirror: Mirror) -> Any:
    def read(place: int) -> Evidence | None:
        try:
            record = mirror.record(place)
        except (TileMissing, TileBroken, LeafError):
            return None
        return read_evidence(place, record.topic, record.value)

    return read


class _Replay:
    def __init__(self, mirror: Mirror, index: DiskIndex, watch: Watch) -> None:
        self._mirror, self._index, self._watch = mirror, index, watch
        self._tree = TrustedTiles(mirror.read, mirror.size, mirror.checkpoint.root).tree()
        self._models = ReadModels(issuer_of(mirror.origin))
        self._findings = Findings()
        self._snapshots: dict[int, Snapshot] = {}
        self._issued: list[Told] = []
        self._told: list[tuple[Place, ReadModelAttested]] = []
        self._heard: set[tuple[str, UUID]] = set()

    def run(self, size: int, rules: Sequence[Rules]) -> Replayed:
        size = self._fold(size)
        head = head_at(self._mirror, size)
        self._index.finish()
        derived = self._derive(rules)
        last = self._models.snapshot(size)
        found = Replayed(
            self._mirror.folder,
            head,
            last.state(head.root, derived.digests),
            len(self._models.announced),
            derived.same,
            findings=self._findings,
        )
        found.attested = [*self._compare(derived)]
        return found

    def _fold(self, size: int) -> int:
        """Every record once; gives the size up to which they could be folded."""
        waiting = sorted(set(_attested_sizes(self._mirror, size)), reverse=True)
        for entry in trusted_entries(self._mirror, size, self._watch):
            while waiting and waiting[-1] <= entry.index:
                at = waiting.pop()
                self._snapshots[at] = self._models.snapshot(at)
            if (unknown := _unknown_version(entry)) is not None:
                self._findings.add(Code.VERSION_UNKNOWN, unknown, entry.place)
                return entry.index
            self._see(entry)
        return size

    def _see(self, entry: Entry) -> None:
        envelope = entry.envelope
        seen = self._models.see(entry.index, entry.record.topic, envelope, entry.in_place)
        if envelope is None or not entry.in_place:
            return
        self._index.add(entry.index, envelope.id, seen.touches)
        if seen.told is not None and seen.told.kind == ToldKind.ISSUED.value:
            if self._is_new(envelope):
                self._issued.append(seen.told)
            return
        told = _told_by(envelope) if _MARK in (entry.record.value or b"") else None
        if told is not None and told.origin == self._mirror.origin and self._is_new(envelope):
            self._told.append((entry.place, told))

    def _is_new(self, envelope: Envelope) -> bool:
        """Sent again, an event says the same: once is enough."""
        identity = envelope.source, envelope.id
        if identity in self._heard:
            return False
        self._heard.add(identity)
        return True

    def _derive(self, rules: Sequence[Rules]) -> Derived:
        def issued() -> Iterator[Told]:
            for done, each in enumerate(self._issued, 1):
                yield each
                self._watch("certificates", done, len(self._issued))

        return derive(issued(), self._index, self._root_at, lambda i: place_of(self._mirror, i), rules, self._findings)

    def _root_at(self, size: int) -> bytes:
        """As `head_at` has it, of tiles that are read and hashed once for all the certificates that stand on them."""
        try:
            return self._tree.root(size)
        except (TileMissing, TileBroken):
            return head_at(self._mirror, size).root  # says what to do

    def _compare(self, derived: Derived) -> Iterable[Attested]:
        agreed = 0
        for place, told in self._told:
            snapshot = self._snapshots.get(told.size)
            if snapshot is None or told.size > place.index:
                self._findings.add(Code.STATE_DIFFERS, f"a state of {told.size} records, told before they were", place)
                continue
            state = snapshot.state(head_at(self._mirror, told.size).root, derived.digests)
            differs = _differing(state, told)
            yield Attested(place, told, differs)
            if differs:
                since = f"the last state that agrees is that of {agreed} records" if agreed else "no earlier one agrees"
                said = f"of {told.size} records the service attested other {', '.join(differs)}; {since}"
                self._findings.add(Code.STATE_DIFFERS, said, place)
            else:
                agreed = told.size


def _attested_sizes(mirror: Mirror, size: int) -> Iterator[int]:
    """Where a snapshot is needed, known before the fold passes there; what is told is read again once believed."""
    for leaf in _marked_leaves(mirror, size):
        try:
            record = mirror.record_of(leaf)
        except LeafError:
            continue
        evidence = read_evidence(0, record.topic, record.value)
        if evidence is not None and isinstance(evidence.event.data, ReadModelAttested):
            yield evidence.event.data.size


def _marked_leaves(mirror: Mirror, size: int) -> Iterator[bytes]:
    """A bundle without the mark is not taken apart; whether it is whole the fold finds out."""
    try:
        for first in range(0, size, TILE_WIDTH):
            raw = mirror.read(tile_in(ENTRIES, first // TILE_WIDTH, mirror.size).path)
            if raw is None or _MARK in raw:
                leaves = mirror.leaves(first, min(size, first + TILE_WIDTH))
                yield from (leaf for _, leaf in leaves if _MARK in leaf)
    except (TileMissing, TileBroken) as error:
        raise CannotRun(f"{mirror.folder}: {error}. Run `ewaste-auditor verify` first.") from None


def _told_by(envelope: Envelope) -> ReadModelAttested | None:
    try:
        data = read_data(envelope).data
    except InvalidEvent:
        return None
    return data if isinstance(data, ReadModelAttested) else None


def _unknown_version(entry: Entry) -> str | None:
    """Why the fold must stop here: a service wrote what this version of the program can't read."""
    envelope = entry.envelope
    if envelope is None or entry.in_place or partner_of(entry.record.topic) is not None:
        return None
    if not is_unknown_version(envelope.type) or in_its_place(entry.record.topic, envelope):
        return None
    return f"{envelope.type} is a version that is unknown here: what it says, and all after it, can't be folded"


def _differing(state: State, told: ReadModelAttested) -> tuple[str, ...]:
    """Names of what differs; the digest over all is only looked at where every part agrees."""
    here = {each.name: each for each in state.models}
    there = {each.name: each for each in told.models}
    differs = [name for name in (*here, *(there.keys() - here.keys())) if here.get(name) != there.get(name)]
    if told.root != state.root.hex():
        differs.append("root")
    if not differs and told.state_digest != state.digest:
        differs.append("digest")
    return tuple(differs)
