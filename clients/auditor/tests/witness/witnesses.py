"""What the witness's tests share: a log that may fork, and requests to a witness."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ewaste.auditor.witness.desk import Desk
from ewaste.auditor.witness.memory import claim_folder
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.merkle import consistency_proof, leaf_hash, root_of
from ewaste.evidence.notes.checkpoints import Checkpoint, sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.evidence.notes.note import Note
from ewaste.evidence.notes.witness import AddCheckpoint
from ewaste.evidence.tiles.disk import Disk

__all__ = ["LOG", "NOW", "ORIGIN", "WITNESS", "Crash", "FaultyDisk", "Log", "new_signer", "open_witness"]

ORIGIN = "log.example/custody"
NOW = 1_760_000_000


def new_signer(name: str, kind: KeyKind = KeyKind.NOTE) -> NoteSigner:
    return NoteSigner(name, SigningKey(generate_key()), kind)


LOG = new_signer(ORIGIN, KeyKind.NOTE)
WITNESS = new_signer("witness.example/w1", KeyKind.COSIGNATURE)


class Log:
    """A log of forty entries; `fork` gives another history from that entry on."""

    def __init__(self, signer: NoteSigner = LOG, hashes: Iterable[bytes] = ()) -> None:
        self.signer = signer
        self.hashes = list(hashes) or [leaf_hash(bytes([number])) for number in range(40)]

    def fork(self, at: int) -> "Log":
        return Log(self.signer, [*self.hashes[:at], *(leaf_hash(b"other" + each) for each in self.hashes[at:])])

    def note(self, size: int) -> Note:
        return sign_checkpoint(Checkpoint(self.signer.key.name, size, root_of(self.hashes[:size])), [self.signer])

    def request(self, old: int, size: int) -> bytes:
        proof = tuple(consistency_proof(self.hashes[:size], old)) if 0 < old <= size else ()
        return AddCheckpoint(old, proof, self.note(size).to_bytes()).to_bytes()


class Crash(BaseException):
    """The process is gone."""


class FaultyDisk(Disk):
    """At the `at`-th change `fault` is raised in its place; -1: never."""

    def __init__(self, at: int = -1, fault: Callable[[], BaseException] = Crash) -> None:
        super().__init__(threads=1)
        self.left, self.fault = at, fault

    def _step(self) -> None:
        self.left -= 1
        if self.left == -1:
            raise self.fault()

    def create(self, path: str) -> int:
        self._step()
        return super().create(path)

    def write(self, file: int, content: memoryview) -> int:
        self._step()
        return super().write(file, content)

    def fsync_all(self, files: Iterable[int]) -> None:
        self._step()

    def rename(self, old: str, new: str) -> None:
        self._step()
        super().rename(old, new)

    def sync_folders(self, paths: Iterable[str]) -> None:
        if list(paths):
            self._step()

    def sync_folder(self, path: str) -> None:
        """Waiting for the disk is not what these tests look at."""


def open_witness(folder: Path, disk: Callable[[], Disk] = FaultyDisk, clock: Callable[[], int] = lambda: NOW) -> Desk:
    """The witness of this folder, new or again."""
    claim_folder(folder, WITNESS.key, is_new_key=not folder.exists())
    return Desk(folder, WITNESS, [LOG.key], clock, disk)
