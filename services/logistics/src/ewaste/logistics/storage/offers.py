"""What givers stated before the receiver read."""

from datetime import datetime
from typing import Final

from asyncpg import Record
from ewaste.logistics.model.handovers import Offer
from ewaste.logistics.model.words import Word
from ewaste.runtime.database import Transaction, driver

__all__ = ["add_offer", "offer", "open_offers"]

_OFFER: Final = """
INSERT INTO offer (offer_id, load_id, number, giver_id, receiver_id, offered_at, stored_at)
SELECT $1, $2::text, 1 + count(*), $3, $4, $5, $6 FROM handover WHERE load_id = $2::text
ON CONFLICT DO NOTHING RETURNING 1
"""
_BAGS: Final = """
INSERT INTO offer_bag (offer_id, bag_id, seal_given, given_grams)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int[])
"""
_READ: Final = """
SELECT o.*, array_agg(b.bag_id ORDER BY b.bag_id) AS bag_ids, array_agg(b.seal_given ORDER BY b.bag_id) AS seals,
       array_agg(b.given_grams ORDER BY b.bag_id) AS grams
FROM offer o JOIN offer_bag b USING (offer_id) WHERE {which} GROUP BY o.offer_id ORDER BY o.stored_at, o.offer_id
"""
_ONE: Final = _READ.format(which="o.offer_id = $1")
# An offer is for the handover that comes next; once the load changed hands it is past.
_OPEN: Final = _READ.format(
    which="o.load_id = $1 AND o.number = (SELECT 1 + count(*) FROM handover h WHERE h.load_id = $1)"
)


async def add_offer(tx: Transaction, offer: Offer, now: datetime) -> bool:
    """Store it; False where its id is taken."""
    connection = await driver(tx)
    head = (offer.offer_id, offer.load_id, offer.giver_id, offer.receiver_id, offer.offered_at, now)
    if await connection.fetchval(_OFFER, *head) is None:
        return False
    words = offer.words
    await connection.execute(
        _BAGS, offer.offer_id, list(words), [w.seal for w in words.values()], [w.grams for w in words.values()]
    )
    return True


async def offer(tx: Transaction, offer_id: str) -> Offer | None:
    row = await (await driver(tx)).fetchrow(_ONE, offer_id)
    return _offer(row) if row else None


async def open_offers(tx: Transaction, load_id: str) -> list[Offer]:
    """Those for the next handover of the load, the latest last."""
    return [_offer(row) for row in await (await driver(tx)).fetch(_OPEN, load_id)]


def _offer(row: Record) -> Offer:
    words = {id: Word(seal, grams) for id, seal, grams in zip(row["bag_ids"], row["seals"], row["grams"], strict=True)}
    return Offer(row["offer_id"], row["load_id"], row["giver_id"], row["receiver_id"], words, row["offered_at"])
