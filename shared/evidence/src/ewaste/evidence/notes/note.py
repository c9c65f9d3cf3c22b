"""C2SP signed notes: a text, and lines in which named Ed25519 keys sign it.

Two kinds of signature: of the text itself (signed-note, type 0x01), as a log makes them, and ``cosignature/v1`` with
the time at which it was made (tlog-cosignature, type 0x04), as witnesses make them.
"""

from collections.abc import Iterable, Sequence

import msgspec
from ewaste.evidence.notes.keys import Cosigned, NoteKey, decode_base64, encode_base64, is_key_name

__all__ = ["Note", "NoteError", "NoteSignature", "open_note", "parse_note", "parse_signatures"]

_DASH = "— "
_MAX_SIGNATURES = 100
_MAX_BYTES = 1_000_000


class NoteError(ValueError):
    """The bytes are no signed note, or no key that we trust has signed it: believe nothing in it."""


class NoteSignature(msgspec.Struct, frozen=True):
    """One signature line, not verified: key name, key id (4 bytes) and what that kind of key signs with."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line, newline included."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


class Note(msgspec.Struct, frozen=True):
    """A text, final newline included, and its signature lines, nothing verified."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        """The note as it is stored and sent. Raises NoteError where it could not be read back."""
        note = f"{self.text}\n{''.join(each.line() for each in self.signatures)}".encode()
        if parse_note(note) != self:
            raise NoteError("this text and these signatures make no signed note")
        return note

    def with_signatures(self, more: Iterable[NoteSignature]) -> "Note":
        """The note with these lines added, one for each key that has none yet."""
        known = {(each.name, each.key_id) for each in self.signatures}
        added: dict[tuple[str, bytes], NoteSignature] = {}
        for each in more:
            if (each.name, each.key_id) not in known:
                added.setdefault((each.name, each.key_id), each)
        return Note(self.text, (*self.signatures, *added.values()))


def parse_note(note: bytes) -> Note:
    """Text and signature lines of a note; nothing is verified. Raises NoteError for anything but the one spelling."""
    if len(note) > _MAX_BYTES:
        raise NoteError(f"a note of {len(note)} bytes is too long; {_MAX_BYTES} is the most")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise NoteError("a note is UTF-8 text") from error
    if any(character < " " and character != "\n" for character in whole):
        raise NoteError("a note has no control characters but newlines")
    # The text may hold empty lines; the last one parts it from the signatures (signed-note, Format).
    text, parted, lines = whole.rpartition("\n\n")
    if not parted:
        raise NoteError("an empty line parts a note's text from its signatures; there is none")
    return Note(text + "\n", parse_signatures(lines))


def parse_signatures(lines: str) -> tuple[NoteSignature, ...]:
    """One or more signature lines, each ended by a newline; what a witness answers with. Raises NoteError."""
    if not lines.endswith("\n"):
        raise NoteError("the last signature line does not end with a newline")
    found = lines[:-1].split("\n")
    if len(found) > _MAX_SIGNATURES:
        raise NoteError(f"a note has {len(found)} signatures; {_MAX_SIGNATURES} is the most")
    return tuple(_signature(line) for line in found)


def open_note(note: bytes, keys: Sequence[NoteKey]) -> tuple[Note, tuple[Cosigned, ...]]:
    """The note and who of ``keys`` signed it, each key once, at least one.

    Lines of unknown keys are passed over; a line of a known key that does not verify spoils the whole note
    (signed-note, Signatures). Raises NoteError.
    """
    parsed = parse_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed: dict[NoteKey, Cosigned] = {}
    for each in parsed.signatures:
        key = known.get((each.name, each.key_id))
        if key is None:
            continue
        verified = key.verify(parsed.text, each.signature)
        if verified is None:
            raise NoteError(f"the signature of {each.name} is not one of this text")
        signed.setdefault(key, verified)
    if not signed:
        names = ", ".join(key.name for key in keys) or "nobody"
        raise NoteError(f"no trusted key has signed this note; trusted: {names}")
    return parsed, tuple(signed.values())


def _signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_key_name(name):
        raise NoteError(f"{line[:80]!r} is no signature line")
    try:
        raw = decode_base64(encoded)
    except ValueError as error:
        raise NoteError(f"the signature of {name} is not base64") from error
    if len(raw) < 5:
        raise NoteError(f"the signature of {name} is too short")
    return NoteSignature(name, raw[:4], raw[4:])
