"""The page where people choose a register, a period and a format."""

from datetime import UTC, date, datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.period import BANGKOK, BadPeriod, Period
from ewaste.runtime.database import Database
from ewaste.traceability.custody import storage as custody
from ewaste.web.pages import Pages
from fastapi import APIRouter, Query, Request, Response

__all__ = ["add_export_pages"]

# The best for most people first.
_FORMATS: Final = ("xlsx", "csv", "jsonl", "parquet")
_Text = Annotated[str | None, Query(max_length=40)]
_First = Annotated[str | None, Query(alias="from", max_length=40)]
_Last = Annotated[str | None, Query(alias="until", max_length=40)]


def add_export_pages(web: APIRouter, pages: Pages, database: Database) -> None:
    @web.get("/exports")
    async def ask(
        request: Request, register: _Text = None, format: _Text = None, first: _First = None, last: _Last = None
    ) -> Response:
        today = datetime.now(UTC).astimezone(BANGKOK).date()
        chosen = {
            "register": register if register is not None and register in REGISTERS else "bags",
            "format": format if format is not None and format in _FORMATS else "xlsx",
            "first": first or today.replace(day=1).isoformat(),
            "last": last or today.isoformat(),
        }
        fault = None
        if register is not None:
            try:
                period = Period.read(chosen["first"], chosen["last"])
                return pages.redirect(request, _address(chosen["register"], chosen["format"], period))
            except BadPeriod as bad:
                fault = bad.fault
        async with database.transaction() as tx:
            size = await custody.position(tx, "custody")
        return pages.render(
            request, "exports.html", 200 if fault is None else 422, registers=list(REGISTERS.values()),
            formats=_FORMATS, chosen=chosen, fault=fault, size=size, presets=_presets(today),
        )  # fmt: skip


def _address(register: str, format: str, period: Period) -> str:
    # Who downloads CSV from a page opens it with Excel.
    bom = {"bom": "true"} if format == "csv" else {}
    return f"/exports/{register}.{format}?" + urlencode({"from": period.first, "until": period.last, **bom})


def _presets(today: date) -> list[tuple[str, date, date]]:
    """Periods that reports ask for: its name, first and last day."""
    first = today.replace(day=1)
    last_month = date.fromordinal(first.toordinal() - 1)
    return [
        ("last_month", last_month.replace(day=1), last_month),
        ("this_year", today.replace(month=1, day=1), today),
        # The fiscal year of Thai authorities begins on 1 October.
        ("fiscal_year", date(today.year - (today.month < 10), 10, 1), today),
    ]
