"""What this service learns from others, so that a citizen can see where an item is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, LoadReceived
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended
from ewaste.contracts.fields import Context
from ewaste.contracts.topics import topic_of
from ewaste.dropoff.corrections import Corrector
from ewaste.dropoff.handlers import install_next_bags
from ewaste.dropoff.storage import progress
from ewaste.dropoff.storage.progress import Heard, Kind
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received
from ewaste.runtime.subscription import Subscription

__all__ = ["subscriptions"]


def subscriptions(corrector: Corrector) -> tuple[Subscription, ...]:
    async def follow(tx: Transaction, events: Sequence[Received]) -> None:
        heard = [fact for one in events for fact in _heard(one)]
        await progress.hear(tx, heard)
        taken_back = [id for one in events for id in _taken_back(one)]
        await progress.withdraw(tx, taken_back)
        collected = [one for one in heard if one.kind is Kind.COLLECTED]
        await install_next_bags(tx, corrector.outbox, await progress.standing_of(tx, collected))
        await corrector.undo_swaps(tx, taken_back, datetime.now(UTC))

    topics = tuple(topic_of(context) for context in (Context.LOGISTICS, Context.RECYCLER, Context.TRACEABILITY))
    # Single: what a correction takes back may be in another partition, and both decide which bag hangs in a box.
    return (Subscription("chain", topics=topics, on_events=follow, single=True),)


def _heard(one: Received) -> Iterator[Heard]:
    """What a fact says of bags, batches and certificates."""
    id, at, data = one.event.envelope.id, one.event.envelope.time, one.event.data
    if isinstance(data, BinCollected):
        yield Heard(id, data.bag_id, Kind.COLLECTED, at, data.next_bag_id, data.point_id)
    elif isinstance(data, LoadReceived):
        # Not at a handover, which may be from one carrier to the next: delivered is what the recycler weighed in.
        yield from (Heard(id, bag.bag_id, Kind.DELIVERED, at) for bag in data.bags)
    elif isinstance(data, BatchOpened):
        yield from (Heard(id, bag.bag_id, Kind.BATCHED, at, data.batch_id) for bag in data.inputs)
    elif isinstance(data, BatchRecycled):
        yield Heard(id, data.batch_id, Kind.PROCESSED, at)
    elif isinstance(data, CertificateIssued):
        yield Heard(id, data.batch_id, Kind.CERTIFIED, at, data.certificate_id)
    elif isinstance(data, CertificateSuspended):
        yield Heard(id, data.certificate_id, Kind.SUSPENDED, at)


def _taken_back(one: Received) -> list[UUID]:
    """The event that its own source takes back here."""
    data = one.event.data
    if not isinstance(data, EventCorrected) or data.corrected_source != one.event.envelope.source:
        return []
    try:
        return [UUID(data.corrected_event_id)]
    except ValueError:
        return []
