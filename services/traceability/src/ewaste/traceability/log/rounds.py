"""One round of the watch: where partitions begin, and a stretch of the ledger read from Kafka again."""

import asyncio
from collections.abc import Sequence
from typing import Final

from ewaste.evidence.tiles.tree import TileBroken, TileMissing, TileTree
from ewaste.runtime.database import Database, driver
from ewaste.traceability.consumers import sequencer_name
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import alarms
from ewaste.traceability.log.folder import Follower
from ewaste.traceability.log.model import Alarm, AlarmKind
from ewaste.traceability.log.watch import Tiled, changed_records, moved_starts, next_stretch, reader, starts
from ewaste.traceability.settings import Settings

__all__ = ["look_at_kafka"]

_MOST_AGAIN: Final = 20
"""Of the records that were found changed, so many are looked at again each time."""
_KNOWN: Final = "SELECT topic, partition FROM position WHERE consumer = $1 AND next_offset > 0"


async def look_at_kafka(
    database: Database, settings: Settings, ledger: Ledger, follower: Follower
) -> dict[AlarmKind, list[Alarm]]:
    """What is wrong as of now, by kind. Raises what passes by itself where Kafka does not answer."""
    async with database.transaction() as tx:
        rows = await (await driver(tx)).fetch(_KNOWN, f"{settings.context}.{sequencer_name(ledger)}")
        known = [(row["topic"], row["partition"]) for row in rows]
        stretch = await next_stretch(tx, ledger, follower.head.size, settings.log_check_records)
        again = [each for each in await alarms.standing(tx, ledger) if each.kind is AlarmKind.RECORD_CHANGED]
        leaves = await ledger_storage.leaves_from(tx, ledger, stretch.start, len(stretch))
        parts = [dict(enumerate(leaves, stretch.start))]
        for index in (int(each.subject) for each in again[:_MOST_AGAIN]):
            parts.append(dict(enumerate(await ledger_storage.leaves_from(tx, ledger, index, 1), index)))
    async with reader(settings) as kafka:
        begins = await starts(kafka, ledger.topics)
        changed: dict[str, Alarm] = {}
        for part in parts:
            tiled = await asyncio.to_thread(_tiled, follower, list(part))
            changed |= {each.subject: each for each in await changed_records(kafka, begins, part, tiled)}
    unseen = {each.subject: each for each in again[_MOST_AGAIN:]}
    return {
        AlarmKind.START_MOVED: moved_starts(begins, known),
        AlarmKind.RECORD_CHANGED: list((unseen | changed).values()),
    }


def _tiled(follower: Follower, indices: Sequence[int]) -> dict[int, Tiled]:
    tree = follower.tree()
    return {index: _tiled_at(tree, index) for index in indices}


def _tiled_at(tree: TileTree, index: int) -> Tiled:
    try:
        return Tiled(tree.entry(index), tree.leaf_hash(index))
    except (TileBroken, TileMissing):
        return Tiled(None, None)
