"""HTTP: a file of results, checked or imported."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from ewaste.contracts.refusal import INVALID, Refused
from ewaste.education.results.handlers import Imported, ResultsRefused, import_results
from ewaste.education.results.model import RowError
from ewaste.education.results.reading import read_results, template
from ewaste.education.xapi.matching.handlers import Facts
from ewaste.runtime.database import Database
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

__all__ = ["check_file", "import_file", "router"]

_MOST_BYTES: Final = 8 * 1_048_576
_TOO_LARGE: Final = 413
_SHOWN: Final = 200
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object", "properties": {"results": {"type": "array"}}}},
        },
    }
}


class CellError(BaseModel):
    row: int
    """The line of the CSV file, or the place in the JSON array, from 1; 0 for the file as a whole."""
    column: str
    message: str


class Report(BaseModel):
    """What is in a file; where `errors` is not empty nothing of it is stored."""

    stored: bool
    lessons: int
    tests: int
    repeated: int
    """Rows that were recorded before: they change nothing."""
    errors_in_all: int
    errors: list[CellError]
    """The first two hundred."""


class _Undone(Exception):
    """Ends a transaction whose work was only tried."""


def router(database: Database, facts: Facts, most: int) -> APIRouter:
    """`most` rows fit into one file."""
    api = APIRouter(prefix="/results", tags=["results"])

    @api.get("/template.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    async def read_template() -> Response:
        """An empty file with notes in Thai and English on every column."""
        named = {"Content-Disposition": 'attachment; filename="results.csv"'}
        return Response(template(), media_type="text/csv; charset=utf-8", headers=named)

    @api.post("/check", openapi_extra=_FILE)
    async def check(request: Request) -> Report:
        """Say everything that is wrong with a file, by row and column; nothing is stored."""
        return await check_file(database, facts, await _body(request), most)

    @api.post("/import", openapi_extra=_FILE, response_model=Report)
    async def import_(request: Request) -> Report | Response:
        """Record a file whole, or nothing of it (422). The same file again changes nothing."""
        report = await import_file(database, facts, await _body(request), most)
        return report if report.stored else _problem(report)

    return api


async def check_file(database: Database, facts: Facts, raw: bytes, most: int) -> Report:
    """What importing it would say; done as far as the last step and then undone."""
    rows, errors = read_results(raw, most)
    report: Report | None = None
    try:
        async with database.transaction() as tx:
            report = _good(await import_results(tx, facts, rows, errors, datetime.now(UTC)), stored=False)
            raise _Undone
    except _Undone:
        assert report is not None, "the report was made before the work was undone"
        return report
    except ResultsRefused as refused:
        return _bad(refused.errors)


async def import_file(database: Database, facts: Facts, raw: bytes, most: int) -> Report:
    rows, errors = read_results(raw, most)
    try:
        async with database.transaction() as tx:
            return _good(await import_results(tx, facts, rows, errors, datetime.now(UTC)), stored=True)
    except ResultsRefused as refused:
        return _bad(refused.errors)


def _good(done: Imported, *, stored: bool) -> Report:
    return Report(
        stored=stored, lessons=done.lessons, tests=done.tests, repeated=done.repeated, errors_in_all=0, errors=[]
    )


def _bad(errors: tuple[RowError, ...]) -> Report:
    shown = [CellError(row=one.row, column=one.column, message=one.message) for one in errors[:_SHOWN]]
    return Report(stored=False, lessons=0, tests=0, repeated=0, errors_in_all=len(errors), errors=shown)


def _problem(report: Report) -> Response:
    document = {
        "type": "urn:ewaste:problem:results-invalid",
        "title": "Results invalid",
        "status": INVALID,
        "detail": f"{report.errors_in_all} errors; nothing was stored. Correct them and send the file again.",
        "errors": [{"field": f"{one.row}.{one.column}".rstrip("."), "message": one.message} for one in report.errors],
    }
    return Response(json.dumps(document), INVALID, media_type="application/problem+json")


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > _MOST_BYTES:
            detail = f"a file of results has at most {_MOST_BYTES:,} bytes; make several of it"
            raise Refused("file-too-large", detail, field="body", status=_TOO_LARGE)
    return bytes(found)
