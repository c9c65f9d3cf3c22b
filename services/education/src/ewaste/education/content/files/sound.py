"""Whether a film has a sound track, read from the file itself: nobody has to remember to say so."""

from collections.abc import Iterator
from typing import BinaryIO, Final

__all__ = ["has_sound"]

_PARENTS: Final = (b"moov", b"trak", b"mdia")
_SOUND_CODECS: Final = (b"A_OPUS", b"A_VORBIS", b"A_AAC", b"A_MPEG", b"A_PCM")
_HEAD_BYTES: Final = 1024 * 1024


def has_sound(media_type: str, file: BinaryIO, size_bytes: int) -> bool:
    """True for sound, a film with a sound track, and one whose tracks can't be read: rather ask for captions."""
    if media_type.startswith("audio/"):
        return True
    if media_type == "video/mp4":
        kinds = list(_handlers(file, 0, size_bytes))
        return not kinds or b"soun" in kinds
    if media_type == "video/webm":
        file.seek(0)
        head = file.read(_HEAD_BYTES)
        # The tracks stand in the head, before the first cluster; a codec's name begins with A_ or V_ (RFC 9559).
        return b"V_" not in head or any(codec in head for codec in _SOUND_CODECS)
    return False


def _handlers(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """The kind of each track: boxes moov/trak/mdia/hdlr (ISO/IEC 14496-12)."""
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        length, name, body = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1:
            length, body = int.from_bytes(head[8:16], "big"), 16
        length = length or end - start
        if length < body:
            return
        if name in _PARENTS:
            yield from _handlers(file, start + body, min(start + length, end))
        elif name == b"hdlr":
            file.seek(start + body + 8)
            yield file.read(4)
        start += length
