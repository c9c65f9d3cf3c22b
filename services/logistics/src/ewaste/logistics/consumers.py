"""What this service learns from others: the boxes and bags there are, and what recyclers say of loads."""

from collections.abc import Sequence
from typing import TypeVar

from ewaste.contracts.events.dropoff import BagInstalled, DropPointRegistered
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.topics import topic_of
from ewaste.logistics.storage import bags, loads
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received
from ewaste.runtime.subscription import Subscription

__all__ = ["subscriptions"]

Data = TypeVar("Data", bound=Part)


def subscriptions() -> tuple[Subscription, ...]:
    return (
        Subscription("boxes", topics=(topic_of(Context.DROPOFF),), on_events=_follow_boxes),
        Subscription("answers", topics=(topic_of(Context.RECYCLER),), on_events=_follow_answers),
    )


async def _follow_boxes(tx: Transaction, events: Sequence[Received]) -> None:
    await bags.add_points(tx, [data for _, data in _of(DropPointRegistered, events)])
    installed = _of(BagInstalled, events)
    await bags.add_bags(tx, ((data.bag_id, data.point_id, at.event.envelope.time) for at, data in installed))


async def _follow_answers(tx: Transaction, events: Sequence[Received]) -> None:
    received, rejected = _of(LoadReceived, events), _of(LoadRejected, events)
    await loads.loads_received(tx, ((data.load_id, data.difference) for _, data in received))
    await loads.bags_received(
        tx, ((data.load_id, bag.bag_id, at.event.envelope.time) for at, data in received for bag in data.bags)
    )
    await loads.loads_rejected(
        tx, ((data.load_id, at.event.envelope.time) for at, data in rejected if not data.bag_ids)
    )
    await loads.bags_rejected(
        tx, ((data.load_id, bag_id, at.event.envelope.time) for at, data in rejected for bag_id in data.bag_ids)
    )
    await loads.release_bags(tx, {data.load_id for _, data in rejected})


def _of(model: type[Data], events: Sequence[Received]) -> list[tuple[Received, Data]]:
    return [(one, one.event.data) for one in events if isinstance(one.event.data, model)]
