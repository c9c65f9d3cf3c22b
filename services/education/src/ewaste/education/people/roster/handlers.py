"""Use cases of rosters. The caller owns the transaction; a roster with faults raises, and nothing of it stays."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.education.people import storage as people_storage
from ewaste.education.people.groups import storage as groups_storage
from ewaste.education.people.model import School
from ewaste.education.people.roster import storage
from ewaste.education.people.roster.binding import COMMON, EXTENSION, MANIFEST, TABLES, Mode
from ewaste.education.people.roster.contents import Contents, Staged
from ewaste.education.people.roster.manifest import Manifest, read_manifest, write_manifest
from ewaste.education.people.roster.problems import Faults, RosterRefused
from ewaste.education.people.roster.reading import read_table
from ewaste.education.people.roster.rules import Judged, judge_roster
from ewaste.education.people.roster.sources import Bounds, Source
from ewaste.education.people.roster.storage import Changes, RosterRow
from ewaste.runtime.database import Transaction

__all__ = ["Imported", "check_files", "export_roster", "import_roster"]

_CHUNK: Final = 2_000
_FEW: Final = 20
"""Below this many users no share of them says anything."""
_MOST_REMOVED_BASIS_POINTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: to the rows of each file that was sent, to people, and to places in classes."""

    files: dict[str, Changes]
    people: Changes
    classes: Changes
    learners: int


def check_files(source: Source, schools: Mapping[str, School], bounds: Bounds) -> tuple[Faults, dict[str, int]]:
    """Every fault of the files by themselves, and how many rows each has. Raises `Refused` for an unsafe source.

    What a delta file refers to may have come before: such references are judged at the import.
    """
    faults = Faults()
    manifest = read_manifest(source, faults)
    contents = Contents(manifest.modes, faults)
    rows = dict.fromkeys(manifest.sent, 0)
    for name, chunk in _chunks(source, manifest, contents, bounds):
        rows[name] += len(chunk)
    if all(mode is Mode.BULK for mode in manifest.modes.values()):
        judge_roster(contents, schools)
    return faults, rows


async def import_roster(
    tx: Transaction,
    source: Source,
    roster_id: str,
    schools: Mapping[str, School],
    now: datetime,
    *,
    bounds: Bounds,
    allow_removals: bool = False,
) -> Imported:
    """Take a roster over. Raises `RosterRefused` with every fault, `Refused` where it would remove too many."""
    faults = Faults()
    manifest = read_manifest(source, faults)
    await storage.lock(tx, roster_id)
    contents = await _restored(tx, roster_id, manifest, faults)
    own = await _stage(tx, source, manifest, contents, bounds)
    judged = judge_roster(contents, schools)
    if faults.total:
        raise RosterRefused(faults)
    users = await storage.count(tx, roster_id, "users")
    files = {
        name: await storage.merge(tx, roster_id, name, everything=manifest.modes[name] is Mode.BULK)
        for name in manifest.sent
    }
    if not allow_removals:
        _check_removals(users, files.get("users", Changes()).removed)
    await _save(tx, roster_id, manifest, own, now)
    return await _settle(tx, roster_id, judged, files, now)


async def _restored(tx: Transaction, roster_id: str, manifest: Manifest, faults: Faults) -> Contents:
    """What stays of the roster as it was: everything but the files that are sent in bulk."""
    contents = Contents(manifest.modes, faults)
    for name in TABLES:
        if manifest.modes[name] is not Mode.BULK:
            async for sourced_id, cells in storage.stored(tx, roster_id, name):
                contents.restore(name, sourced_id, cells)
    return contents


async def _stage(
    tx: Transaction, source: Source, manifest: Manifest, contents: Contents, bounds: Bounds
) -> dict[str, list[str]]:
    """Read, check and stage every row; the columns of their own by file."""
    await storage.stage(tx)
    own: dict[str, dict[str, None]] = {name: {} for name in manifest.sent}
    for name, chunk in _chunks(source, manifest, contents, bounds):
        own[name].update((column, None) for row in chunk for column in row.cells if column.startswith(EXTENSION))
        # With faults the roster is refused anyway: only the checking goes on.
        if not contents.faults.total:
            await storage.stage_rows(tx, name, chunk)
    await storage.analyze(tx)
    return {name: list(columns) for name, columns in own.items()}


def _chunks(
    source: Source, manifest: Manifest, contents: Contents, bounds: Bounds
) -> Iterator[tuple[str, list[Staged]]]:
    """The good rows of every file, some at a time, so that only what the rules need stays in memory."""
    left = bounds.rows
    for name in manifest.sent:
        with source.open(TABLES[name].file) as stream:
            rows = (contents.read(TABLES[name], row) for row in read_table(TABLES[name], stream, contents.faults))
            while read := list(islice(rows, _CHUNK)):
                left -= len(read)
                if left < 0:
                    detail = f"more than {bounds.rows} rows; send the schools one by one, each as a roster of its own"
                    raise Refused("roster-too-large", detail, status=413)
                yield name, [row for row in read if row]


def _check_removals(users: int, removed: int) -> None:
    """A file that was cut off looks like a roster that lost most of its people."""
    if users >= _FEW and removed * 10_000 > users * _MOST_REMOVED_BASIS_POINTS:
        detail = f"it would remove {removed} of {users} users; if that is meant, send it with allow_removals"
        raise Refused("too-many-removals", detail, field="users.csv", status=CONFLICT)


async def _save(
    tx: Transaction, roster_id: str, manifest: Manifest, own: Mapping[str, list[str]], now: datetime
) -> None:
    before = await storage.roster(tx, roster_id)
    files = dict(before.files) if before else {}
    for name, columns in own.items():
        files[name] = list(dict.fromkeys((*files.get(name, ()), *columns)))
    system = (manifest.system_name, manifest.system_code)
    await storage.save(
        tx, RosterRow(roster_id=roster_id, imported_at=now, system_name=system[0], system_code=system[1], files=files)
    )


async def _settle(
    tx: Transaction, roster_id: str, judged: Judged, files: dict[str, Changes], now: datetime
) -> Imported:
    people = (
        (p.sourced_id, p.audience.value, p.school_id, p.grade and p.grade.value, p.enabled)
        for p in judged.people.values()
    )
    created, changed, left = await people_storage.merge_people(tx, roster_id, people, now)
    members = ((m.class_id, m.sourced_id, m.teaches) for m in judged.members)
    classes = await groups_storage.merge_classes(tx, roster_id, judged.classes.items(), members, now)
    unchanged = len(judged.people) - created - changed
    return Imported(files, Changes(created, changed, left, unchanged), Changes(*classes), len(judged.people))


async def export_roster(tx: Transaction, roster_id: str) -> AsyncIterator[tuple[str, AsyncIterator[list[str]]]]:
    """Name and rows of every file that was ever sent, all of them as bulk. Raises `Refused`."""
    found = await storage.roster(tx, roster_id)
    if found is None:
        detail = f"no roster {roster_id} was imported; import it first"
        raise Refused("roster-unknown", detail, field="roster_id", status=NOT_FOUND)
    manifest = write_manifest(frozenset(found.files), found.system_name, found.system_code)
    yield MANIFEST, _rows(manifest)
    for name, table in TABLES.items():
        if name in found.files:
            yield table.file, _table_rows(tx, roster_id, name, found.files[name])


async def _rows(rows: Iterable[list[str]]) -> AsyncIterator[list[str]]:
    for row in rows:
        yield row


async def _table_rows(tx: Transaction, roster_id: str, name: str, own: list[str]) -> AsyncIterator[list[str]]:
    columns = [column for column in (*TABLES[name].header, *own) if column not in COMMON]
    yield [*COMMON, *columns]
    async for sourced_id, cells in storage.stored(tx, roster_id, name):
        yield [sourced_id, "", "", *(cells.get(column, "") for column in columns)]
