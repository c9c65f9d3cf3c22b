"""What this service learns from others, so that a citizen can see where an item is."""

from collections.abc import Sequence
from typing import TypeVar

from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, LoadReceived
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.topics import topic_of
from ewaste.dropoff import storage
from ewaste.dropoff.handlers import install_next_bags
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.subscription import Subscription

__all__ = ["subscriptions"]

Data = TypeVar("Data", bound=Part)


def subscriptions(outbox: Outbox) -> tuple[Subscription, ...]:
    async def follow(tx: Transaction, events: Sequence[Received]) -> None:
        collected = _of(BinCollected, events)
        await install_next_bags(tx, outbox, collected)
        await storage.bags_collected(tx, ((data.bag_id, at.event.envelope.time) for at, data in collected))
        # Not at a handover, which may be from one carrier to the next: delivered is what the recycler weighed in.
        await storage.bags_delivered(
            tx,
            ((bag.bag_id, at.event.envelope.time) for at, data in _of(LoadReceived, events) for bag in data.bags),
        )
        await storage.bags_batched(
            tx, ((bag.bag_id, data.batch_id) for _, data in _of(BatchOpened, events) for bag in data.inputs)
        )
        await storage.batches_processed(
            tx, ((data.batch_id, at.event.envelope.time) for at, data in _of(BatchRecycled, events))
        )
        await storage.batches_certified(
            tx, ((data.batch_id, data.certificate_id) for _, data in _of(CertificateIssued, events))
        )

    topics = tuple(topic_of(context) for context in (Context.LOGISTICS, Context.RECYCLER, Context.TRACEABILITY))
    return (Subscription("progress", topics=topics, on_events=follow),)


def _of(model: type[Data], events: Sequence[Received]) -> list[tuple[Received, Data]]:
    return [(one, one.event.data) for one in events if isinstance(one.event.data, model)]
