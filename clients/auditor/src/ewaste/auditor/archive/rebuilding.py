"""`archive DIR OUT`: every sealed file made again from the records; files that are there are held to them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ewaste.auditor.entries import head_at
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Findings
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.trusted import TrustedTiles
from ewaste.auditor.watch import TELL_EVERY, Watch, nobody
from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.evidence.archive.check import check_archive
from ewaste.evidence.archive.layout import RANGE_ENTRIES, file_name
from ewaste.evidence.archive.writer import ArchiveUnavailable, Written, require_parquet, write_archive
from ewaste.evidence.custody.fold import read_evidence
from ewaste.evidence.ledger.contents import digests_of, is_by_digest
from ewaste.evidence.ledger.record import LeafError, decode_leaf
from ewaste.evidence.tiles.layout import TILE_WIDTH
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["FileState", "Made", "Rebuilt", "rebuild", "write_whole"]

_MARK = ArchiveSealed.__name__.encode()


class FileState(StrEnum):
    SAME = "same"
    """The sealed bytes."""
    SAME_RECORDS = "same_records"
    """Every record is the sealed one; another version of the library wrote other bytes."""
    UNSEALED = "unsealed"
    """Nobody sealed this range yet."""
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Made:
    """One file; `was_there` before, and was only checked."""

    path: Path
    start: int
    end: int
    state: FileState
    was_there: bool = False


@dataclass(slots=True)
class Rebuilt:
    origin: str
    size: int
    files: list[Made] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    @property
    def clean(self) -> bool:
        return not self.findings.counts

    def to_dict(self) -> dict[str, Any]:
        files = [
            {"file": str(each.path), "start": each.start, "end": each.end, "state": each.state.value}
            | {"was_there": each.was_there}
            for each in self.files
        ]
        findings = [each.to_dict() for each in self.findings.by_place()]
        return {"origin": self.origin, "size": self.size, "files": files, "clean": self.clean, "findings": findings}


class _Records:
    """A mirror's leaves, each held to the checkpoint's root before it is given, with the contents behind them."""

    def __init__(self, mirror: Mirror, watch: Watch) -> None:
        self.mirror = mirror
        self._tiles = TrustedTiles(mirror.read, mirror.size, mirror.checkpoint.root)
        self._watch = watch

    def leaves(self, start: int, end: int, what: str) -> Iterator[tuple[int, bytes]]:
        try:
            for bundle in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
                for index, leaf in enumerate(self._tiles.entries(bundle), bundle * TILE_WIDTH):
                    if start <= index < end:
                        yield index, leaf
                    if index % TELL_EVERY == 0:
                        self._watch(what, index - start, end - start)
        except (TileMissing, TileBroken) as error:
            raise CannotRun(f"{self.mirror.folder}: {error}. `ewaste-auditor verify` names every such file.") from None

    def entries(self, start: int, end: int) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
        for index, leaf in self.leaves(start, end, f"{start}-{end}"):
            yield leaf, tuple(self._contents(index, leaf))

    def hash_at(self, index: int) -> bytes:
        bundle, at = divmod(index, TILE_WIDTH)
        return self._tiles.row(0, bundle)[at * 32 : (at + 1) * 32]

    def seals(self) -> list[ArchiveSealed]:
        """What the records say was sealed, of whichever ledger."""
        found = []
        for index, leaf in self.leaves(0, self.mirror.size, "seals"):
            if _MARK not in leaf:
                continue
            try:
                record = self.mirror.record_of(leaf)
            except LeafError:
                continue
            evidence = read_evidence(index, record.topic, record.value)
            if evidence is not None and isinstance(evidence.event.data, ArchiveSealed):
                found.append(evidence.event.data)
        return found

    def _contents(self, index: int, leaf: bytes) -> list[bytes]:
        if not is_by_digest(leaf):
            return []
        digests = digests_of(decode_leaf(leaf))
        found = self.mirror.contents(digests)
        if len(found) != len(digests):
            raise CannotRun(
                f"record {index}: a content that it names is not in {self.mirror.folder}; run `mirror` again"
            )
        return found


def rebuild(
    folder: Path, out: Path, seals_in: Path | None = None, *, rest: bool = False, watch: Watch = nobody
) -> Rebuilt:
    """Make or check every sealed file of this mirror's ledger in `out`; with `rest` also what nobody sealed yet.

    `seals_in` is the mirror whose records say what was sealed: the custody ledger's tell of both. Raises `CannotRun`.
    """
    _require()
    mirror = Mirror.open(folder)
    records = _Records(mirror, watch)
    told = records if seals_in is None else _Records(Mirror.open(seals_in), watch)
    seals = {each.start: each for each in told.seals() if each.origin == mirror.origin}
    done = Rebuilt(mirror.origin, mirror.size)
    out.mkdir(parents=True, exist_ok=True)
    end = 0
    for seal in sorted(seals.values(), key=lambda each: each.start):
        _one(records, seal, out, done)
        end = max(end, seal.end)
    if rest and end < mirror.size:
        done.files += write_whole(folder, out, start=end, watch=watch)
    return done


def write_whole(folder: Path, out: Path, *, start: int = 0, watch: Watch = nobody) -> list[Made]:
    """All records of a mirror from `start` on as files, sealed or not. Raises `CannotRun`."""
    _require()
    mirror = Mirror.open(folder)
    records = _Records(mirror, watch)
    out.mkdir(parents=True, exist_ok=True)
    made = []
    while start < mirror.size:
        end = min((start // RANGE_ENTRIES + 1) * RANGE_ENTRIES, mirror.size)
        path = out / file_name(start, end)
        _write(records, path, start, end)
        made.append(Made(path, start, end, FileState.UNSEALED))
        start = end
    return made


def _one(records: _Records, seal: ArchiveSealed, out: Path, done: Rebuilt) -> None:
    path = out / file_name(seal.start, seal.end)
    wrong = list(_wrong_seal(records.mirror, seal))
    state, was_there = FileState.SAME, path.exists()
    if wrong:
        state = FileState.DIFFERS
    elif was_there:
        wrong = [fault.what for fault in check_archive(path, seal, records.hash_at)]
        state = FileState.DIFFERS if wrong else FileState.SAME
    else:
        written = _write(records, path, seal.start, seal.end)
        wrong, state = _compared(written, seal)
    for said in wrong:
        done.findings.add(Code.ARCHIVE_DIFFERS, f"{path.name}: {said}", file=str(path))
    done.files.append(Made(path, seal.start, seal.end, state, was_there))


def _wrong_seal(mirror: Mirror, seal: ArchiveSealed) -> Iterable[str]:
    if not seal.start < seal.end <= mirror.size or seal.rows != seal.end - seal.start:
        yield f"sealed as the records {seal.start} to {seal.end} of {mirror.size}"
    elif (root := head_at(mirror, seal.end).root.hex()) != seal.root:
        yield f"sealed under root {seal.root}; the ledger's root at {seal.end} is {root}"


def _compared(written: Written, seal: ArchiveSealed) -> tuple[list[str], FileState]:
    if written.range_hash.hex() != seal.range_hash:
        said = f"the records hash to {written.range_hash.hex()}; {seal.range_hash} was sealed"
        return [said], FileState.DIFFERS
    if written.file_sha256 == seal.file_sha256:
        return [], FileState.SAME
    if written.writer != seal.writer:
        return [], FileState.SAME_RECORDS
    return [f"has SHA-256 {written.file_sha256}; {seal.file_sha256} was sealed by the same writer"], FileState.DIFFERS


def _write(records: _Records, path: Path, start: int, end: int) -> Written:
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        written = write_archive(file, records.mirror.origin, start, records.entries(start, end))
    temporary.replace(path)
    return written


def _require() -> None:
    try:
        require_parquet()
    except ArchiveUnavailable as missing:
        raise CannotRun(str(missing)) from None
