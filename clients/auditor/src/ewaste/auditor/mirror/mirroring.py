"""`mirror`: bring a folder up to the checkpoint that a log serves now, or say why that must not be done."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Finding, Findings
from ewaste.auditor.mirror.address import Address
from ewaste.auditor.mirror.folder import Mirror, files_in
from ewaste.auditor.mirror.kept import keep, keep_fork, put
from ewaste.auditor.mirror.taking import CONNECTIONS, Taken, take_files
from ewaste.auditor.mirror.trusted import TrustedTiles
from ewaste.auditor.policies import check_note
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.notes.checkpoints import Checkpoint, CheckpointError, OpenCheckpoint, parse_checkpoint
from ewaste.evidence.notes.note import NoteError, parse_note
from ewaste.evidence.notes.policy import Policy
from ewaste.evidence.tiles.layout import CHECKPOINT_PATH, tiles_of
from ewaste.evidence.tiles.tree import Read, TileBroken, TileMissing

__all__ = ["Mirrored", "mirror_log"]


class Mirrored(msgspec.Struct, frozen=True):
    """What became of it: with findings, the folder's checkpoint is the one that it had."""

    checkpoint: Checkpoint
    before: int
    """So many records the folder had."""
    taken: Taken
    signed: OpenCheckpoint | None
    findings: Sequence[Finding]


def mirror_log(url: str, folder: Path, ledger: str, policy: Policy | None = None, watch: Watch = nobody) -> Mirrored:
    """Bring the folder up to the log's checkpoint. Raises `CannotRun`; what was taken until then stays, checked."""
    with Address(url, ledger, CONNECTIONS) as address:
        note = address.read(CHECKPOINT_PATH)
        if note is None:
            raise CannotRun(f"{address.prefix}/checkpoint is not there: nothing is published yet, or no such log.")
        return _Mirroring(folder, address.read, note, _parsed(note, address.prefix), policy, watch).run()


class _Mirroring:
    def __init__(
        self, folder: Path, served: Read, note: bytes, checkpoint: Checkpoint, policy: Policy | None, watch: Watch
    ) -> None:
        self._folder, self._served, self._note, self._checkpoint = folder, served, note, checkpoint
        self._policy, self._watch = policy, watch
        self._local = files_in(folder)
        self._findings = Findings()
        self._before = _before(folder, checkpoint)

    def run(self) -> Mirrored:
        signed = check_note(self._note, self._policy, self._findings) if self._policy else None
        taken = Taken()
        try:
            if not self._findings.kept and self._goes_on():
                taken = take_files(self._folder, self._served, self._local, self._checkpoint, self._watch)
                self._accept()
        except (TileMissing, TileBroken) as error:
            self._findings.add(Code.LOG_DIFFERS, str(error))
        for path in taken.missing:
            self._findings.add(Code.CONTENT_MISSING, f"the log does not serve {path}, which an entry names", file=path)
        size = self._before.size if self._before else 0
        return Mirrored(self._checkpoint, size, taken, signed, self._findings.kept)

    def _goes_on(self) -> bool:
        """Whether the served checkpoint is over the same history as the folder's; else both notes are kept."""
        before, served = self._before, self._checkpoint
        if before is None:
            return True
        if served.size < before.size:
            return self._goes_back(before)
        tiles = TrustedTiles(self._local, served.size, served.root, self._served)
        now = tiles.tree().root(before.size)
        if now != before.checkpoint.root:
            self._fork(before, before.size, now, before.checkpoint.root)
        return now == before.checkpoint.root

    def _goes_back(self, before: Mirror) -> bool:
        ours = TrustedTiles(self._local, before.size, before.checkpoint.root).tree().root(self._checkpoint.size)
        if ours != self._checkpoint.root:
            self._fork(before, self._checkpoint.size, self._checkpoint.root, ours)
        else:
            said = f"the log shows {self._checkpoint.size} records, this mirror has {before.size}: records are gone"
            self._findings.add(Code.LOG_SHRANK, said)
        return False

    def _fork(self, before: Mirror, size: int, theirs: bytes, ours: bytes) -> None:
        why = f"of the first {size} records the log now gives root {theirs.hex()}; this mirror has {ours.hex()}"
        if (first := self._first_difference(before, size)) is not None:
            why += f"; the first that differs is record {first}"
        proof = keep_fork(self._folder, before.note, self._note, why)
        self._findings.add(Code.FORK_SEEN, why, file=proof)

    def _first_difference(self, before: Mirror, size: int) -> int | None:
        """Where two histories part: the last root that both have is found by halving."""
        ours = TrustedTiles(self._local, before.size, before.checkpoint.root).tree()
        theirs = TrustedTiles(self._served, self._checkpoint.size, self._checkpoint.root).tree()
        same, other = 0, size
        try:
            while other - same > 1:
                middle = (same + other) // 2
                if ours.root(middle) == theirs.root(middle):
                    same = middle
                else:
                    other = middle
        except (TileMissing, TileBroken):
            return None
        return same

    def _accept(self) -> None:
        """The checkpoint last: what it counts is there."""
        put(self._folder, CHECKPOINT_PATH, self._note)
        keep(self._folder, self._note)
        if self._before:
            _remove_narrower(self._folder, self._before.size, self._checkpoint.size)


def _before(folder: Path, served: Checkpoint) -> Mirror | None:
    """The mirror that the folder holds; None where nothing was finished there. Raises `CannotRun`."""
    if not (folder / CHECKPOINT_PATH).exists():
        if folder.exists() and not folder.is_dir():
            raise CannotRun(f"{folder} is no folder; give one that is empty or holds a mirror")
        strange = [each.name for each in folder.iterdir() if each.name not in _OURS] if folder.exists() else []
        if strange:
            raise CannotRun(f"{folder} holds {strange[0]}, which is no part of a mirror; give another folder")
        return None
    mirror = Mirror.open(folder)
    if mirror.origin != served.origin:
        raise CannotRun(f"{folder} holds {mirror.origin}, the log there is {served.origin}; give another folder")
    return mirror


_OURS = {"tile", "content", "checkpoints", "forks", ".missing", ".temp"}


def _parsed(note: bytes, prefix: str) -> Checkpoint:
    try:
        return parse_checkpoint(parse_note(note).text)
    except (NoteError, CheckpointError) as error:
        raise CannotRun(f"{prefix}/checkpoint is no checkpoint ({error}); is this the traceability service?") from None


def _remove_narrower(folder: Path, old: int, new: int) -> None:
    """Partial tiles of the tree before, which this one has wider or full."""
    wanted = {tile.path for tile in tiles_of(new) if not tile.full}
    for tile in tiles_of(old):
        if not tile.full and tile.path not in wanted:
            path = folder / tile.path
            path.unlink(missing_ok=True)
            if not any(path.parent.glob("*")):
                path.parent.rmdir()
