"""HTTP: the statements resource, and what this store is (Communication 2.1, 2.8)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from ewaste.contracts.ids import uuid7
from ewaste.contracts.refusal import Refused
from ewaste.education.xapi import handlers
from ewaste.education.xapi.asking import StatementFilter
from ewaste.education.xapi.clients import authenticate
from ewaste.education.xapi.matching.handlers import Facts
from ewaste.education.xapi.model import BAD_REQUEST, Client, Sent, read_statements
from ewaste.education.xapi.paging import next_page, read_page
from ewaste.education.xapi.routes import (
    UuidText,
    XapiRoute,
    described_body,
    has_arrived,
    read_body,
    show_consistent_through,
)
from ewaste.education.xapi.storage import queries
from ewaste.education.xapi.views import languages, served
from ewaste.runtime.database import Database, Transaction
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel

__all__ = ["router"]

_VERSIONS: Final = ("1.0.3", "1.0.2", "1.0.1", "1.0.0")
_JSON: Final = "application/json"
_MULTIPART: Final = "multipart/mixed"
_BOUNDARY: Final = "ewaste-statements"
_STATEMENT: Final = {"type": "object", "required": ["actor", "verb", "object"], "additionalProperties": True}
_STATEMENTS: Final = {"oneOf": [_STATEMENT, {"type": "array", "items": _STATEMENT}]}
_FOUND: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "One statement, or a StatementResult with `statements` and `more`",
        "content": {_JSON: {"schema": {"type": "object"}}, _MULTIPART: {"schema": {"type": "string"}}},
    }
}
Authorization = Annotated[str | None, Header(description="Basic, with a client's key and secret")]


class About(BaseModel):
    version: list[str]
    """The versions of xAPI that are served."""
    extensions: dict[str, str]


def router(database: Database, facts: Facts, most: int) -> APIRouter:
    """`most` statements fit into one request."""
    api = APIRouter(prefix="/xAPI", tags=["xAPI"], route_class=XapiRoute)
    _writing(api, database, facts, most)
    _reading(api, database)

    @api.get("/about")
    async def about() -> About:
        """Which versions are served; needs neither a version header nor a client."""
        return About(version=list(_VERSIONS), extensions={})

    return api


def _writing(api: APIRouter, database: Database, facts: Facts, most: int) -> None:
    async def store(request: Request, authorization: str | None, statement_id: str | None = None) -> list[UUID]:
        async with database.transaction() as tx:
            client = await authenticate(tx, authorization)
        sent = await _read(request, most, statement_id)
        async with database.transaction() as tx:
            await handlers.store_statements(tx, facts, client, sent, datetime.now(UTC))
        return [one.id for one in sent]

    @api.post("/statements", openapi_extra=described_body(_STATEMENTS))
    async def post_statements(request: Request, authorization: Authorization = None) -> list[UUID]:
        """Store a statement or a batch, all or none; their ids in order. The same statement again changes nothing."""
        return await store(request, authorization)

    @api.put("/statements", status_code=204, openapi_extra=described_body(_STATEMENT))
    async def put_statement(
        request: Request,
        statement_id: Annotated[UuidText, Query(alias="statementId")],
        authorization: Authorization = None,
    ) -> None:
        """Store one statement under its id. The same statement again changes nothing, another one is refused (409)."""
        await store(request, authorization, statement_id)


async def _read(request: Request, most: int, statement_id: str | None) -> list[Sent]:
    """The statements in the body; with an id the only one is stored under it. Raises `Refused`."""
    content_type = request.headers.get("content-type")
    if has_arrived(content_type, _MULTIPART):
        detail = "attachments are not supported here; send the statements alone, as application/json"
        raise Refused("attachments-not-supported", detail, field="Content-Type", status=BAD_REQUEST)
    if not has_arrived(content_type, _JSON):
        raise Refused("not-json", f"send Content-Type: {_JSON}", field="Content-Type", status=BAD_REQUEST)
    body = await read_body(request)
    if statement_id is None:
        return read_statements(body, [uuid7() for _ in range(most)])
    sent = read_statements(body, [UUID(statement_id)], single=True)
    if sent[0].id != UUID(statement_id):
        detail = f"statementId {statement_id} is not the statement's own id {sent[0].id}"
        raise Refused("statement-id-differs", detail, field="id", status=BAD_REQUEST)
    return sent


def _reading(api: APIRouter, database: Database) -> None:
    @api.head("/statements", include_in_schema=False)
    @api.get("/statements", response_class=Response, responses=_FOUND)
    async def get_statements(
        request: Request,
        asked: Annotated[StatementFilter, Query()],
        authorization: Authorization = None,
        accept_language: Annotated[str | None, Header()] = None,
    ) -> Response:
        """One statement by its id, or those that fit a filter, newest first, a page at a time.

        A client finds its own statements; one that reads all finds everybody's.
        """
        async with database.transaction() as tx:
            client = await authenticate(tx, authorization)
            show_consistent_through(request, await queries.consistent_through(tx))
            return await _answer(tx, client, asked, languages(accept_language), request)


async def _answer(
    tx: Transaction, client: Client, asked: StatementFilter, preferred: Sequence[str], request: Request
) -> Response:
    if asked.statement_id or asked.voided_statement_id:
        asked.check_alone()
        voided = asked.statement_id is None
        id = UUID(asked.voided_statement_id or asked.statement_id)
        found = served(await handlers.read_statement(tx, client, id, voided=voided), asked.format, preferred)
        return _sent(found, attachments=asked.attachments == "true")
    query, wanted, attachments = asked.to_query(), asked.format, asked.attachments == "true"
    if asked.more is not None:
        query, wanted, attachments = read_page(asked.more)
    rows = await queries.find(tx, client, query)
    shown, more = rows[: query.limit], ""
    if len(rows) > query.limit:
        word = next_page(query, shown[-1][0], wanted, attachments=attachments)
        more = f"{request.scope.get('root_path', '')}/xAPI/statements?more={word}"
    return _sent(_result([served(kept, wanted, preferred) for _, kept in shown], more), attachments=attachments)


def _result(statements: Sequence[bytes], more: str) -> bytes:
    return b'{"statements":[' + b",".join(statements) + b'],"more":"' + more.encode() + b'"}'


def _sent(content: bytes, *, attachments: bool) -> Response:
    """With `attachments=true` as multipart with one part: nothing here has an attachment."""
    if not attachments:
        return Response(content, media_type=_JSON)
    part = f"--{_BOUNDARY}\r\nContent-Type: {_JSON}\r\n\r\n".encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return Response(part, headers={"Content-Type": f"{_MULTIPART}; boundary={_BOUNDARY}"})
