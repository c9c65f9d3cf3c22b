"""What is decided about collections, loads and handovers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ewaste.contracts.events.logistics import (
    ActorKind,
    ActorRegistered,
    BagInLoad,
    CollectionPlanned,
    CollectionStop,
    Difference,
    LoadDispatched,
)
from ewaste.contracts.fields import Context
from ewaste.contracts.refusal import Refused
from ewaste.evidence.custody.fold import Evidence, fold
from ewaste.logistics.model.cases import Case
from ewaste.logistics.model.collections import Collection, collect, conflict
from ewaste.logistics.model.handovers import Handover, Reading, hand_over, repeats
from ewaste.logistics.model.loads import Load, dispatch
from ewaste.logistics.model.plans import check_plan
from ewaste.logistics.model.words import MOST_BAG_GRAMS, NO_SEAL
from ewaste.logistics.settings import Settings
from ewaste.runtime.testing import received
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
RULES = Settings().rules
BAG = Collection(
    bag_id="bag-1",
    point_id="box-1",
    seal_number="S-1",
    gross_grams=4_200,
    tare_grams=150,
    next_bag_id="bag-2",
    carrier_id="crew-1",
    plan_id=None,
    collected_at=NOW,
)


def _refused(code: str, field: str) -> object:
    return pytest.raises(Refused, match=f"^{code}: ", check=lambda refusal: refusal.field == field)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"collected_at": NOW + timedelta(minutes=6)}, "time-in-future", "collected_at"),
        ({"gross_grams": MOST_BAG_GRAMS + 1}, "grams-absurd", "gross_grams"),
        ({"tare_grams": 4_201}, "tare-above-gross", "tare_grams"),
        ({"next_bag_id": "bag-1"}, "bag-reused", "next_bag_id"),
    ],
)
def test_a_collection_that_cannot_be_true_is_refused(change: dict[str, object], code: str, field: str) -> None:
    with _refused(code, field):
        collect(replace(BAG, **change), NOW)


def test_a_clock_that_is_a_little_ahead_is_forgiven() -> None:
    assert collect(replace(BAG, collected_at=NOW + timedelta(minutes=4)), NOW).gross_grams == 4_200


def test_the_same_collection_again_stands_whatever_the_clock_says() -> None:
    assert conflict(replace(BAG, collected_at=NOW + timedelta(hours=3)), [BAG]) is None


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"seal_number": "S-9"}, "bag-collected", "seal_number"),
        ({"gross_grams": 4_000}, "bag-collected", "gross_grams"),
        ({"bag_id": "bag-7", "next_bag_id": None}, "seal-used", "seal_number"),
        ({"bag_id": "bag-7", "seal_number": "S-7"}, "next-bag-used", "next_bag_id"),
    ],
)
def test_a_collection_that_contradicts_another_names_the_field(
    change: dict[str, object], code: str, field: str
) -> None:
    refusal = conflict(replace(BAG, **change), [BAG])
    assert refusal is not None
    assert (refusal.code, refusal.field, refusal.status) == (code, field, 409)


def _load(*bag_ids: str) -> Load:
    return Load("load-1", "crew-1", "hub-1", "plant-1", None, frozenset(bag_ids), NOW)


@given(st.lists(st.integers(1, MOST_BAG_GRAMS), min_size=1, max_size=30))
def test_the_grams_of_a_load_are_the_sum_over_its_bags(grams: list[int]) -> None:
    collected = {
        f"b{n}": replace(BAG, bag_id=f"b{n}", seal_number=f"s{n}", gross_grams=gross) for n, gross in enumerate(grams)
    }
    fact = dispatch(_load(*collected), collected, NOW)
    assert fact.gross_grams == sum(bag.gross_grams for bag in fact.bags) == sum(grams)
    assert {bag.bag_id: bag.seal_number for bag in fact.bags} == {c.bag_id: c.seal_number for c in collected.values()}


def test_a_full_load_of_the_heaviest_bags_fits_an_event() -> None:
    collected = {f"b{n}": replace(BAG, bag_id=f"b{n}", gross_grams=MOST_BAG_GRAMS) for n in range(1000)}
    assert dispatch(_load(*collected), collected, NOW).gross_grams == 1000 * MOST_BAG_GRAMS


def test_a_load_with_a_bag_that_was_not_collected_names_the_bag() -> None:
    with pytest.raises(Refused, match="bag-404"):
        dispatch(_load("bag-1", "bag-404"), {"bag-1": BAG}, NOW)


def test_a_load_that_goes_nowhere_is_refused() -> None:
    with _refused("going-nowhere", "destination_id"):
        dispatch(replace(_load("bag-1"), destination_id="hub-1"), {"bag-1": BAG}, NOW)


def _case(*grams: int) -> Case:
    """A load of these bags, sealed s0, s1 …, with crew-1 on its way to plant-1."""
    bags = tuple(BagInLoad(bag_id=f"b{n}", seal_number=f"s{n}", gross_grams=each) for n, each in enumerate(grams))
    dispatch = LoadDispatched(load_id="load-1", carrier_id="crew-1", origin_id="hub-1", destination_id="plant-1",
                              bags=bags, gross_grams=sum(grams))  # fmt: skip
    crew = ActorRegistered(actor_id="crew-1", kind=ActorKind.CARRIER, name_th="ตัวอย่าง")
    told = [received(Context.LOGISTICS, data, NOW) for data in (crew, dispatch)]
    return Case(fold([Evidence(n, one.event, bytes(32)) for n, one in enumerate(told)], RULES), "load-1")


def _handover(*readings: Reading) -> Handover:
    return Handover("ho-1", "load-1", "crew-1", "plant-1", "gate-1", readings, NOW)


@pytest.mark.parametrize(
    ("given_grams", "received_grams", "difference"),
    [
        (50_000, 51_000, Difference.MATCHED),
        (50_000, 48_999, Difference.MINOR),
        (50_000, 45_000, Difference.MINOR),
        (50_000, 44_999, Difference.SIGNIFICANT),
        (50_000, 55_001, Difference.SIGNIFICANT),
        (4_000, 3_900, Difference.MATCHED),
        (4_000, 3_899, Difference.MINOR),
        (4_000, 0, Difference.SIGNIFICANT),
    ],
)
def test_weights_are_judged_at_2_percent_or_100_g_and_at_10_percent(
    given_grams: int, received_grams: int, difference: Difference
) -> None:
    fact = hand_over(_handover(Reading("b0", "s0", received_grams)), _case(given_grams), {}, RULES, NOW)
    assert (fact.bags[0].difference, fact.difference) == (difference, difference)


def test_a_seal_that_is_another_or_gone_outweighs_grams() -> None:
    readings = (Reading("b0", "s0", 1_000), Reading("b1", "other", 4_000), Reading("b2", NO_SEAL, 4_000))
    fact = hand_over(_handover(*readings), _case(4_000, 4_000, 4_000), {}, RULES, NOW)
    assert [bag.difference for bag in fact.bags] == ["significant", "seal_mismatch", "seal_mismatch"]
    assert fact.difference is Difference.SEAL_MISMATCH


def test_a_little_missing_in_every_bag_shows_in_the_sum() -> None:
    readings = [Reading(f"b{n}", f"s{n}", 3_904) for n in range(20)]
    fact = hand_over(_handover(*readings), _case(*[4_000] * 20), {}, RULES, NOW)
    assert {bag.difference for bag in fact.bags} == {Difference.MATCHED}
    assert (fact.given_grams, fact.received_grams, fact.difference) == (80_000, 78_080, Difference.MINOR)


@pytest.mark.parametrize(
    ("readings", "code"),
    [
        ([Reading("b0", "s0", 4_000)], "bag-not-read"),
        ([Reading("b0", "s0", 4_000), Reading("b1", "s1", 1), Reading("b9", "s9", 1)], "bag-not-in-load"),
        ([Reading("b0", "s0", 4_000), Reading("b0", "s0", 1), Reading("b1", "s1", 1)], "bag-twice"),
    ],
)
def test_a_handover_speaks_of_every_bag_once(readings: list[Reading], code: str) -> None:
    with _refused(code, "bags"):
        hand_over(_handover(*readings), _case(4_000, 4_000), {}, RULES, NOW)


def test_hands_must_differ() -> None:
    with _refused("same-hands", "receiver_id"):
        hand_over(replace(_handover(Reading("b0", "s0", 1)), receiver_id="crew-1"), _case(1), {}, RULES, NOW)


def test_a_handover_sent_again_repeats_itself_in_any_order_of_its_bags() -> None:
    handover = _handover(Reading("b1", "s1", 2_000), Reading("b0", "s0", 4_000))
    fact = hand_over(handover, _case(4_000, 2_000), {}, RULES, NOW)
    assert repeats(replace(handover, handed_over_at=NOW + timedelta(hours=1)), fact)
    assert repeats(replace(handover, readings=handover.readings[::-1]), fact)
    assert not repeats(replace(handover, receiver_id="plant-2"), fact)
    assert not repeats(_handover(Reading("b1", "s1", 2_000), Reading("b0", "s0", 3_999)), fact)


def test_a_plan_passes_a_box_once() -> None:
    stops = tuple(CollectionStop(point_id=point_id) for point_id in ("box-1", "box-2", "box-1"))
    plan = CollectionPlanned(plan_id="p", carrier_id="crew-1", service_date=NOW.date(), stops=stops)
    with _refused("stop-twice", "stops.2.point_id"):
        check_plan(plan)
