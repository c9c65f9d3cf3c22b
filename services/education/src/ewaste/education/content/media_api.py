"""HTTP: pictures, sound and films of lessons, for ever the same under their digest: a device keeps them."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, get_args

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content.media import MediaType
from ewaste.education.content.media_storage import media, pieces
from ewaste.runtime.database import Database
from ewaste.runtime.http import ProblemDocument
from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import StreamingResponse

__all__ = ["read_range", "router"]

_CONTENT: Final[dict[str, Any]] = {
    media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in get_args(MediaType)
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The file", "content": _CONTENT},
    206: {"description": "The range that was asked for", "content": _CONTENT},
    304: {"description": "The device has it already"},
}
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    # A drawing that is opened by itself runs and fetches nothing either.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_UNSATISFIABLE: Final = 416


def router(database: Database) -> APIRouter:
    api = APIRouter(tags=["courses"])

    @api.get("/media/{sha256}", responses=_ANSWERS, response_class=StreamingResponse)
    async def read_media(
        sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
        asked: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
        if_range: Annotated[str | None, Header()] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """A file of a lesson; a part of it with `Range` (one range, RFC 9110 section 14)."""
        async with database.transaction() as tx:
            found = await media(tx, sha256)
        if found is None:
            detail = f"no media {sha256[:12]}…; a course tells which it shows"
            raise Refused("media-unknown", detail, field="sha256", status=NOT_FOUND)
        headers = {**_HEADERS, "ETag": f'"{sha256}"'}
        if if_none_match and (if_none_match.strip() == "*" or sha256 in if_none_match):
            return Response(status_code=304, headers=headers)
        fresh = if_range is None or if_range.strip() == headers["ETag"]
        return _answer(database, found["sha256"], found["media_type"], found["size_bytes"], asked if fresh else None,
                       headers)  # fmt: skip

    return api


def _answer(
    database: Database, digest: str, media_type: str, size: int, asked: str | None, headers: dict[str, str]
) -> Response:
    part = read_range(asked, size)
    if part is not None and part[0] >= size:
        return _unsatisfiable(size)
    first, last = part or (0, size - 1)
    headers = {**headers, "Content-Length": str(last - first + 1)}
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    content: AsyncIterator[bytes] = pieces(database, digest, first, last)
    return StreamingResponse(content, 206 if part else 200, headers, media_type)


def _unsatisfiable(size: int) -> Response:
    detail = f"the file has {size} bytes; ask for bytes=0-{size - 1} or a part of them"
    problem = ProblemDocument(
        type="urn:ewaste:problem:range-unsatisfiable", title="Range unsatisfiable", status=416, detail=detail
    )
    headers = {"Content-Range": f"bytes */{size}"}
    return Response(problem.model_dump_json(), _UNSATISFIABLE, headers, "application/problem+json")


def read_range(asked: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a `Range` header, None where it is to be ignored: absent, several ranges, or not bytes.

    The first byte is `size` or more where nothing of the file is in the range (RFC 9110 section 14.1.2).
    """
    match = _RANGE.fullmatch((asked or "").strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0) if int(last) else size), size - 1
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last), size - 1) if last else size - 1
