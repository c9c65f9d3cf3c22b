"""From a record's place in Kafka to its place in the log."""

from collections.abc import Iterable

from ewaste.evidence.ledger.record import decode_leaf
from ewaste.runtime.database import Transaction
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import storage

__all__ = ["first_places", "index_of_record"]


def first_places(leaves: Iterable[bytes]) -> list[tuple[str, int, int]]:
    """Topic, partition and offset of the first record of each partition among these leaves."""
    firsts: dict[tuple[str, int], int] = {}
    for leaf in leaves:
        record = decode_leaf(leaf)
        firsts.setdefault((record.topic, record.partition), record.offset)
    return [(topic, partition, offset) for (topic, partition), offset in firsts.items()]


async def index_of_record(tx: Transaction, ledger: Ledger, topic: str, partition: int, offset: int) -> int | None:
    """The index of this record; None where the tiles do not hold it yet, or nobody ever wrote it."""
    found = await storage.range_of(tx, ledger, topic, partition, offset)
    if found is None:
        return None
    start, end = found
    for index, leaf in enumerate(await ledger_storage.leaves_from(tx, ledger, start, end - start), start):
        record = decode_leaf(leaf)
        if (record.topic, record.partition, record.offset) == (topic, partition, offset):
            return index
    return None
