"""HTTP: alerts as pages and as a stream, for the municipality."""

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Final

from ewaste.contracts.events.traceability import GapKind, Subject, SubjectKind
from ewaste.contracts.fields import Utc
from ewaste.evidence.custody.graph import split_node
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.traceability.alerts import storage
from ewaste.traceability.alerts.storage import GapChangeRow, GapRow
from ewaste.traceability.alerts.texts import ALERTS
from fastapi import APIRouter, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, BeforeValidator, StringConstraints

__all__ = ["Alert", "Kind", "Shown", "SubjectNode", "alert_router"]

_POLL_SECONDS: Final = 0.5
_STREAMED: Final = 200
_LAST_POSITION: Final = 2**53 - 1
_none_if_empty = BeforeValidator(lambda value: None if value == "" else value)

Kind = Annotated[GapKind | None, _none_if_empty]
SubjectNode = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[a-z]{3,20}/[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")] | None, _none_if_empty
]
"""For example `bag/B-17`."""


class Shown(StrEnum):
    """Which alerts to list."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"

    @property
    def is_open(self) -> bool | None:
        return None if self is Shown.ALL else self is Shown.OPEN


class Alert(BaseModel):
    """Something in the chain of custody that is missing or contradicts itself."""

    gap_id: str
    kind: GapKind
    subject: Subject
    open: bool
    text_th: str
    text_en: str
    evidence: list[int]
    """Ledger indices of the records that show it."""
    due_at: Utc | None
    """The end of the time that the missing fact had, where time opened the alert."""
    opened_at: Utc
    closed_at: Utc | None
    closed_by: list[int] | None
    """Ledger indices of the records that brought what was missing."""


class Change(BaseModel):
    """One opening or closing."""

    gap_id: str
    kind: GapKind
    subject: Subject
    text_th: str
    text_en: str
    evidence: list[int]
    changed_at: Utc


def alert_router(database: Database) -> APIRouter:
    api = APIRouter(tags=["alerts"])

    @api.get("/alerts")
    async def list_alerts(
        state: Shown = Shown.OPEN,
        kind: Kind = None,
        subject: SubjectNode = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Page[Alert]:
        """Alerts, those opened last first; `subject` as kind/id, for example `bag/B-17`."""
        async with database.transaction() as tx:
            before = read_cursor(cursor, int)
            rows = await storage.alerts_before(tx, before, limit + 1, is_open=state.is_open, kind=kind, node=subject)
        return page(rows, limit, _alert, lambda row: row.opened_position)

    @api.get("/alerts/stream", response_class=EventSourceResponse)
    async def stream_alerts(
        after: Annotated[int | None, Query(ge=0, le=_LAST_POSITION, description="0: from the first on")] = None,
        last_event_id: Annotated[int | None, Header(ge=0, le=_LAST_POSITION)] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Openings and closings as they happen (Server-Sent Events `opened` and `closed`).

        Goes on after `Last-Event-ID`, which browsers send by themselves, or after `after`; without either with what
        happens from now on. Nothing is skipped and nothing comes twice.
        """
        position = last_event_id if last_event_id is not None else after
        if position is None:
            async with database.transaction() as tx:
                position = await storage.newest_change(tx)
        while True:
            async with database.transaction() as tx:
                changes = await storage.changes_after(tx, position, _STREAMED)
            for change, gap in changes:
                position = change.position or position
                yield _event(change, gap)
            if not changes:
                await asyncio.sleep(_POLL_SECONDS)

    return api


def _event(change: GapChangeRow, gap: GapRow) -> ServerSentEvent:
    data = Change(**_said(gap), evidence=change.evidence, changed_at=change.changed_at)
    event = "opened" if change.opened else "closed"
    return ServerSentEvent(id=str(change.position), event=event, data=data)


def _alert(row: GapRow) -> Alert:
    return Alert(
        **_said(row),
        open=row.closed_at is None,
        evidence=row.evidence,
        due_at=row.due_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )


def _said(row: GapRow) -> dict[str, object]:
    kind, (subject, id) = GapKind(row.kind), split_node(row.node)
    name = ALERTS[kind].name
    said = Subject(kind=SubjectKind(subject), id=id)
    return {"gap_id": row.gap_id, "kind": kind, "subject": said, "text_th": name.th, "text_en": name.en}
