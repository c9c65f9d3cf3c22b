"""Tells the city the index: at intervals, and only of groups to which at least five learners were added."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ewaste.contracts.events.education import Dimension, DimensionIndex, Occasion, WellnessIndexComputed, WellnessScope
from ewaste.contracts.ids import uuid7
from ewaste.education.wellness import storage
from ewaste.education.wellness.index import Group, index_groups
from ewaste.education.wellness.periods import local_day
from ewaste.education.wellness.scoring import Scoring
from ewaste.education.wellness.storage import ToldKey
from ewaste.education.wellness.tallies import MEASURES, By, Kind, roll_up
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["GRACE", "publish_index", "publisher", "settle_periods"]

GRACE: Final = timedelta(days=7)
"""After a period's last day phones and schools without a line still send what was answered in it."""
_INDEX: Final = (Kind.BEFORE, Kind.AFTER, Kind.CHECK)


async def settle_periods(tx: Transaction, scoring: Scoring, today: date) -> None:
    """Let what is left in the leaves of periods that are over wait together (`tallies.roll_up`)."""
    fewest = scoring.shown.fewest_learners
    left = await storage.over(tx, today - GRACE)
    if left:
        await storage.empty(tx, left)
        await storage.add(tx, roll_up(left, fewest), fewest)


async def publish_index(tx: Transaction, outbox: Outbox, scoring: Scoring, city: str, now: datetime) -> int:
    """Tell every group whose index is another than was told last; returns how many."""
    await settle_periods(tx, scoring, local_day(now))
    rows = await storage.read(tx, _INDEX)
    before = await storage.told(tx)
    groups = [one for by in By for one in index_groups(rows, by, scoring, ()) if not one.suppressed]
    fresh = [one for one in groups if before.get(_key(one, city)) != one.learners]
    await outbox.add(tx, *(Fact(_fact(one, city), now) for one in fresh))
    await storage.tell(tx, [(*_key(one, city), one.learners or 0) for one in fresh])
    return len(fresh)


def publisher(
    database: Database, outbox: Outbox, scoring: Scoring, city: str, every_seconds: int
) -> Callable[[], Awaitable[None]]:
    """Publishes until it is cancelled; for one process at a time."""

    async def run() -> None:
        while True:
            await asyncio.sleep(every_seconds)
            async with database.transaction() as tx:
                await publish_index(tx, outbox, scoring, city, datetime.now(UTC))

    return run


def _key(group: Group, city: str) -> ToldKey:
    return group.by.value, _scope_id(group, city), group.period_start, group.kind, group.configuration


def _scope_id(group: Group, city: str) -> str:
    # An identifier has no plus sign: 60+ is told as 60-up.
    return city if group.by is By.MUNICIPALITY else group.group_id.replace("+", "-up")


def _fact(group: Group, city: str) -> WellnessIndexComputed:
    assert group.learners is not None, "suppressed groups aren't told"
    whole, *parts = (one.mean for one in group.measures)
    return WellnessIndexComputed(
        index_id=str(uuid7()),
        scope=WellnessScope(group.by.value),
        scope_id=_scope_id(group, city),
        period_start=group.period_start,
        period_end=group.period_end,
        configuration_version=group.configuration,
        occasion=Occasion(group.kind),
        learners=group.learners,
        score_basis_points=whole.basis_points,
        dimensions=tuple(
            DimensionIndex(
                dimension=Dimension(name),
                score_basis_points=mean.basis_points,
                low_basis_points=mean.low_basis_points,
                high_basis_points=mean.high_basis_points,
            )
            for name, mean in zip(MEASURES[1:], parts, strict=True)
        ),
    )
