"""What time and sequence numbers open, with a clock of the test's own; on the real database, without a broker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ewaste.contracts.events.dropoff import BagFillReported, FillSource
from ewaste.contracts.fields import Context
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Database, driver
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.testing import Stack, prepared
from ewaste.traceability.alerts import storage
from ewaste.traceability.alerts.handlers import Watch
from ewaste.traceability.custody.handlers import project
from ewaste.traceability.ledger.handlers import sequencer
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.ledger.storage import entries_from, head
from ewaste.traceability.settings import Settings

START = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE = "source/urn:ewaste:alerts:dropoff"
Records = Callable[..., list[Record]]


@dataclass
class Clockwork:
    """The ledger, the projection and the watch, moved by hand."""

    database: Database
    watch: Watch
    now: datetime = START

    async def take(self, records: Sequence[Record], *, behind: bool = False) -> None:
        """One segment through ledger, projection and watch."""
        async with self.database.transaction() as tx:
            before = (await head(tx, Ledger.CUSTODY)).size
            await sequencer(Ledger.CUSTODY)(tx, records)
            entries = await entries_from(tx, Ledger.CUSTODY, before, before + len(records))
            await self.watch.look(tx, await project(tx, entries), before + len(records), self.now, behind=behind)

    async def scan(self) -> int:
        async with self.database.transaction() as tx:
            return await self.watch.scan(tx, (await head(tx, Ledger.CUSTODY)).size, self.now)

    async def kinds(self, node: str) -> list[str]:
        """Of the open alerts of a node."""
        async with self.database.transaction() as tx:
            rows = await storage.alerts_before(tx, None, 100, is_open=True, kind=None, node=node)
        return sorted(row.kind for row in rows)

    async def told(self) -> list[str]:
        """What went into the outbox, in order."""
        async with self.database.transaction() as tx:
            rows = await (await driver(tx)).fetch("SELECT type FROM outbox ORDER BY position")
        return [row["type"].split(".")[2] for row in rows]

    async def planned(self) -> dict[str, datetime]:
        """When which node is looked at again."""
        async with self.database.transaction() as tx:
            rows = await (await driver(tx)).fetch("SELECT node, due_at FROM alert_due")
        return {row["node"]: row["due_at"] for row in rows}


@pytest.fixture
async def clockwork(stack: Stack) -> Any:
    settings = await prepared(stack, Settings)
    database = Database(settings)
    yield Clockwork(database, Watch(Outbox(settings)))
    await database.close()


def filled(bag: Any, percent: int) -> Any:
    report = BagFillReported(bag_id=bag.id, point_id="P-1", fill_percent=percent, reported_by=FillSource.SENSOR)
    return bag.event(Context.DROPOFF, report)


async def test_a_bag_is_looked_at_when_its_limit_is_over_and_not_before(
    clockwork: Clockwork, new_bag: Any, recorded: Records
) -> None:
    bag = new_bag(at=START)
    await clockwork.take(recorded([bag.hung()], START))
    ((node, due_at),) = (await clockwork.planned()).items()
    assert (node, due_at) == (bag.node, bag.at + timedelta(days=30))

    clockwork.now = due_at
    assert await clockwork.scan() == 0
    clockwork.now = due_at + timedelta(seconds=1)
    assert await clockwork.scan() == 1
    assert await clockwork.kinds(bag.node) == ["uncollected_bag"]
    assert await clockwork.planned() == {}
    assert await clockwork.scan() == 0

    await clockwork.take(recorded([bag.collected()], clockwork.now))

    assert await clockwork.kinds(bag.node) == []
    assert await clockwork.told() == ["CustodyGapOpened", "CustodyGapClosed"]


async def test_a_full_bag_is_late_sooner_and_levels_cost_no_look(
    clockwork: Clockwork, new_bag: Any, recorded: Records
) -> None:
    bag = new_bag(at=START)
    await clockwork.take(recorded([bag.hung()], START))
    full = filled(bag, 85)
    since = bag.at
    await clockwork.take(recorded([full, *(filled(bag, 86 + level) for level in range(10))], START))
    assert await clockwork.planned() == {bag.node: since + timedelta(days=3)}

    clockwork.now = since + timedelta(days=3, seconds=1)
    await clockwork.scan()
    assert await clockwork.kinds(bag.node) == ["uncollected_bag"]

    bag.at = clockwork.now
    await clockwork.take(recorded([filled(bag, 5)], clockwork.now))
    assert await clockwork.kinds(bag.node) == [], "emptied otherwise"


async def test_history_is_judged_when_it_has_been_read(clockwork: Clockwork, new_bag: Any, recorded: Records) -> None:
    """Segment by segment a long past comes in: what its end explains is never told."""
    past = START - timedelta(days=300)
    done, left = new_bag(at=past), new_bag(at=past)
    await clockwork.take(recorded([done.hung(), left.hung()], past))
    done.at += timedelta(days=60)
    await clockwork.take(recorded([done.collected()], done.at))
    assert not clockwork.watch.is_time(), "more may come"
    await clockwork.take(recorded([done.dispatched(), done.received()], done.at))
    clockwork.now = START + timedelta(seconds=10)
    await clockwork.scan()
    assert await clockwork.kinds(left.node) == ["uncollected_bag"]
    assert await clockwork.told() == ["CustodyGapOpened"]


async def test_while_the_projection_is_behind_nothing_is_told(
    clockwork: Clockwork, new_bag: Any, recorded: Records
) -> None:
    bag = new_bag(at=START)
    await clockwork.take(recorded([bag.dispatched(), bag.received(seal="S-9")], START), behind=True)
    assert await clockwork.kinds(bag.node) == []
    await clockwork.take(recorded(bag.settled(), START))
    clockwork.now = START + timedelta(seconds=10)
    while await clockwork.scan():
        pass
    assert await clockwork.told() == []


async def test_a_missing_number_is_told_after_the_grace_and_ends_when_it_comes(
    clockwork: Clockwork, new_bag: Any, recorded: Records
) -> None:
    bag = new_bag(at=START)
    first, second, third, fourth, fifth = (bag.dropped(f"i-{number}", number=number) for number in range(1, 6))
    await clockwork.take(recorded([second, first, fifth], START))
    clockwork.now = START + timedelta(seconds=14)
    await clockwork.scan()
    assert await clockwork.kinds(SOURCE) == []
    clockwork.now = START + timedelta(seconds=16)
    await clockwork.scan()
    assert await clockwork.kinds(SOURCE) == ["sequence_gap"]

    await clockwork.take(recorded([third], clockwork.now))
    clockwork.now += timedelta(seconds=16)
    await clockwork.scan()
    assert await clockwork.kinds(SOURCE) == ["sequence_gap"], "the fourth is another one"
    await clockwork.take(recorded([fourth, third], clockwork.now))

    assert await clockwork.kinds(SOURCE) == []
    assert await clockwork.told() == ["CustodyGapOpened", "CustodyGapClosed"] * 2
    assert (await clockwork.planned()).keys() <= {SOURCE}
    clockwork.now += timedelta(seconds=16)
    await clockwork.scan()
    assert await clockwork.planned() == {}


async def test_numbers_that_come_in_another_order_are_no_alert(
    clockwork: Clockwork, new_bag: Any, recorded: Records
) -> None:
    bag = new_bag(at=START)
    drops = [bag.dropped(f"i-{number}", number=number) for number in range(1, 41)]
    for part in range(4):  # as partitions do
        await clockwork.take(recorded(drops[part::4], clockwork.now))
        clockwork.now += timedelta(seconds=5)
        await clockwork.scan()
    clockwork.now += timedelta(seconds=60)
    await clockwork.scan()
    assert await clockwork.told() == []


async def test_alerts_about_alerts_do_not_go_in_circles(clockwork: Clockwork, new_bag: Any, recorded: Records) -> None:
    bag = new_bag(at=START)
    await clockwork.take(recorded([bag.dispatched(), bag.received(seal="S-9")], START))
    assert await clockwork.told() == ["CustodyGapOpened"]
    async with clockwork.database.transaction() as tx:
        rows = await (await driver(tx)).fetch("SELECT payload FROM outbox")
    own = bag.message("ewaste.traceability", b"k", rows[0]["payload"])
    await clockwork.take(recorded([own, own], START))
    assert await clockwork.told() == ["CustodyGapOpened"]
    assert await clockwork.kinds(bag.node) == ["seal_mismatch"]
