"""What a mirror keeps beside the log: every checkpoint that it ever took, and the proof of every fork it saw.

checkpoints/000000001139-3e2c20fa9a2de0f8.note     one for each that was taken
forks/000000001139-3e2c20fa9a2de0f8-5d1c…/         ours.note, theirs.note, why.txt
"""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import get_ident

import msgspec
from ewaste.auditor.errors import CannotRun
from ewaste.evidence.notes.checkpoints import Checkpoint, CheckpointError, parse_checkpoint
from ewaste.evidence.notes.note import NoteError, parse_note

__all__ = ["Fork", "Kept", "forks", "keep", "keep_fork", "kept_checkpoints", "put"]

_KEPT = "checkpoints"
_FORKS = "forks"
_TEMP = ".temp"


class Kept(msgspec.Struct, frozen=True):
    """A checkpoint that was taken earlier, and its file."""

    path: Path
    checkpoint: Checkpoint


class Fork(msgspec.Struct, frozen=True):
    """Two checkpoints of one log that cannot both be true: the mirror's and the one that was served."""

    path: Path
    ours: Checkpoint
    theirs: Checkpoint
    why: str


def put(folder: Path, path: str, content: bytes) -> None:
    """Write the file at this path of the mirror whole, or not at all; its folders are made."""
    target, part = folder / path, folder / _TEMP / f"{os.getpid()}-{get_ident()}"
    for each in (target, part):
        each.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(content)
    part.replace(target)


def keep(folder: Path, note: bytes) -> None:
    """Remember a checkpoint that was taken; of one size and root the last form, with the most cosignatures, stays."""
    put(folder, f"{_KEPT}/{_name(parse_checkpoint(parse_note(note).text))}.note", note)


def kept_checkpoints(folder: Path) -> Iterator[Kept]:
    """All that were taken, smallest first. Raises `CannotRun` for a file that is none."""
    for path in sorted((folder / _KEPT).glob("*.note")):
        yield Kept(path, _checkpoint(path))


def keep_fork(folder: Path, ours: bytes, theirs: bytes, why: str) -> str:
    """Keep both notes as they are, and in words what they contradict; gives their place in the mirror."""
    names = [_name(parse_checkpoint(parse_note(note).text)) for note in (ours, theirs)]
    proof = f"{_FORKS}/{'-'.join(names)}"
    put(folder, f"{proof}/ours.note", ours)
    put(folder, f"{proof}/theirs.note", theirs)
    put(folder, f"{proof}/why.txt", f"{why}\n".encode())
    return proof


def forks(folder: Path) -> Iterator[Fork]:
    """All that were seen. Raises `CannotRun` for files that are no checkpoints."""
    for proof in sorted((folder / _FORKS).glob("*/")):
        why = proof / "why.txt"
        told = why.read_text(errors="replace").strip() if why.exists() else "no reason was kept"
        yield Fork(proof, _checkpoint(proof / "ours.note"), _checkpoint(proof / "theirs.note"), told)


def _checkpoint(path: Path) -> Checkpoint:
    try:
        return parse_checkpoint(parse_note(path.read_bytes()).text)
    except (OSError, NoteError, CheckpointError) as error:
        raise CannotRun(f"{path} is no checkpoint ({error}). Mend or remove it; it is your own.") from None


def _name(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.size:012d}-{checkpoint.root.hex()[:16]}"
