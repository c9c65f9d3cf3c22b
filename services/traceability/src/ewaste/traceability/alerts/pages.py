"""The page of alerts: grouped by kind, each with what to do, its evidence and its chain."""

from typing import Annotated, Any, Final

from ewaste.contracts.events.traceability import GapKind
from ewaste.evidence.custody.graph import split_node
from ewaste.runtime.database import Database
from ewaste.runtime.http import page, read_cursor
from ewaste.traceability.alerts import storage
from ewaste.traceability.alerts.api import Kind, Shown
from ewaste.traceability.alerts.storage import GapRow
from ewaste.traceability.alerts.texts import ALERTS
from ewaste.web.pages import Pages
from fastapi import APIRouter, Query, Request, Response

__all__ = ["add_alert_pages"]

_PER_PAGE: Final = 50
_MOST_SHOWN: Final = 6
_CHAINED: Final = ("item", "bag", "load", "batch", "certificate")


def add_alert_pages(web: APIRouter, pages: Pages, database: Database) -> None:
    @web.get("/pages/alerts")
    async def listed(
        request: Request,
        state: Shown = Shown.OPEN,
        kind: Kind = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        before = read_cursor(cursor, int)
        async with database.transaction() as tx:
            rows = await storage.alerts_before(tx, before, _PER_PAGE + 1, is_open=state.is_open, kind=kind, node=None)
            counts = await storage.open_counts(tx)
        shown = page(rows, _PER_PAGE, _shown, lambda row: row.opened_position)
        return pages.render(
            request, "alerts.html", groups=_groups(shown.items), counts=_counts(counts), alerts=ALERTS, state=state,
            kind=kind, next_cursor=shown.next_cursor, most=_MOST_SHOWN,
        )  # fmt: skip


def _shown(row: GapRow) -> dict[str, Any]:
    kind, id = split_node(row.node)
    return {"row": row, "kind": kind, "id": id, "chain": row.node if kind in _CHAINED else None}


def _groups(items: list[dict[str, Any]]) -> list[tuple[GapKind, list[dict[str, Any]]]]:
    """By kind, in the order of the texts; each kind's newest first."""
    by_kind = [(kind, [each for each in items if each["row"].kind == kind]) for kind in ALERTS]
    return [(kind, found) for kind, found in by_kind if found]


def _counts(counts: dict[str, int]) -> dict[GapKind, int]:
    return {kind: counts[kind] for kind in ALERTS if kind in counts}
