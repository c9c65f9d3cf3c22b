"""Every kind of alert as a case: what opens it, which records it names, what closes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ewaste.contracts.events.dropoff import BagFillReported, FillSource
from ewaste.contracts.events.logistics import (
    BagSettlement,
    BreakReason,
    CustodyBreakDeclared,
    DifferenceCause,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.events.recycler import Operation, OutputFraction
from ewaste.contracts.events.traceability import GapKind
from ewaste.contracts.fields import Context

_WHOLE = OutputFraction(fraction_id="F-1", material="copper", grams=10_000, operation=Operation.R4, facility_id="F-1")
RECYCLER = "green-metals"
Act = Callable[[Any], Any]


def fill(world: Any, bag_id: str, percent: int) -> Any:
    report = BagFillReported(bag_id=bag_id, point_id="P-1", fill_percent=percent, reported_by=FillSource.SENSOR)
    return world.say(Context.DROPOFF, report)


def declare_broken(world: Any, *bag_ids: str) -> Any:
    said = CustodyBreakDeclared(
        break_id="BR-1", bag_ids=bag_ids, declared_by="C-1", reason=BreakReason.MIXED, load_id=None
    )
    return world.say(Context.LOGISTICS, said)


def settlement(bag_id: str, grams: int | None) -> tuple[BagSettlement, ...]:
    outcome = Settlement.LOST if grams is None else Settlement.ACCEPTED
    return (BagSettlement(bag_id=bag_id, settlement=outcome, gross_grams=grams, cause=DifferenceCause.SCALE),)


def settle(world: Any, load_id: str, bag_id: str, grams: int | None = 10_050) -> None:
    """Carrier and recycler say the same."""
    word = {"load_id": load_id, "bags": settlement(bag_id, grams)}
    world.say(Context.LOGISTICS, ResolutionStated(party_id="C-1", **word))
    world.accept(ResolutionStated(party_id=RECYCLER, **word))


def store(world: Any, load_id: str, *bag_ids: str) -> Any:
    """Into temporary storage on the way."""
    world.hand_over(load_id, *bag_ids, receiver_id="HAI-YA")
    topic, value = world.records.pop()
    text = value.replace(b'"purpose":"delivery"', b'"purpose":"storage_in"').replace(b"GATE-1", b"HAI-YA")
    world.records.append((topic, text))


def sent(world: Any, *bag_ids: str) -> None:
    for bag_id in bag_ids:
        world.install(bag_id)
        world.collect(bag_id)
    world.dispatch("L-1", *bag_ids)


def differs(**how: Any) -> Act:
    """One bag, sent and weighed in, with a difference."""

    def act(world: Any) -> None:
        world.partner()
        sent(world, "B-1")
        world.receive("L-1", "B-1", **how)

    return act


def over_allocated(world: Any) -> Any:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 6_000})
    return world.open("X-2", {"B-1": 6_000})


def suspended(world: Any) -> None:
    world.certificate("C-1", "X-1")
    world.suspend("C-1")


def last(world: Any) -> Any:
    """The id of what was said last."""
    return world.evidence()[-1].event.envelope.id


def take_back(context: Context) -> Act:
    return lambda world: world.correct(context, last(world))


@dataclass(frozen=True)
class Case:
    kind: GapKind
    subject: str
    opens: Act
    shown_by: tuple[str, ...]
    """Names of the events it names, by place in the ledger."""
    closes: Act
    after: timedelta | None = None
    """How long after the record it counts from time opens it; None: at once."""

    def __str__(self) -> str:
        return f"{self.kind}-{self.subject.replace('/', '-')}-{'-'.join(self.shown_by)}"


CASES = (
    Case(
        GapKind.UNCOLLECTED_BAG, "bag/B-1",
        lambda world: world.install("B-1"),
        ("BagInstalled",), lambda world: world.collect("B-1"), timedelta(days=30),
    ),
    Case(  # hung by the crew that took the one before, full since yesterday
        GapKind.UNCOLLECTED_BAG, "bag/B-2",
        lambda world: (world.collect("B-1", next_bag_id="B-2"), fill(world, "B-2", 85), fill(world, "B-2", 90)),
        ("BinCollected", "BagFillReported"), lambda world: fill(world, "B-2", 10), timedelta(days=3),
    ),
    Case(
        GapKind.UNCOLLECTED_BAG, "bag/B-1",
        lambda world: world.install("B-1"),
        ("BagInstalled",), lambda world: declare_broken(world, "B-1"), timedelta(days=30),
    ),
    Case(
        GapKind.BAG_NOT_HANDED_OVER, "bag/B-1",
        lambda world: world.collect("B-1"),
        ("BinCollected",), lambda world: world.dispatch("L-1", "B-1"), timedelta(hours=72),
    ),
    Case(  # refused by the recycler: back with the carrier
        GapKind.BAG_NOT_HANDED_OVER, "bag/B-1",
        lambda world: (sent(world, "B-1"), world.reject("L-1")),
        ("LoadRejected",), lambda world: world.dispatch("L-2", "B-1"), timedelta(hours=72),
    ),
    Case(
        GapKind.SEAL_MISMATCH, "bag/B-1",
        differs(seal="S-other"),
        ("LoadDispatched", "LoadReceived"), lambda world: settle(world, "L-1", "B-1"),
    ),
    Case(
        GapKind.WEIGHT_MISMATCH, "bag/B-1",
        differs(off=-2_000),
        ("LoadDispatched", "LoadReceived"), lambda world: settle(world, "L-1", "B-1", 8_050),
    ),
    Case(  # the record was wrong
        GapKind.WEIGHT_MISMATCH, "bag/B-1",
        differs(off=2_000),
        ("LoadDispatched", "LoadReceived"), take_back(Context.RECYCLER),
    ),
    Case(
        GapKind.COUNT_MISMATCH, "load/L-1",
        lambda world: (world.partner(), sent(world, "B-1", "B-2"), world.receive("L-1", "B-1")),
        ("LoadDispatched", "LoadReceived"), lambda world: settle(world, "L-1", "B-2", None),
    ),
    Case(  # the second lorry
        GapKind.COUNT_MISMATCH, "load/L-1",
        lambda world: (sent(world, "B-1", "B-2"), world.receive("L-1", "B-1")),
        ("LoadDispatched", "LoadReceived"), lambda world: world.receive("L-1", "B-2"),
    ),
    Case(
        GapKind.OVER_ALLOCATED, "bag/B-1",
        over_allocated,
        ("BinCollected", "BatchOpened", "BatchOpened"), take_back(Context.RECYCLER),
    ),
    Case(
        GapKind.LOAD_NOT_CONFIRMED, "load/L-1",
        lambda world: (sent(world, "B-1"), world.hand_over("L-1", "B-1")),
        ("LoadDispatched", "HandoverRecorded"), lambda world: world.receive("L-1", "B-1"), timedelta(hours=48),
    ),
    Case(  # never arrived anywhere
        GapKind.LOAD_NOT_CONFIRMED, "load/L-1",
        lambda world: sent(world, "B-1"),
        ("LoadDispatched",), lambda world: world.reject("L-1"), timedelta(hours=72),
    ),
    Case(
        GapKind.LOAD_NOT_CONFIRMED, "load/L-1",
        lambda world: (sent(world, "B-1"), store(world, "L-1", "B-1")),
        ("LoadDispatched", "HandoverRecorded"), lambda world: world.receive("L-1", "B-1"), timedelta(days=10),
    ),
    Case(
        GapKind.BATCH_STALLED, "batch/X-1",
        lambda world: world.open("X-1", {"B-1": 10_000}),
        ("BatchOpened",), lambda world: world.recycle("X-1", _WHOLE), timedelta(days=90),
    ),
    Case(
        GapKind.ITEM_IN_TWO_PLACES, "item/I-1",
        lambda world: (world.drop("I-1", "B-1"), world.drop("I-1", "B-2")),
        ("ItemDropped", "ItemDropped"), take_back(Context.DROPOFF),
    ),
    Case(
        GapKind.ITEM_IN_TWO_PLACES, "bag/B-1",
        lambda world: (world.dispatch("L-1", "B-1"), world.dispatch("L-2", "B-1")),
        ("LoadDispatched", "LoadDispatched"), take_back(Context.LOGISTICS),
    ),
    Case(
        GapKind.CERTIFICATE_SUSPENDED, "certificate/C-1",
        suspended,
        ("CertificateSuspended",), lambda world: world.certificate("C-2", "X-1", replaces="C-1"),
    ),
    Case(
        GapKind.DISPUTE_OVERDUE, "bag/B-1",
        differs(off=-2_000),
        ("LoadDispatched", "LoadReceived"), lambda world: settle(world, "L-1", "B-1", 8_050), timedelta(days=15),
    ),
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `case` runs for each."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=str)


@pytest.fixture(scope="session")
def cases() -> tuple[Case, ...]:
    return CASES


@pytest.fixture(scope="session")
def acts() -> SimpleNamespace:
    """What happens in the cases, one by one."""
    return SimpleNamespace(
        declare_broken=declare_broken, differs=differs, sent=sent, settle=settle, settlement=settlement
    )
