"""Who has a load: through carriers and stores, confirmed by one side for the other, with gaps told."""

from collections.abc import Callable
from typing import Any

import pytest
from ewaste.contracts.events.logistics import ActorKind, HandoverPurpose
from ewaste.evidence.custody.bags import holder_of_bag, is_in_two_loads
from ewaste.evidence.custody.fold import Custody, fold
from ewaste.evidence.custody.loads import hands_of, holder_of
from ewaste.evidence.custody.states import states_of
from ewaste.evidence.custody.trace import Trace, trace

PARTNER = "green-metals"


def _fold(world: Any) -> Custody:
    return fold(world.evidence())


@pytest.fixture
def journey(world: Any) -> Any:
    """Two carriers and a night in a store."""
    world.partner()
    for actor, kind in (("C-1", ActorKind.CARRIER), ("C-2", ActorKind.CARRIER), ("W-1", ActorKind.STORAGE)):
        world.actor(actor, kind)
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.hand_over("L-1", "B-1", receiver_id="W-1", place_id="W-1", purpose=HandoverPurpose.STORAGE_IN)
    world.hand_over("L-1", "B-1", giver_id="W-1", receiver_id="C-2", purpose=HandoverPurpose.STORAGE_OUT)
    world.hand_over("L-1", "B-1", giver_id="C-2", receiver_id=PARTNER)
    world.receive("L-1", "B-1")
    return world


def test_the_holder_and_the_state_follow_the_hands(journey: Any) -> None:
    found = []
    for size in range(5, len(journey.records) + 1):
        custody = fold(journey.evidence(range(size)))
        held = holder_of(custody, "L-1"), holder_of_bag(custody, "B-1")
        found.append((*held, states_of(custody).get("load/L-1")))
    assert list(dict.fromkeys(found)) == [
        (None, "C-1", None),
        ("C-1", "C-1", "dispatched"),
        ("W-1", "W-1", "stored"),
        ("C-2", "C-2", "dispatched"),
        (PARTNER, PARTNER, "delivered"),
        (PARTNER, PARTNER, "accepted"),
    ]


def test_each_hand_is_a_step_with_its_purpose_and_names(journey: Any) -> None:
    found = trace(_fold(journey), "load/L-1")
    steps = [step for step in found.steps if step.type == "HandoverRecorded"]
    assert [step.details["purpose"] for step in steps] == ["storage_in", "storage_out", "delivery"]
    assert steps[0].text_en.startswith("Load L-1, Carrier C-1 to Carrier W-1, into storage:")
    assert "ผู้ขนส่ง C-2" in steps[1].text_th
    assert (found.details["holder_id"], found.missing) == (PARTNER, ())


@pytest.mark.parametrize(("absent", "present"), [("van", "W-1"), ("W-1", "van")])
def test_one_side_may_confirm_for_the_other_and_it_is_said(world: Any, absent: str, present: str) -> None:
    world.dispatch("L-1", "B-1", carrier_id="van")
    world.hand_over("L-1", "B-1", giver_id="van", receiver_id="W-1", confirmed_for=absent)
    (step,) = [step for step in trace(_fold(world), "load/L-1").steps if step.type == "HandoverRecorded"]
    assert f"confirmed by {present} for {absent} (not registered)" in step.text_en
    assert f"{present} ยืนยันแทน {absent}" in step.text_th


def _gaps(found: Trace) -> list[str]:
    return [each.text_en for each in found.all_missing() if each.expected == "handover_before"]


def test_a_gap_in_the_chain_of_hands_is_told_and_keeps_nothing_open(whole: Any) -> None:
    whole.hand_over("L-1", "B-1", giver_id="C-9", receiver_id="C-8")
    custody = _fold(whole)
    assert [hand.has_gap for hand in hands_of(custody, "L-1")] == [False, True]
    assert _gaps(trace(custody, "item/I-B-1")) == [
        "load/L-1: green-metals had it, C-9 gave it; the handover in between is not recorded"
    ]


def test_a_recycler_gives_back_what_it_refused(world: Any) -> None:
    world.dispatch("L-1", "B-1", "B-2")
    world.receive("L-1", "B-1")
    world.reject("L-1", "B-2")
    world.hand_over("L-1", "B-2", giver_id=PARTNER, receiver_id="C-2")
    custody = _fold(world)
    assert not any(hand.has_gap for hand in hands_of(custody, "L-1"))
    # The rest of the load stays where it is.
    assert (holder_of(custody, "L-1"), holder_of_bag(custody, "B-2")) == (PARTNER, "C-2")
    assert not is_in_two_loads(custody, "B-2")


def _rejected(world: Any) -> None:
    world.reject("L-1", "B-1")


def _stored_there(world: Any) -> None:
    world.hand_over("L-1", "B-1", receiver_id="W-1", place_id="Y-1", purpose=HandoverPurpose.STORAGE_IN)


def _nothing(_: Any) -> None:
    """Nobody said how it came back."""


@pytest.mark.parametrize(("between", "twice"), [(_rejected, False), (_stored_there, False), (_nothing, True)])
def test_a_bag_leaves_again_only_from_where_it_came_back_to(
    world: Any, between: Callable[[Any], None], twice: bool
) -> None:
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    between(world)
    world.dispatch("L-2", "B-1")
    assert is_in_two_loads(_fold(world), "B-1") is twice
