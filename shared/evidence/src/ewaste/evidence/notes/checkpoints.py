"""C2SP checkpoints: a log's size and root as a signed note, and the guard that no log ever signs two histories."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from ewaste.evidence.ledger.merkle import HASH_BYTES
from ewaste.evidence.notes.keys import Cosigned, KeyKind, NoteKey, NoteSigner, decode_base64, encode_base64
from ewaste.evidence.notes.note import Note, NoteError, NoteSignature, open_note, parse_note

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "HistoryForked",
    "OpenCheckpoint",
    "guard_history",
    "open_checkpoint",
    "parse_checkpoint",
    "parse_size",
    "sign_checkpoint",
]

_MAX_SIZE = (1 << 63) - 1


class CheckpointError(ValueError):
    """The text is no checkpoint, or not one of this log: believe nothing in it."""


class HistoryForked(Exception):
    """A checkpoint that others hold does not belong to our history: stop and sign nothing.

    A restored backup looks like this, and so does a changed record. Find the records that are missing or differ.
    """


class Checkpoint(msgspec.Struct, frozen=True):
    """A log's head at one size (C2SP tlog-checkpoint, Note text). Raises CheckpointError.

    ``extensions`` are opaque lines; tlog-checkpoint does not recommend them, and this project writes none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(character < " " for character in line):
                raise CheckpointError(f"{line!r} is no line of a checkpoint: it needs text without control characters")
        if not 0 <= self.size <= _MAX_SIZE:
            raise CheckpointError(f"{self.size} is no size of a tree")
        if len(self.root) != HASH_BYTES:
            raise CheckpointError(f"a root has {HASH_BYTES} bytes, not {len(self.root)}")

    def text(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, encode_base64(self.root), *self.extensions))


class OpenCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint that its log has signed, and every other trusted key that signed it, the log's left out."""

    checkpoint: Checkpoint
    cosigned: tuple[Cosigned, ...]


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text, in its one spelling. Raises CheckpointError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1]:
        raise CheckpointError("a checkpoint has lines for origin, size and root, each ended by a newline")
    origin, size, root, *extensions = lines[:-1]
    try:
        return Checkpoint(origin, parse_size(size), decode_base64(root), tuple(extensions))
    except ValueError as error:
        raise CheckpointError(f"checkpoint of {origin!r}: {error}") from error


def parse_size(text: str) -> int:
    """A size or index in ASCII digits without leading zeroes, up to 2^63 - 1. Raises ValueError."""
    # int() would also take spaces, signs, underscores, other scripts' digits, and hours of a million digits.
    if not (text.isascii() and text.isdecimal()) or len(text) > 19 or (text[0] == "0" and text != "0"):
        raise ValueError(f"{text[:40]!r} is no number in decimal without leading zeroes")
    if (number := int(text)) > _MAX_SIZE:
        raise ValueError(f"{number} is more than {_MAX_SIZE}")
    return number


def sign_checkpoint(checkpoint: Checkpoint, signers: Iterable[NoteSigner]) -> Note:
    """The checkpoint signed by the log's keys, one or more.

    Raises CheckpointError when a signer is not called as the origin, or is a witness's.
    """
    text = checkpoint.text()
    signatures = []
    for signer in signers:
        if signer.key.name != checkpoint.origin or signer.key.kind is not KeyKind.NOTE:
            raise CheckpointError(f"the key {signer.key} does not sign for {checkpoint.origin}")
        signatures.append(NoteSignature(signer.key.name, signer.key.key_id, signer.sign(text)))
    return Note(text, tuple(signatures))


def open_checkpoint(note: bytes, logs: Sequence[NoteKey], witnesses: Sequence[NoteKey] = ()) -> OpenCheckpoint:
    """The checkpoint, where a log key of its origin has signed it, and the witnesses that did.

    Raises NoteError for a note that no such key signed or where one trusted signature is false; CheckpointError.
    """
    checkpoint = parse_checkpoint(parse_note(note).text)
    own = [key for key in logs if key.name == checkpoint.origin and key.kind is KeyKind.NOTE]
    _, signed = open_note(note, [*own, *(key for key in witnesses if key not in own)])
    if not any(each.key in own for each in signed):
        raise NoteError(f"no trusted key of {checkpoint.origin} has signed this checkpoint")
    return OpenCheckpoint(checkpoint, tuple(each for each in signed if each.key not in own))


def guard_history(seen: Iterable[Checkpoint], size: int, root_at: Callable[[int], bytes]) -> None:
    """Return when each checkpoint that others hold lies within our tree of ``size``; else raise HistoryForked.

    To be run before a log signs anything after a start. ``root_at`` gives our root at a smaller size.
    """
    for checkpoint in seen:
        if checkpoint.size > size:
            raise HistoryForked(f"{checkpoint.origin} was seen at size {checkpoint.size}; ours has {size} entries")
        if (root := root_at(checkpoint.size)) != checkpoint.root:
            raise HistoryForked(
                f"{checkpoint.origin} was seen at size {checkpoint.size} with root {checkpoint.root.hex()}; "
                f"ours is {root.hex()}"
            )
