"""What a media file is: its digest, size and sound, found in the file and never taken from what an author writes."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ewaste.contracts.refusal import Refused
from ewaste.education.content.files.layout import MEDIA_FOLDER
from ewaste.education.content.files.pictures import InvalidMedia, check_svg, looks_like
from ewaste.education.content.files.sound import has_sound
from ewaste.education.content.files.source import Source, opened, read_file
from ewaste.education.content.files.webvtt import InvalidCaptions, read_captions
from ewaste.education.content.media import EXTENSIONS, MOST_MEDIA_BYTES, MediaType

__all__ = ["Inspected", "inspect"]

_MOST_TEXT_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file of the media folder."""

    file: str
    media_type: MediaType
    sha256: str
    size_bytes: int
    sound: bool


def inspect(source: Source, file: str) -> Inspected:
    """Read a file of the media folder; raises `Refused` where it is missing, too large, unsafe or of another kind."""
    name = MEDIA_FOLDER + file
    media_type = EXTENSIONS.get(file.rpartition(".")[2])
    if media_type is None:
        known = ", ".join(EXTENSIONS)
        raise Refused("media-kind-unknown", f"{name}: files end with one of {known}", field=name)
    size = source.sizes.get(name)
    if size is None:
        raise Refused("file-missing", f"{name} is not there", field=name)
    if not 12 <= size <= MOST_MEDIA_BYTES:
        raise Refused("file-too-large" if size > 12 else "file-empty", f"{name} has {size} bytes, at most "
                      f"{MOST_MEDIA_BYTES}; make it smaller for phones", field=name)  # fmt: skip
    _check(source, name, media_type)
    with opened(source, name) as file_:
        sound = has_sound(media_type, file_, size)
    return Inspected(file, media_type, _digest(source, name), size, sound)


def _check(source: Source, name: str, media_type: MediaType) -> None:
    try:
        if media_type == "text/vtt":
            read_captions(read_file(source, name, _MOST_TEXT_BYTES))
        elif media_type == "image/svg+xml":
            check_svg(read_file(source, name, _MOST_TEXT_BYTES))
        else:
            with opened(source, name) as file:
                if not looks_like(media_type, file.read(12)):
                    raise InvalidMedia(f"its bytes are not {media_type}")
    except InvalidCaptions as error:
        raise Refused("captions-invalid", f"{name}: {error}", field=name) from None
    except InvalidMedia as error:
        raise Refused("media-invalid", f"{name}: {error}", field=name) from None


def _digest(source: Source, name: str) -> str:
    digest = sha256()
    with opened(source, name) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
