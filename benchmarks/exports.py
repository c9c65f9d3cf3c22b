"""Rows per second and peak memory of an exported register, beside the raw limit in the same run.

The raw limit is one SELECT of the same ledger's leaves through the same driver: nothing is decoded or folded. Each
export runs in a process of its own, so that its peak memory is its own; a tenth of the bags beside all of them shows
whether memory grows with the rows. Prints JSON. Needs no Kafka.
Run: `python benchmarks/exports.py --bags 20000`.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.dropoff import BagInstalled, Category, Channel, ItemDropped
from ewaste.contracts.events.logistics import BagInLoad, BinCollected, LoadDispatched
from ewaste.contracts.events.recycler import BatchInput, BatchOpened, LoadReceived, ReceivedBag
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.period import Period
from ewaste.evidence.tables.model import MEDIA_TYPES, Stamp
from ewaste.local.infra import Infra
from ewaste.runtime.database import Database, driver
from ewaste.runtime.testing import Stack, prepared
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.custody.handlers import project
from ewaste.traceability.exports.registers import head_at, note, stream
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger, append
from ewaste.traceability.settings import Settings
from rich.console import Console
from rich.progress import Progress

_CONSOLE = Console(stderr=True)
_BAGS_PER_LOAD = 50
_BAGS_PER_DAY = 100
_ITEMS_PER_BAG = 4
_SEGMENT = 4_000
_START = datetime(2020, 1, 1, 1, tzinfo=UTC)


def records(bags: int) -> Iterator[Record]:
    """Bags with their items, loads and batches, day after day."""
    offset = 0
    for first in range(0, bags, _BAGS_PER_LOAD):
        day = _START + timedelta(days=first // _BAGS_PER_DAY)
        for context, data in _load(first, min(bags, first + _BAGS_PER_LOAD)):
            yield _record(context, data, day + timedelta(seconds=offset % 3600), offset)
            offset += 1


def _load(first: int, end: int) -> Iterator[tuple[Context, Part]]:
    names = [f"bag-{number:07}" for number in range(first, end)]
    for bag in names:
        here = {"bag_id": bag, "point_id": "cm-001"}
        yield Context.DROPOFF, BagInstalled(**here)
        for number in range(_ITEMS_PER_BAG):
            item = {"item_id": f"{bag}-{number}", "category": Category.PHONE, "channel": Channel.APP}
            yield Context.DROPOFF, ItemDropped.model_validate({**here, **item})
        yield (
            Context.LOGISTICS,
            BinCollected(**here, seal_number="S-1", gross_grams=5_050, tare_grams=50, carrier_id="C"),
        )
    load, grams = f"load-{first}", 5_050 * len(names)
    sent = tuple(BagInLoad(bag_id=bag, seal_number="S-1", gross_grams=5_050) for bag in names)
    weighed = tuple(ReceivedBag(bag_id=bag, seal_read="S-1", received_grams=5_050) for bag in names)
    plant = {"partner_id": "plant", "facility_id": "F-1"}
    places = {"carrier_id": "C", "origin_id": "Y", "destination_id": "plant"}
    yield Context.LOGISTICS, LoadDispatched(**places, load_id=load, bags=sent, gross_grams=grams)
    yield Context.RECYCLER, LoadReceived(**plant, load_id=load, bags=weighed, received_grams=grams)
    inputs = tuple(BatchInput(bag_id=bag, grams=5_000) for bag in names)
    yield Context.RECYCLER, BatchOpened(**plant, batch_id=f"batch-{first}", inputs=inputs)


def _record(context: Context, data: Part, at: datetime, offset: int) -> Record:
    event_type = type_for(context, type(data))
    value = write_event(event_type, data, id=uuid7(), source=source_of("bench", context), time=at)
    return Record(event_type.topic, 0, offset, int(at.timestamp() * 1000), event_type.key_of(data).encode(), (), value)


async def fill(database: Database, bags: int) -> int:
    """Ledger and projection as the service's worker writes them; returns how many records."""
    waiting: list[Record] = []
    written = 0
    with Progress(console=_CONSOLE, transient=True) as bar:
        task = bar.add_task("writing the ledger", total=bags * (2 + _ITEMS_PER_BAG))
        for record in records(bags):
            waiting.append(record)
            if len(waiting) == _SEGMENT:
                written += await _append(database, waiting)
                bar.update(task, completed=written)
        written += await _append(database, waiting)
    async with database.transaction() as tx:
        await (await driver(tx)).execute("ANALYZE")
    return written


async def _append(database: Database, waiting: list[Record]) -> int:
    async with database.transaction() as tx:
        epoch = await ledger_storage.take_epoch(tx, Ledger.CUSTODY)
        segment = append(await ledger_storage.lock_frontier(tx, Ledger.CUSTODY, epoch), waiting)
        await ledger_storage.save(tx, Ledger.CUSTODY, segment)
        await project(tx, segment.entries)
        await note(tx, segment.entries)
        await custody.move_position(tx, "custody", segment.size)
    count = len(waiting)
    waiting.clear()
    return count


async def raw_select(database: Database) -> dict[str, Any]:
    """The limit: every leaf out of the table, row by row, nothing else."""
    began, leaves, size = time.perf_counter(), 0, 0
    async with database.transaction() as tx:
        connection = await driver(tx)
        async for row in connection.cursor("SELECT leaf FROM ledger_custody", prefetch=2_000):
            leaves += 1
            size += len(row["leaf"])
    seconds = time.perf_counter() - began
    return {"leaves": leaves, "bytes": size, "seconds": round(seconds, 2), "leaves_per_second": round(leaves / seconds)}


async def export(url: str, format: str, until: str) -> dict[str, Any]:
    """In a process of its own."""
    database = Database(Settings(database_url=url))
    try:
        async with database.transaction() as tx:
            head = await head_at(tx, None)
        assert head is not None
        period = Period.read("2020-01-01", until)
        stamp = Stamp(REGISTERS["bags"], period, "bench", head.size, head.root.hex(), "")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, cpu, first, size, lines = time.perf_counter(), time.process_time(), 0.0, 0, 0
        async for chunk in stream(database, stamp, format):
            first = first or time.perf_counter() - began
            size += len(chunk)
            lines += chunk.count(b"\n")
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    finally:
        await database.close()
    return {
        "format": format,
        "rows": lines - (format == "csv") if format in ("csv", "jsonl") else None,
        "bytes": size,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "seconds_to_first_byte": round(first, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "grown_by_mib": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
    }


def _apart(url: str, format: str, until: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--export", url, "--format", format, "--until", until]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    _CONSOLE.print(found)
    return found


def run(stack: Stack, bags: int, formats: list[str]) -> dict[str, Any]:
    with asyncio.Runner() as runner:
        settings = runner.run(prepared(stack, Settings))
        database = Database(settings)
        written = runner.run(fill(database, bags))
        raw = runner.run(raw_select(database))
        runner.run(database.close())
    days = bags // _BAGS_PER_DAY
    last, tenth = ((_START + timedelta(days=max(1, n))).date().isoformat() for n in (days, days // 10))
    found = [
        _apart(settings.database_url, "csv", tenth),
        *(_apart(settings.database_url, each, last) for each in formats),
    ]
    for each in found:
        each["rows_per_second"] = round((each["rows"] or bags) / each["seconds"])
    whole = found[1]
    return {
        "bags": bags,
        "records": written,
        "raw_select": raw,
        "exports": found,
        "whole_over_raw_select": round(raw["seconds"] / whole["seconds"], 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bags", type=int, default=20_000)
    parser.add_argument("--formats", nargs="+", default=["csv"], choices=list(MEDIA_TYPES))
    parser.add_argument("--export", help=argparse.SUPPRESS)
    parser.add_argument("--format", help=argparse.SUPPRESS)
    parser.add_argument("--until", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.export:
        print(json.dumps(asyncio.run(export(options.export, options.format, options.until))))
        return
    with Infra(kafka=False) as infra:
        print(json.dumps(run(Stack("", infra.database_url), options.bags, options.formats), indent=2))


if __name__ == "__main__":
    main()
