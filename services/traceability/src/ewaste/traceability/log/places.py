"""From a record's place in Kafka to its place in the log."""

from collections.abc import Iterable

from ewaste.evidence.ledger.record import Record, place_of_leaf
from ewaste.runtime.database import Transaction
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import storage

__all__ = ["first_places", "index_of_record"]


def first_places(leaves: Iterable[bytes]) -> list[tuple[str, int, int]]:
    """Topic, partition and offset of the first record of each partition among these leaves."""
    firsts: dict[tuple[str, int], int] = {}
    for leaf in leaves:
        topic, partition, offset = place_of_leaf(leaf)
        firsts.setdefault((topic, partition), offset)
    return [(topic, partition, offset) for (topic, partition), offset in firsts.items()]


async def index_of_record(tx: Transaction, ledger: Ledger, topic: str, partition: int, offset: int) -> int | None:
    """The index of this record; None where the tiles do not hold it yet, or nobody ever wrote it."""
    found = await storage.range_of(tx, ledger, topic, partition, offset)
    if found is None:
        return None
    return await ledger_storage.index_within(tx, ledger, found, Record(topic, partition, offset, 0, None, (), None))
