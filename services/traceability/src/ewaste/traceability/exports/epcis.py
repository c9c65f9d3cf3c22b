"""HTTP: EPCIS 2.0 for other systems (docs/architecture/epcis.md)."""

import base64
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from ewaste.contracts.fields import Identifier, Utc
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.custody.graph import node
from ewaste.evidence.epcis.document import MEDIA_TYPE, document, query_document
from ewaste.evidence.epcis.gs1 import Gs1Keys, Names
from ewaste.runtime.database import Database
from ewaste.runtime.http import read_cursor
from ewaste.traceability.exports import epcis_handlers as handlers
from ewaste.traceability.exports.epcis_query import Period, Place, Query, bare_step, canonical_uris, split_values
from ewaste.traceability.settings import Settings
from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter
from fastapi.responses import StreamingResponse

__all__ = ["router"]

_CHAINS: Final = ("item", "bag", "load", "batch", "certificate")
_LAST_INDEX: Final = 2**53 - 1
_VERSIONS: Final = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}

_Values = Annotated[list[str] | None, Parameter(max_length=100)]


def router(database: Database, settings: Settings) -> APIRouter:
    api = APIRouter(prefix="/epcis", tags=["epcis"])
    names = Names(settings.city, Gs1Keys(settings.gs1_company_prefix) if settings.gs1_company_prefix else None)
    _query_route(api, database, names)
    _export_route(api, database, names)
    _chain_route(api, database, names)
    return api


def _query_route(api: APIRouter, database: Database, names: Names) -> None:
    @api.get("/events", responses=_ANSWER, response_class=Response)
    async def query_events(
        request: Request,
        event_type: Annotated[_Values, Parameter(alias="eventType")] = None,
        biz_step: Annotated[_Values, Parameter(alias="EQ_bizStep")] = None,
        any_epc: Annotated[_Values, Parameter(alias="MATCH_anyEPC")] = None,
        any_class: Annotated[_Values, Parameter(alias="MATCH_anyEPCClass")] = None,
        since: Annotated[Utc | None, Parameter(alias="GE_eventTime")] = None,
        until: Annotated[Utc | None, Parameter(alias="LT_eventTime")] = None,
        per_page: Annotated[int, Parameter(alias="perPage", ge=1, le=500)] = 30,
        token: Annotated[str | None, Parameter(alias="nextPageToken")] = None,
    ) -> Response:
        """A SimpleEventQuery (EPCIS 2.0 §8.2.7), in ledger order; several values repeat the parameter or join with `|`.

        While the `Link` header names a next page there is more, also where a page holds few events or none: a page
        walks through a limited part of the ledger. Tokens never expire.
        """
        _refuse_unknown(request)
        steps = split_values(biz_step)
        query = Query(
            Period(since, until),
            split_values(event_type),
            None if steps is None else frozenset(map(bare_step, steps)),
            canonical_uris(split_values(any_epc)),
            canonical_uris(split_values(any_class)),
        )
        start = read_cursor(token, Place) or (0, 0)
        async with database.transaction() as tx:
            events, place = await handlers.answer(tx, names, query, start, per_page)
        return _answer(query_document(events, datetime.now(UTC)), _next(request, place))


def _export_route(api: APIRouter, database: Database, names: Names) -> None:
    @api.get("/export", responses=_ANSWER, response_class=StreamingResponse)
    async def export_events(
        since: Annotated[Utc | None, Parameter(alias="from", description="first moment, when it happened")] = None,
        until: Annotated[Utc | None, Parameter(description="moment after the last")] = None,
        start: Annotated[int, Parameter(ge=0, le=_LAST_INDEX, description="first ledger index")] = 0,
    ) -> StreamingResponse:
        """One EPCISDocument of everything that happened in a period, as the ledger stands now, streamed.

        The header `Ewaste-Ledger-Size` is the `start` of the next export: what entered the ledger since then, and again
        what was corrected since then, with its error declaration.
        """
        async with database.transaction() as tx:
            size = await handlers.projected(tx)
        body = handlers.export(database, names, Period(since, until), range(start, size), datetime.now(UTC))
        headers = {**_VERSIONS, "Ewaste-Ledger-Size": str(size)}
        return StreamingResponse(body, media_type=MEDIA_TYPE, headers=headers)


def _chain_route(api: APIRouter, database: Database, names: Names) -> None:
    @api.get("/{kind}/{id}", responses=_ANSWER, response_class=Response)
    async def read_chain(kind: str, id: Identifier) -> Response:
        """The chain of an item, bag, load, batch or certificate as an EPCISDocument, in the order it happened."""
        events: list[dict[str, Any]] = []
        if kind in _CHAINS:
            async with database.transaction() as tx:
                events = await handlers.chain(tx, names, node(kind, id))
        if not events:
            detail = f"no fact names {kind} {id}; ask for one of {', '.join(_CHAINS)}, or wait until its first event"
            raise Refused("not-known", detail, field="id", status=NOT_FOUND)
        return _answer(document(events, datetime.now(UTC)), {})


def _answer(told: dict[str, Any], headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(told), media_type=MEDIA_TYPE, headers={**_VERSIONS, **headers})


def _next(request: Request, place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    token = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    # Relative (RFC 8288 §3.1): a proxy in front may have another name for this place.
    url = request.url.include_query_params(nextPageToken=token)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}


_KNOWN: Final = frozenset(
    {
        *("eventType", "EQ_bizStep", "MATCH_anyEPC", "MATCH_anyEPCClass"),
        *("GE_eventTime", "LT_eventTime", "perPage", "nextPageToken"),
    }
)


def _refuse_unknown(request: Request) -> None:
    """A condition that is not understood must not be passed over: the answer would hold what was not asked for."""
    for name in request.query_params:
        if name not in _KNOWN:
            detail = f"{name} is not answered here; the conditions are {', '.join(sorted(_KNOWN))}"
            raise Refused("query-parameter-unknown", detail, field=f"query.{name}"[:200])
