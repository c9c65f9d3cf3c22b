"""HTTP: a roster comes and goes as a zip."""

import asyncio
import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from ewaste.education.people.model import School
from ewaste.education.people.roster import handlers
from ewaste.education.people.roster.problems import Faults, RosterRefused
from ewaste.education.people.roster.sources import Bounds, Zip
from ewaste.education.people.signin.access import Access
from ewaste.education.people.signin.storage import Signed
from ewaste.runtime.database import Database
from ewaste.runtime.http import ProblemDocument
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict

__all__ = ["router"]

_IN_MEMORY: Final = 8 * 1024 * 1024
_ZIP: Final = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": _ZIP, "application/zip": _ZIP}}
}
_DOWNLOAD: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/zip": _ZIP}}}


class ChangesView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    created: int
    changed: int
    removed: int
    unchanged: int


class ImportedView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    files: dict[str, ChangesView]
    """By file that was sent: what became of its rows."""
    people: ChangesView
    """Learners and teachers."""
    classes: ChangesView
    dry_run: bool = False


class FaultView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    file: str
    row: int | None
    """As a spreadsheet counts: the header is row 1."""
    column: str | None
    code: str
    detail: str


class RosterProblem(ProblemDocument):
    """Why a roster was not taken over: the first faults, and how many there are of each kind."""

    faults: list[FaultView]
    counts: dict[str, int]


class _Undone(Exception):
    """A dry run ends its transaction with this."""


def router(
    database: Database, access: Access, schools: Mapping[str, School], bounds: Bounds, most_bytes: int
) -> APIRouter:
    api = APIRouter(tags=["rosters"])
    staff = Annotated[Signed, Depends(access.staff)]

    async def taken(roster_id: str, file: IO[bytes], *, allow_removals: bool, dry_run: bool) -> handlers.Imported:
        imported = None
        try:
            async with database.transaction() as tx:
                imported = await handlers.import_roster(
                    tx, Zip(file, bounds), roster_id, schools, datetime.now(UTC), bounds=bounds,
                    allow_removals=allow_removals,
                )  # fmt: skip
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        assert imported is not None, "only a finished dry run is undone"
        return imported

    @api.put("/rosters/{roster_id}", response_model=ImportedView, openapi_extra=_UPLOAD)
    async def import_roster(
        roster_id: Identifier,
        request: Request,
        _signed: staff,
        allow_removals: Annotated[bool, Query(description="take it though more than 20 % of the users go")] = False,
        dry_run: Annotated[bool, Query(description="check against what is there and change nothing")] = False,
    ) -> Response | ImportedView:
        """Take a roster over (a zip of OneRoster 1.2 CSV files), whole or not at all; again changes nothing."""
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            await _receive(request, file, most_bytes)
            try:
                imported = await taken(roster_id, file, allow_removals=allow_removals, dry_run=dry_run)
            except RosterRefused as refused:
                return _problem(refused)
        view = ImportedView.model_validate(imported)
        return view.model_copy(update={"dry_run": dry_run})

    @api.get("/rosters/{roster_id}", response_class=StreamingResponse, responses=_DOWNLOAD)
    async def export_roster(roster_id: Identifier, _signed: staff) -> Response:
        """The roster as it was imported, with every change since, as one zip of bulk files."""
        file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed when it is sent)
        try:
            async with database.transaction() as tx:
                await write_zip(handlers.export_roster(tx, roster_id), file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        headers = {"Content-Disposition": f'attachment; filename="{roster_id}.zip"', "Cache-Control": "no-store"}
        return StreamingResponse(_blocks(file), media_type="application/zip", headers=headers)

    return api


async def _receive(request: Request, file: IO[bytes], most: int) -> None:
    received = 0
    async for block in request.stream():
        received += len(block)
        if received > most:
            raise Refused("zip-too-large", f"send at most {most} bytes; split the roster", status=413)
        file.write(block)
    file.seek(0)


def _problem(refused: RosterRefused) -> Response:
    faults: Faults = refused.faults
    document = RosterProblem(
        type="urn:ewaste:problem:roster-invalid",
        title="Roster invalid",
        status=refused.status,
        detail=refused.detail,
        errors=[{"field": fault.place, "message": fault.detail} for fault in faults.shown],
        faults=[FaultView.model_validate(fault) for fault in faults.shown],
        counts=dict(faults.counts),
    )
    return JSONResponse(document.model_dump(), refused.status, media_type="application/problem+json")


async def write_zip(files: Any, file: IO[bytes]) -> None:
    """Write every file that `export_roster` gives into a zip, row by row."""
    with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
        async for name, rows in files:
            with zipped.open(name, "w") as entry, io.TextIOWrapper(entry, "utf-8", newline="") as text:
                writer = csv.writer(text, lineterminator="\r\n")
                async for row in rows:
                    writer.writerow(row)


def _blocks(file: IO[bytes]) -> Any:
    async def sent() -> Any:
        with file:
            while block := await asyncio.to_thread(file.read, 64 * 1024):
                yield block

    return sent()
