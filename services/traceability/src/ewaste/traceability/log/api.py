"""HTTP: a log as static files that any tlog-tiles client can mirror, its receipts, its policy, and the alarms."""

import asyncio
from datetime import datetime
from typing import Annotated, Final, NoReturn
from uuid import UUID

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.tiles.layout import CHECKPOINT_PATH
from ewaste.runtime.database import Database, Transaction
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import alarms, storage
from ewaste.traceability.log.places import index_of_record
from ewaste.traceability.log.policy import policy_text
from ewaste.traceability.log.receipts import NotCovered, receipt_at
from ewaste.traceability.log.serving import is_served, read_file
from ewaste.traceability.settings import Settings
from fastapi import APIRouter, Query, Response
from fastapi_problem.error import Problem
from pydantic import BaseModel

__all__ = ["log_router"]

_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRESH: Final = {"Cache-Control": "no-cache"}
_AGAIN_SECONDS: Final = 5
_MOST_ALARMS: Final = 1_000
_LAST_OFFSET: Final = (1 << 63) - 1


class LogAlarm(BaseModel):
    """Something that is or was wrong with a log."""

    ledger: Ledger
    kind: str
    """`forked`, `ledger-changed`, `start-moved` or `record-changed`: docs/architecture/log.md."""
    subject: str
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    """When it was no longer found; null: it stands."""


def log_router(database: Database, settings: Settings, witnesses: str) -> APIRouter:
    api = APIRouter(tags=["log"])
    _alarm_routes(api, database)
    _receipt_routes(api, database, settings)
    _policy_routes(api, database, witnesses)
    _file_routes(api, settings)
    return api


def _alarm_routes(api: APIRouter, database: Database) -> None:
    @api.get("/log/alarms")
    async def list_alarms() -> list[LogAlarm]:
        """What is wrong with the logs, first what stands, then what stood, newest first."""
        async with database.transaction() as tx:
            return [LogAlarm(**row) for row in await alarms.listed(tx, _MOST_ALARMS)]


def _receipt_routes(api: APIRouter, database: Database, settings: Settings) -> None:
    @api.get("/log/{ledger}/receipts", response_class=Response)
    async def read_receipt(
        ledger: Ledger,
        topic: Annotated[str | None, Query(max_length=249)] = None,
        partition: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
        offset: Annotated[int | None, Query(ge=0, le=_LAST_OFFSET)] = None,
        event_id: UUID | None = None,
        index: Annotated[int | None, Query(ge=0, le=_LAST_OFFSET)] = None,
    ) -> Response:
        """A record's place in the log (C2SP tlog-proof): by its place in Kafka, its event's id or its index.

        The receipt's extra line holds the entry itself. 404 where the log has no such record, 503 while no published
        checkpoint reaches it: ask again after Retry-After.
        """
        async with database.transaction() as tx:
            if index is None:
                index = await _index(tx, ledger, topic, partition, offset, event_id)
            size = (await ledger_storage.head(tx, ledger)).size
        if index is None or index >= size:
            detail = f"the {ledger} log has no such record; one that was just sent is here within seconds: ask again"
            raise Refused("record-unknown", detail, status=NOT_FOUND)
        try:
            receipt = await asyncio.to_thread(receipt_at, settings.log_folder(ledger), index)
        except NotCovered as missing:
            _ask_again(str(missing))
        name = f'attachment; filename="{ledger}-{index}.tlog-proof"'
        return Response(receipt.to_bytes(), media_type=_TEXT, headers={**_FRESH, "Content-Disposition": name})


async def _index(
    tx: Transaction, ledger: Ledger, topic: str | None, partition: int | None, offset: int | None, event_id: UUID | None
) -> int | None:
    if event_id is not None:
        places = await ledger_storage.places_of_events(tx, ledger, [event_id])
        return places[event_id][0] if places else None
    if topic is None or partition is None or offset is None:
        detail = "name the record by topic, partition and offset, by event_id or by index"
        raise Refused("record-not-named", detail, field="topic")
    if "\0" in topic:
        return None
    return await index_of_record(tx, ledger, topic, partition, offset)


def _ask_again(why: str) -> NoReturn:
    raise Problem(
        "Not covered yet",
        type_="not-covered-yet",
        detail=f"{why}; ask again in {_AGAIN_SECONDS} s",
        status=503,
        headers={"Retry-After": str(_AGAIN_SECONDS)},
    )


def _policy_routes(api: APIRouter, database: Database, witnesses: str) -> None:
    @api.get("/log/{ledger}/policy", response_class=Response)
    async def read_policy(ledger: Ledger) -> Response:
        """The keys, witnesses and quorum that we propose (C2SP tlog-policy).

        Compare it with what witnesses publish themselves before you trust it: from us alone it proves nothing.
        """
        async with database.transaction() as tx:
            keys = await storage.keys_of(tx, ledger)
        if not keys:
            _ask_again(f"the {ledger} log has not signed anything yet")
        return Response(policy_text(keys, witnesses), media_type=_TEXT, headers=_FRESH)


def _file_routes(api: APIRouter, settings: Settings) -> None:
    @api.get("/log/{ledger}/checkpoint", response_class=Response)
    def read_checkpoint(ledger: Ledger) -> Response:
        """The log's size and root, signed by it and by witnesses (C2SP tlog-checkpoint)."""
        note = read_file(settings.log_folder(ledger), CHECKPOINT_PATH)
        if note is None:
            raise _no_file(ledger, CHECKPOINT_PATH, "no checkpoint is published yet; ask again in a moment")
        return Response(note, media_type=_TEXT, headers=_FRESH)

    @api.get("/log/{ledger}/{path:path}", response_class=Response)
    def read_tile(ledger: Ledger, path: str) -> Response:
        """A tile, an entry bundle (C2SP tlog-tiles) or a content by its SHA-256; none of them ever changes."""
        if not is_served(path):
            raise _no_file(ledger, path, "names are tile/<level>/<index>[.p/<width>], tile/entries/… and content/…")
        content = read_file(settings.log_folder(ledger), path)
        if content is None:
            raise _no_file(ledger, path, "the log does not reach it, or its full form has replaced a partial one")
        return Response(content, media_type=_BYTES, headers=_FOR_EVER)


def _no_file(ledger: Ledger, path: str, what: str) -> Refused:
    return Refused("file-unknown", f"the {ledger} log has no {path[:100]}: {what}", field="path", status=NOT_FOUND)
