"""Facts with a time of one's own, and what the topic says of alerts."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts.envelope import source_of, source_of_partner, with_sequence
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import BagInstalled, Category, Channel, ItemDropped
from ewaste.contracts.events.logistics import (
    BagInLoad,
    BagSettlement,
    BinCollected,
    DifferenceCause,
    LoadDispatched,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.events.recycler import LoadReceived, ReceivedBag
from ewaste.contracts.events.traceability import CustodyGapClosed, CustodyGapOpened
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import Event, type_for, write_event
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.testing import Stack, events_on

CITY = "alerts"


@dataclass
class Bag:
    """One bag with ids of its own; each act gives an event's topic, key and value, and happened at `at`."""

    message: Callable[..., Any]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    partner: str = ""

    def __post_init__(self) -> None:
        self.partner = self.partner or f"plant-{self.tag}"

    @property
    def id(self) -> str:
        return f"bag-{self.tag}"

    @property
    def node(self) -> str:
        return f"bag/{self.id}"

    def event(self, context: Context, data: Part, *, id: UUID | None = None, number: int | None = None) -> Any:
        self.at += timedelta(seconds=1)
        event_type = type_for(context, type(data))
        is_partner = context is Context.PARTNER
        source = source_of_partner(self.partner) if is_partner else source_of(CITY, context)
        value = write_event(event_type, data, id=id or uuid7(), source=source, time=self.at)
        topic = partner_topic(self.partner) if is_partner else event_type.topic
        value = value if number is None else with_sequence(value, number)
        return self.message(topic, event_type.key_of(data).encode(), value, about=type(data).__name__)

    def hung(self, **how: Any) -> Any:
        return self.event(Context.DROPOFF, BagInstalled(bag_id=self.id, point_id="P-1"), **how)

    def dropped(self, item_id: str, **how: Any) -> Any:
        drop = ItemDropped(
            item_id=item_id, bag_id=self.id, point_id="P-1", category=Category.PHONE, channel=Channel.APP
        )
        return self.event(Context.DROPOFF, drop, **how)

    def collected(self) -> Any:
        taken = BinCollected(
            bag_id=self.id, point_id="P-1", seal_number="S-1", gross_grams=10_050, tare_grams=50, carrier_id="C-1"
        )
        return self.event(Context.LOGISTICS, taken)

    def dispatched(self, load: str = "load") -> Any:
        sent = LoadDispatched(
            load_id=f"{load}-{self.tag}",
            carrier_id="C-1",
            origin_id="Y-1",
            destination_id=self.partner,
            bags=(BagInLoad(bag_id=self.id, seal_number="S-1", gross_grams=10_050),),
            gross_grams=10_050,
        )
        return self.event(Context.LOGISTICS, sent)

    def received(self, seal: str = "S-1") -> Any:
        weighed = LoadReceived(
            load_id=f"load-{self.tag}",
            partner_id=self.partner,
            facility_id="F-1",
            bags=(ReceivedBag(bag_id=self.id, seal_read=seal, received_grams=10_050),),
            received_grams=10_050,
        )
        return self.event(Context.RECYCLER, weighed)

    def settled(self) -> list[Any]:
        outcome = BagSettlement(
            bag_id=self.id, settlement=Settlement.ACCEPTED, gross_grams=10_050, cause=DifferenceCause.SEAL_MISREAD
        )
        words = [
            ResolutionStated(load_id=f"load-{self.tag}", party_id=party, bags=(outcome,))
            for party in ("C-1", self.partner)
        ]
        return [self.event(Context.LOGISTICS, words[0]), self.event(Context.RECYCLER, words[1])]

    def corrected(self, context: Context, event_id: UUID) -> Any:
        said = EventCorrected(
            corrected_event_id=str(event_id),
            corrected_source=source_of(CITY, context),
            reason=CorrectionReason.DID_NOT_HAPPEN,
        )
        return self.event(context, said)


@pytest.fixture
def new_bag(message: Callable[..., Any]) -> Callable[..., Bag]:
    return lambda **how: Bag(message, **how)


@pytest.fixture
def said_of(stack: Stack) -> Callable[..., Any]:
    """What the topic says of the alerts about a subject (kind/id), in order: name of the event, its data."""

    async def said(node: str) -> list[tuple[str, Any]]:
        events = await events_on(stack, "ewaste.traceability")
        return [_told(each) for each in events if _subject(each) == node]

    return said


def _told(event: Event) -> tuple[str, Any]:
    return type(event.data).__name__, event.data


def _subject(event: Event) -> str | None:
    if not isinstance(event.data, CustodyGapOpened | CustodyGapClosed):
        return None
    return f"{event.data.subject.kind}/{event.data.subject.id}"


@pytest.fixture
def recorded() -> Callable[..., list[Record]]:
    """Messages as records that were written at `at`, for a ledger without a broker."""
    offsets = iter(range(1_000_000))

    def records(messages: list[Any], at: datetime) -> list[Record]:
        return [
            Record(each.topic, 0, next(offsets), int(at.timestamp() * 1000), each.key, (), each.value)
            for each in messages
        ]

    return records
