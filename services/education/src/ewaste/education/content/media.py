"""A picture, a sound or a film of a lesson: named by the digest of its bytes, so that a device keeps it for ever."""

from typing import Annotated, Final, Literal, TypeAlias

from ewaste.contracts.fields import Sha256, Text
from ewaste.education.content.parts import Content
from pydantic import Field, StringConstraints

__all__ = ["EXTENSIONS", "MOST_MEDIA_BYTES", "Captions", "FileName", "Language", "Media", "MediaFile", "MediaType"]

MOST_MEDIA_BYTES: Final = 64 * 1024 * 1024
"""Of one file: five minutes of film for a phone are half of it."""

MediaType: TypeAlias = Literal[
    "image/svg+xml", "image/png", "image/jpeg", "image/webp", "audio/mpeg", "audio/mp4", "audio/ogg", "video/mp4",
    "video/webm", "text/vtt",
]  # fmt: skip
EXTENSIONS: Final[dict[str, MediaType]] = {
    "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "mp4": "video/mp4", "webm": "video/webm",
    "vtt": "text/vtt",
}  # fmt: skip
"""What a file is, by the end of its name."""
Language: TypeAlias = Literal["th", "en"]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9._-]{0,76}[a-z0-9])?$")]
"""A name that every file system takes and that leads nowhere else."""
Bytes = Annotated[int, Field(strict=True, ge=1, le=MOST_MEDIA_BYTES)]


class MediaFile(Content):
    file: FileName
    """Its name in the course's folder `media`."""
    sha256: Sha256
    """GET /media/{sha256} serves it."""
    size_bytes: Bytes


class Captions(MediaFile):
    """WebVTT for those who can't hear, or are where it must be quiet."""

    language: Language


class Media(MediaFile):
    media_type: MediaType
    sound: bool = False
    """Found in the file itself; then captions are needed."""
    alt_th: Text
    """What it shows, for those who can't see it."""
    alt_en: Text | None = None
    captions: Annotated[tuple[Captions, ...], Field(max_length=2)] = ()
