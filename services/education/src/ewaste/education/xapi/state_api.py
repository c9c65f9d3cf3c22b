"""HTTP: documents of state (Communication 2.2, 2.3)."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from ewaste.education.xapi import states
from ewaste.education.xapi.asking import read_agent
from ewaste.education.xapi.clients import authenticate
from ewaste.education.xapi.routes import Iri, Timestamp, UuidText, XapiRoute, read_body
from ewaste.education.xapi.rules.formats import moment
from ewaste.education.xapi.rules.formats import text as any_text
from ewaste.education.xapi.rules.shape import Invalid
from ewaste.education.xapi.states import Precondition
from ewaste.education.xapi.storage import states as storage
from ewaste.education.xapi.storage.states import Document, StateOf
from ewaste.runtime.database import Database, Transaction
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["router"]

_ANY_DOCUMENT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_STORED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The document as it was stored, or without stateId the ids of all",
        "content": {"*/*": {"schema": {}}},
    }
}
# What a client stored as a page must not act as one of ours.
_INERT: Final = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


def _storable(value: str) -> str:
    try:
        any_text(value, "")
    except Invalid as invalid:
        raise ValueError(invalid.message) from None
    return value


StateId = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_storable)]


class Asked(BaseModel):
    """Whose documents, about what; every other parameter is refused."""

    model_config = ConfigDict(extra="forbid")

    activity_id: Annotated[Iri, Field(alias="activityId")]
    agent: str
    registration: UuidText | None = None


class OneAsked(Asked):
    state_id: Annotated[StateId, Field(alias="stateId")]


class SeveralAsked(Asked):
    state_id: Annotated[StateId | None, Field(alias="stateId")] = None
    since: Timestamp | None = None


Authorization = Annotated[str | None, Header()]
IfMatch = Annotated[str | None, Header()]


def router(database: Database) -> APIRouter:
    api = APIRouter(prefix="/xAPI/activities", tags=["xAPI"], route_class=XapiRoute)
    _storing(api, database)
    _looking(api, database)
    return api


def _storing(api: APIRouter, database: Database) -> None:
    async def store(
        request: Request, asked: OneAsked, authorization: str | None, condition: Precondition, *, merge: bool
    ) -> None:
        async with database.transaction() as tx:
            of = await _of(tx, asked, authorization)
        content_type = request.headers.get("content-type") or "application/octet-stream"
        sent = Document(await read_body(request), content_type, datetime.now(UTC))
        async with database.transaction() as tx:
            await (states.merge_state if merge else states.put_state)(tx, of, asked.state_id, sent, condition)

    @api.put("/state", status_code=204, openapi_extra=_ANY_DOCUMENT)
    async def put_state(
        request: Request,
        asked: Annotated[OneAsked, Query()],
        authorization: Authorization = None,
        if_match: IfMatch = None,
        if_none_match: IfMatch = None,
    ) -> None:
        """Store a document in place of what is there; with If-Match only if nobody changed it meanwhile (412)."""
        await store(request, asked, authorization, Precondition(if_match, if_none_match), merge=False)

    @api.post("/state", status_code=204, openapi_extra=_ANY_DOCUMENT)
    async def post_state(
        request: Request,
        asked: Annotated[OneAsked, Query()],
        authorization: Authorization = None,
        if_match: IfMatch = None,
        if_none_match: IfMatch = None,
    ) -> None:
        """Merge the properties of a JSON object into the stored one; where none is stored, store it."""
        await store(request, asked, authorization, Precondition(if_match, if_none_match), merge=True)


def _looking(api: APIRouter, database: Database) -> None:
    @api.head("/state", include_in_schema=False)
    @api.get("/state", response_class=Response, responses=_STORED)
    async def get_state(asked: Annotated[SeveralAsked, Query()], authorization: Authorization = None) -> Response:
        """A document with its ETag; without stateId the ids of all, with `since` of those stored after it."""
        async with database.transaction() as tx:
            of = await _of(tx, asked, authorization)
            if asked.state_id is None:
                since = moment(asked.since) if asked.since else None
                return JSONResponse(list(await storage.ids(tx, of, since)))
            found = await states.read_state(tx, of, asked.state_id)
        return Response(found.content, headers={**_INERT, "ETag": found.etag, "Content-Type": found.content_type})

    @api.delete("/state", status_code=204)
    async def delete_state(
        asked: Annotated[SeveralAsked, Query()],
        authorization: Authorization = None,
        if_match: IfMatch = None,
    ) -> None:
        """Delete a document; without stateId all of the agent and the activity."""
        async with database.transaction() as tx:
            of = await _of(tx, asked, authorization)
            if asked.state_id is None:
                await storage.drop_all(tx, of)
            else:
                await states.remove_state(tx, of, asked.state_id, Precondition(if_match))


async def _of(tx: Transaction, asked: Asked, authorization: str | None) -> StateOf:
    client = await authenticate(tx, authorization)
    registration = UUID(asked.registration) if asked.registration else None
    return StateOf(client, read_agent(asked.agent), asked.activity_id, registration)
