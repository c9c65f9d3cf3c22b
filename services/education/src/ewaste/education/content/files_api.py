"""HTTP: a course with its files, in and out as a zip."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, Final, cast

from ewaste.contracts.events.education import Pillar
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from ewaste.education.content import handlers
from ewaste.education.content.api import Published
from ewaste.education.content.cartridge.convert import Converted, Wanted, convert
from ewaste.education.content.files.reading import Loaded, read_course_files
from ewaste.education.content.files.source import ZipSource
from ewaste.education.content.files.writing import write_zip
from ewaste.education.content.media_storage import whole
from ewaste.education.content.model import Course
from ewaste.education.content.sample import sample_course
from ewaste.runtime.bulk import AGAIN
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

__all__ = ["router", "uploaded"]

ZIP: Final = "application/zip"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
ZIP_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {ZIP: _BINARY, "application/octet-stream": _BINARY}}
}
_ZIP_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The course as a zip", "content": {ZIP: _BINARY}}
}
_IN_MEMORY_BYTES: Final = 4 * 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024
_FORBIDDEN: Final = 403
_TOO_LARGE: Final = 413


class SkippedResource(BaseModel):
    resource: str
    why: str


class PublishedCartridge(Published):
    skipped: list[SkippedResource]
    """What the cartridge holds and the course doesn't."""


def router(database: Database, outbox: Outbox, author_key: str | None, most_bytes: int) -> APIRouter:
    """`author_key` opens what holds the key of the questions; without one nothing opens it over HTTP."""
    api = APIRouter(tags=["courses"])

    async def publish(load: Callable[[], Loaded], response: Response) -> Published:
        loaded = await asyncio.to_thread(load)
        async with database.transaction() as tx:
            new = await handlers.publish_files(tx, outbox, loaded, datetime.now(UTC))
        response.status_code = 201 if new else 200
        return Published.of(loaded.course, new)

    @api.post("/courses/sample", status_code=201, responses=AGAIN)
    async def publish_sample(response: Response) -> Published:
        """Publish the sample course that comes with this service."""
        return await publish(sample_course, response)

    @api.post("/courses/files", status_code=201, responses=AGAIN, openapi_extra=ZIP_BODY)
    async def import_course(request: Request, response: Response) -> Published:
        """Publish a course's folder, zipped: TOML, Markdown and media; judged as a whole before anything is stored."""
        async with uploaded(request, most_bytes) as file:
            return await publish(lambda: read_course_files(ZipSource(file)), response)

    @api.post("/courses/cartridges", status_code=201, responses=AGAIN, openapi_extra=ZIP_BODY)
    async def import_cartridge(
        request: Request,
        response: Response,
        course_id: Identifier,
        pillar: Annotated[list[Pillar], Query(min_length=1, max_length=20)],
        course_version: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        partly: bool = False,
    ) -> PublishedCartridge:
        """Publish a Common Cartridge 1.1 to 1.3, with the pillar of each of its modules in order.

        Where something can't be taken over it is refused with what and why; with `partly` the rest is published.
        """
        wanted = Wanted(course_id, course_version, tuple(pillar))
        async with uploaded(request, most_bytes) as file:
            converted = await asyncio.to_thread(lambda: convert(ZipSource(file), wanted))
            if converted.skipped and not partly:
                raise _not_whole(converted)
            published = await publish(lambda: converted.loaded, response)
        skipped = [SkippedResource(resource=one.resource, why=one.why) for one in converted.skipped]
        return PublishedCartridge(**published.model_dump(), skipped=skipped)

    @api.get("/courses/{course_id}/files", responses=_ZIP_ANSWER, response_class=StreamingResponse)
    async def export_course(
        course_id: Identifier,
        version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
        authorization: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """The folder of a version, zipped, with the key of its questions: for authors alone, with their key."""
        _check_author(author_key, authorization)
        async with database.transaction() as tx:
            course = await handlers.read_course(tx, course_id, version)
        name = f"{course.course_id.replace(':', '-')}-{course.course_version}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        return StreamingResponse(_zipped(database, course), media_type=ZIP, headers=headers)

    return api


def _not_whole(converted: Converted) -> Refused:
    named = "; ".join(f"{one.resource}: {one.why}" for one in converted.skipped[:10])
    parts = f"{len(converted.skipped)} parts can't be taken over: {named}"
    detail = f"{parts}. Nothing was stored; partly=true publishes the rest"
    return Refused("cartridge-not-whole", detail, field="body")


def _check_author(author_key: str | None, authorization: str | None) -> None:
    if author_key is None:
        detail = "the key of the questions leaves over HTTP only where EWASTE_AUTHOR_KEY is set; or use `course export`"
        raise Refused("author-key-unset", detail, status=_FORBIDDEN)
    if not hmac.compare_digest((authorization or "").encode(), f"Bearer {author_key}".encode()):
        detail = "send the author's key as `Authorization: Bearer …`"
        raise Refused("author-key-wrong", detail, field="Authorization", status=_FORBIDDEN)


@asynccontextmanager
async def uploaded(request: Request, most_bytes: int) -> AsyncIterator[BinaryIO]:
    """The request's body as a file, gone afterwards; raises `Refused` as soon as it is larger than `most_bytes`."""
    with SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > most_bytes:
                detail = f"more than {most_bytes} bytes; smaller media, or `course import` on the server"
                raise Refused("body-too-large", detail, field="body", status=_TOO_LARGE)
            file.write(chunk)
        file.seek(0)
        yield cast(BinaryIO, file)


async def _zipped(database: Database, course: Course) -> AsyncIterator[bytes]:
    media = {digest: await whole(database, digest) for _, digest in course.files}
    with SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
        await asyncio.to_thread(write_zip, course, lambda digest: [media[digest]], cast(BinaryIO, file))
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
