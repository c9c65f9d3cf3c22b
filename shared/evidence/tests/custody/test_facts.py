"""Which events stand: duplicates, contradictions, corrections, and records that are not in their place."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts.envelope import source_of_partner
from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.events.recycler import BatchRecycled
from ewaste.contracts.fields import Context
from ewaste.evidence.custody.facts import settle
from ewaste.evidence.custody.fold import fold, read_evidence
from ewaste.evidence.custody.states import item_of, states_of


def _standing(world: Any) -> list[int]:
    return [each.index for each in settle(world.evidence()).standing]


def _drop(item_id: str, bag_id: str) -> ItemDropped:
    return ItemDropped(item_id=item_id, bag_id=bag_id, point_id="P-1", category=Category.PHONE, channel=Channel.STAFF)


def test_an_event_counts_once_at_its_lowest_index(world: Any) -> None:
    world.drop("I-1", "B-1")
    world.records *= 3
    settled = settle(reversed(world.evidence()))
    assert [each.index for each in settled.standing] == [0]
    assert settled.equivocations == ()


def test_of_two_contents_under_one_id_the_first_stands_and_the_other_is_told(world: Any) -> None:
    said = world.drop("I-1", "B-1")
    world.say(Context.DROPOFF, _drop("I-2", "B-2"), id=said)
    for evidence in (world.evidence(), world.evidence()[::-1]):
        custody = fold(evidence)
        assert list(states_of(custody)) == ["bag/B-1", "item/I-1"]
        (told,) = custody.equivocations
        assert (told.event_id, told.standing, told.conflicting) == (str(said), 0, (1,))


def test_one_id_from_two_sources_is_two_events(world: Any) -> None:
    said = world.drop("I-1", "B-1")
    world.say(Context.DROPOFF, _drop("I-2", "B-1"), id=said, source="urn:ewaste:lp:dropoff")
    assert _standing(world) == [0, 1]


def test_a_corrected_event_counts_no_more_and_the_replacement_is_an_event_like_any_other(world: Any) -> None:
    wrong = world.drop("I-1", "B-1")
    world.correct(Context.DROPOFF, wrong)
    world.drop("I-1", "B-2")
    item = item_of(fold(world.evidence()), "I-1")
    assert item is not None
    assert (item.bag_ids, item.broken) == (("B-2",), None)


def test_a_correction_may_arrive_before_what_it_corrects(world: Any) -> None:
    world.correct(Context.DROPOFF, world.drop("I-1", "B-1"))
    assert [type(each.event.data).__name__ for each in settle(world.evidence([1, 0])).standing] == ["EventCorrected"]


def test_a_correction_that_is_itself_taken_back_corrects_nothing(world: Any) -> None:
    first = world.correct(Context.DROPOFF, world.drop("I-1", "B-1"))
    world.correct(Context.DROPOFF, first)
    assert _standing(world) == [0, 2]


def test_of_two_corrections_that_name_each_other_the_later_one_stands(world: Any) -> None:
    second = UUID(int=2**127)
    first = world.correct(Context.DROPOFF, second)
    world.correct(Context.DROPOFF, first, id=second)
    assert _standing(world) == [1]
    assert [each.index for each in settle(world.evidence([1, 0])).standing] == [0]


def test_a_correction_cannot_take_itself_back(world: Any) -> None:
    own = UUID(int=2**127)
    world.correct(Context.DROPOFF, own, id=own)
    assert _standing(world) == [0]


def test_nobody_corrects_another_source(world: Any) -> None:
    dropped = world.drop("I-1", "B-1")
    world.correct(Context.LOGISTICS, dropped, source="urn:ewaste:cm:dropoff")
    assert _standing(world) == [0, 1]


def test_a_partners_correction_is_only_a_claim(world: Any, output: Callable[..., Any]) -> None:
    fact = world.recycle("X-1", output("F-1", 10))
    claimed = world.correct(Context.PARTNER, fact, source="urn:ewaste:cm:recycler")
    world.correct(Context.PARTNER, claimed, source=source_of_partner("green-metals"))
    assert _standing(world) == [1]


def test_a_partners_claim_counts_for_nothing_until_it_is_accepted(world: Any, output: Callable[..., Any]) -> None:
    world.say(Context.PARTNER, BatchRecycled(batch_id="X-1", partner_id="green-metals", outputs=(output("F-1", 10),)))
    custody = fold(world.evidence())
    assert states_of(custody) == {}
    assert len(custody.claims) == 1


@pytest.mark.parametrize(
    ("topic", "source"),
    [
        ("ewaste.partner.green-metals", "urn:ewaste:cm:recycler"),
        ("ewaste.dropoff", "urn:ewaste:cm:recycler"),
        ("ewaste.recycler", "urn:ewaste:partner:green-metals"),
        ("ewaste.recycler.dead", "urn:ewaste:cm:recycler"),
    ],
)
def test_a_fact_in_a_topic_that_is_not_its_own_is_no_evidence(
    world: Any, output: Callable[..., Any], topic: str, source: str
) -> None:
    data = BatchRecycled(batch_id="X-1", partner_id="green-metals", outputs=(output("F-1", 10),))
    world.say(Context.RECYCLER, data, source=source, topic=topic)
    assert world.evidence() == []


def test_a_partner_claims_only_in_its_own_name(world: Any, output: Callable[..., Any]) -> None:
    data = BatchRecycled(batch_id="X-1", partner_id="green-metals", outputs=(output("F-1", 10),))
    world.say(Context.PARTNER, data, topic="ewaste.partner.other-recycler")
    assert world.evidence() == []


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xff", b'{"specversion":"1.0"}'])
def test_what_cannot_be_read_is_no_evidence(value: bytes | None) -> None:
    assert read_evidence(0, "ewaste.dropoff", value) is None
