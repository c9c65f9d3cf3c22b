"""Use cases of courses. The caller owns the transaction."""

from collections.abc import Iterator
from datetime import datetime

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content import media_storage, storage
from ewaste.education.content.checks import check_course, check_same
from ewaste.education.content.files.layout import MEDIA_FOLDER
from ewaste.education.content.files.reading import Loaded
from ewaste.education.content.files.source import opened
from ewaste.education.content.model import Course, to_fact
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["publish_course", "publish_files", "read_course"]


async def publish_course(tx: Transaction, outbox: Outbox, course: Course, now: datetime) -> bool:
    """Publish a version; False where the same content was published before. Raises `Refused`."""
    check_course(course)
    await _check_media(tx, course)
    if await storage.add_course(tx, course, now):
        await outbox.add(tx, Fact(to_fact(course), now))
        return True
    check_same(course, await read_course(tx, course.course_id, course.course_version))
    return False


async def publish_files(tx: Transaction, outbox: Outbox, loaded: Loaded, now: datetime) -> bool:
    """Publish a version with its media, together or not at all; False where it was published before."""
    check_course(loaded.course)
    for file in sorted(loaded.files.values(), key=lambda one: one.sha256):
        await media_storage.add_media(tx, file, _pieces(loaded, MEDIA_FOLDER + file.file), now)
    return await publish_course(tx, outbox, loaded.course, now)


def _pieces(loaded: Loaded, name: str) -> Iterator[bytes]:
    with opened(loaded.source, name) as file:
        while piece := file.read(media_storage.PIECE_BYTES):
            yield piece


async def _check_media(tx: Transaction, course: Course) -> None:
    """Raise `Refused` for media that isn't stored here, or is said to be what it isn't."""
    known = await media_storage.known_media(tx, {digest for _, digest in course.files})
    for media in course.media:
        found = known.get(media.sha256)
        said = (media.media_type, media.size_bytes, media.sound)
        if found is None or (found["media_type"], found["size_bytes"], found["sound"]) != said:
            raise _unknown(media.file, media.sha256)
        for captions in media.captions:
            file = known.get(captions.sha256)
            if file is None or (file["media_type"], file["size_bytes"]) != ("text/vtt", captions.size_bytes):
                raise _unknown(captions.file, captions.sha256)


def _unknown(file: str, digest: str) -> Refused:
    detail = f"{file} ({digest[:12]}…) is not stored here as it is described; send the course with its files, as a zip"
    return Refused("media-unknown", detail, field="modules")


async def read_course(tx: Transaction, course_id: str, version: int | None = None) -> Course:
    """One version, the newest without `version`; raises `Refused`."""
    row = await storage.course(tx, course_id, version)
    if row is None:
        named = f"course {course_id}" + (f" version {version}" if version else "")
        raise Refused("course-unknown", f"{named} was never published; see GET /courses", field="course_id",
                      status=NOT_FOUND)  # fmt: skip
    return Course.model_validate_json(row.content)
