"""What this service learns from others: the boxes and bags there are, recyclers, and what they say of loads."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.dropoff import BagInstalled, DropPointRegistered
from ewaste.contracts.events.logistics import ResolutionStated
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, PartnerRegistered
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.topics import topic_of
from ewaste.evidence.rules.ruleset import Rules
from ewaste.logistics.handlers.standing import settle
from ewaste.logistics.storage import bags, records
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received
from ewaste.runtime.subscription import Subscription

__all__ = ["subscriptions"]

Data = TypeVar("Data", bound=Part)
_KEPT = (LoadReceived, LoadRejected, ResolutionStated, PartnerRegistered, EventCorrected)


def subscriptions(rules: Rules) -> tuple[Subscription, ...]:
    """`rules` judge what recyclers weighed."""

    async def follow_recyclers(tx: Transaction, events: Sequence[Received]) -> None:
        await _follow_recyclers(tx, events, rules, datetime.now(UTC))

    return (
        Subscription("dropoff", topics=(topic_of(Context.DROPOFF),), on_events=_follow_dropoff),
        # Single: what a correction takes back may be in another partition, and both decide over one load.
        Subscription("recyclers", topics=(topic_of(Context.RECYCLER),), on_events=follow_recyclers, single=True),
    )


async def _follow_dropoff(tx: Transaction, events: Sequence[Received]) -> None:
    await bags.add_points(tx, [(_id(at), data) for at, data in _of(DropPointRegistered, events)])
    installed = _of(BagInstalled, events)
    await bags.add_bags(tx, ((_id(at), d.bag_id, d.point_id, at.event.envelope.time) for at, d in installed))
    await bags.withdraw(tx, _taken_back(events))


async def _follow_recyclers(tx: Transaction, events: Sequence[Received], rules: Rules, now: datetime) -> None:
    kept = [one for one in events if isinstance(one.event.data, _KEPT)]
    await records.add(tx, [(one.event, one.record.topic, one.record.value or b"") for one in kept])
    taken_back = _taken_back(events)
    await bags.withdraw(tx, taken_back)
    load_ids = {load_id for one in kept if (load_id := getattr(one.event.data, "load_id", None))}
    await settle(tx, rules, load_ids | set(await records.loads_of(tx, taken_back)), now)


def _taken_back(events: Sequence[Received]) -> list[UUID]:
    """Events that their own source took back."""
    found = []
    for at, data in _of(EventCorrected, events):
        if data.corrected_source == at.event.envelope.source:
            found += _uuid(data.corrected_event_id)
    return found


def _uuid(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []


def _id(at: Received) -> UUID:
    return at.event.envelope.id


def _of(model: type[Data], events: Sequence[Received]) -> list[tuple[Received, Data]]:
    return [(one, one.event.data) for one in events if isinstance(one.event.data, model)]
