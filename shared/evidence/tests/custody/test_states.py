"""States follow from the facts that are there, whichever came first."""

from collections.abc import Callable
from typing import Any

import pytest
from ewaste.contracts.events.recycler import LoadReceived, ReceivedBag
from ewaste.evidence.custody.fold import Custody, fold
from ewaste.evidence.custody.model import Break
from ewaste.evidence.custody.states import bag_of, certificate_state, item_of, load_of, states_of

Output = Callable[..., Any]


def _fold(world: Any) -> Custody:
    return fold(world.evidence())


def _states(world: Any, node: str) -> list[str]:
    """The state of a node after each record."""
    found = (
        states_of(fold(world.evidence(range(size)))).get(node, "unknown") for size in range(1, len(world.records) + 1)
    )
    return list(dict.fromkeys(str(each) for each in found))


@pytest.fixture
def certified(whole: Any) -> Any:
    whole.certificate("C-1", "X-1")
    return whole


def test_a_bag_is_installed_filled_sealed_driven_delivered_and_opened(certified: Any) -> None:
    found = _states(certified, "bag/B-1")
    assert found == ["unknown", "installed", "filling", "sealed", "in_transit", "delivered", "opened"]


def test_a_load_is_dispatched_delivered_and_accepted(certified: Any) -> None:
    assert _states(certified, "load/L-1") == ["unknown", "dispatched", "delivered", "accepted"]


def test_a_batch_is_open_then_final_then_certified(certified: Any) -> None:
    assert _states(certified, "batch/X-1") == ["unknown", "open", "final", "certified"]


def test_a_batch_with_interim_fractions_is_only_processed(world: Any, output: Output) -> None:
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 10_000))
    assert _states(world, "batch/X-1") == ["unknown", "open", "processed", "final"]


def test_an_item_goes_all_the_way(certified: Any) -> None:
    found = _states(certified, "item/I-B-1")
    assert found == ["unknown", "dropped", "collected", "delivered", "processed", "certified"]


def test_a_suspended_certificate_holds_nothing_up_once_it_is_replaced(certified: Any) -> None:
    certified.suspend("C-1")
    assert states_of(_fold(certified))["batch/X-1"] == "suspended"
    certified.certificate("C-2", "X-1", replaces="C-1")
    custody = _fold(certified)
    assert states_of(custody)["batch/X-1"] == "certified"
    assert (certificate_state(custody, "C-1"), certificate_state(custody, "C-2")) == ("replaced", "valid")


def test_the_crew_that_swaps_bags_hangs_the_fresh_one(world: Any) -> None:
    world.collect("B-1", next_bag_id="B-2")
    bag = bag_of(_fold(world), "B-2")
    assert bag is not None
    assert (bag.state, bag.point_id, bag.gross_grams) == ("installed", "P-1", None)


def test_a_handover_on_the_way_is_no_delivery(world: Any) -> None:
    world.dispatch("L-1", "B-1")
    world.hand_over("L-1", "B-1", receiver_id="C-2")
    assert states_of(_fold(world))["load/L-1"] == "dispatched"


@pytest.mark.parametrize(("rejected", "state"), [((), "rejected"), (("B-1", "B-2"), "rejected")])
def test_a_refused_load_leaves_its_bags_on_the_road(world: Any, rejected: tuple[str, ...], state: str) -> None:
    world.dispatch("L-1", "B-1", "B-2")
    world.reject("L-1", *rejected)
    states = states_of(_fold(world))
    assert (states["load/L-1"], states["bag/B-1"]) == (state, "in_transit")


def test_a_load_is_partly_accepted(world: Any) -> None:
    world.dispatch("L-1", "B-1", "B-2")
    world.receive("L-1", "B-1")
    load = load_of(_fold(world), "L-1")
    assert load is not None
    # A bag that nobody speaks of is a piece-count difference, and that is significant.
    assert (load.state, load.missing) == ("disputed", ("B-2",))
    world.reject("L-1", "B-2")
    load = load_of(_fold(world), "L-1")
    assert load is not None
    assert (load.state, load.accepted, load.rejected) == ("partly_accepted", ("B-1",), ("B-2",))


def test_a_bag_that_was_never_sent_puts_the_load_in_dispute(world: Any) -> None:
    world.dispatch("L-1", "B-1")
    world.receive("L-1", "B-1", "B-9")
    load = load_of(_fold(world), "L-1")
    assert load is not None
    assert (load.state, load.disputed) == ("disputed", ("B-9",))


@pytest.mark.parametrize(("off", "state"), [(200, "accepted"), (1_005, "accepted"), (1_006, "disputed")])
def test_more_than_ten_percent_is_a_dispute(world: Any, off: int, state: str) -> None:
    world.dispatch("L-1", "B-1")
    world.receive("L-1", "B-1", off=off)
    custody = _fold(world)
    bag = bag_of(custody, "B-1")
    assert bag is not None
    assert (states_of(custody)["load/L-1"], bag.disputed) == (state, state == "disputed")


def test_a_bag_weighed_lighter_at_the_gate_than_in_the_street_is_disputed(world: Any) -> None:
    world.collect("B-1", gross=10_000)
    world.gross["B-1"] = 8_000
    world.dispatch("L-1", "B-1")
    world.receive("L-1", "B-1")
    custody = _fold(world)
    bag = bag_of(custody, "B-1")
    assert bag is not None
    assert bag.disputed
    assert states_of(custody)["load/L-1"] == "accepted"


def test_a_receipt_that_contradicts_itself_is_disputed(world: Any) -> None:
    world.dispatch("L-1", "B-1")
    right = ReceivedBag(bag_id="B-1", seal_read="S-B-1", received_grams=10_050)
    rows = (right, right.model_copy(update={"seal_read": "S-other"}))
    world.accept(
        LoadReceived(load_id="L-1", partner_id="green-metals", facility_id="F-1", bags=rows, received_grams=20_100)
    )
    bag = bag_of(_fold(world), "B-1")
    assert bag is not None
    assert bag.disputed
    assert states_of(_fold(world))["load/L-1"] == "disputed"


def test_an_item_in_two_bags_is_in_none(world: Any) -> None:
    world.drop("I-1", "B-1")
    world.drop("I-1", "B-2")
    item = item_of(_fold(world), "I-1")
    assert item is not None
    assert (item.state, item.broken) == ("broken", Break.IN_TWO_BAGS)


def test_the_same_drop_said_twice_breaks_nothing(world: Any) -> None:
    world.drop("I-1", "B-1")
    world.drop("I-1", "B-1")
    assert states_of(_fold(world))["item/I-1"] == "dropped"


def test_a_wrong_seal_breaks_the_chain_of_what_is_inside(world: Any) -> None:
    world.drop("I-1", "B-1")
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.receive("L-1", "B-1", seal="S-other")
    item = item_of(_fold(world), "I-1")
    assert item is not None
    assert item.broken is Break.SEAL_MISMATCH


def test_a_bag_that_two_batches_claim_breaks_the_chain_of_what_is_inside(whole: Any) -> None:
    whole.open("X-2", {"B-1": 10_000})
    item = item_of(_fold(whole), "I-B-1")
    assert item is not None
    assert item.broken is Break.OVER_ALLOCATED


def test_an_item_of_a_split_bag_is_as_far_as_the_last_of_its_batches(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    for batch in ("X-1", "X-2"):
        world.open(batch, {"B-1": 5_000})
    for batch in ("X-1", "X-2"):
        world.recycle(batch, output("F-1", 5_000))
    for batch in ("X-1", "X-2"):
        world.certificate(f"C-{batch}", batch)
    found = _states(world, "item/I-B-1")
    assert found == ["unknown", "dropped", "collected", "delivered", "processed", "certified"]
