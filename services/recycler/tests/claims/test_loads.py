"""What a recycler may say of a load: each bag is weighed in or rejected, once; a dispute ends by what it states."""

from typing import Any

import pytest
from ewaste.contracts.events.logistics import BagInLoad, Difference, Settlement
from ewaste.contracts.events.recycler import LoadReceived, RefusalReason
from ewaste.contracts.ids import uuid7

ANSWERED = RefusalReason.LOAD_ALREADY_RECEIVED


def test_a_load_is_weighed_in_once_and_its_sum_closes(court: Any, recycler: Any, another: Any) -> None:
    claim = recycler.received("L1", g1=10, g2=20)
    wrong = claim.model_copy(update={"received_grams": 31})
    assert court.hears(recycler, wrong) == RefusalReason.SUMS_DO_NOT_CLOSE
    twice = recycler.received("L1", g1=10).model_copy(update={"bags": claim.bags[:1] * 2})
    assert court.hears(recycler, twice) == "schema"
    assert court.hears(recycler, claim).load_id == "L1"
    assert court.hears(recycler, recycler.received("L1", g1=9)) == ANSWERED
    assert court.hears(another, another.received("L1", g1=9)) == RefusalReason.LOAD_OF_ANOTHER_PARTNER


@pytest.mark.parametrize(
    ("grams", "seal", "bags", "difference"),
    [
        (10_000, "s1", 1, Difference.MATCHED),
        (9_700, "s1", 1, Difference.MINOR),
        (8_900, "s1", 1, Difference.SIGNIFICANT),
        (10_000, "s2", 1, Difference.SEAL_MISMATCH),
        (10_000, "s1", 2, Difference.SIGNIFICANT),
    ],
)
def test_the_difference_is_ours_to_tell(
    court: Any, recycler: Any, grams: int, seal: str, bags: int, difference: Difference
) -> None:
    sent = [BagInLoad(bag_id=f"g{n}", seal_number="s1", gross_grams=10_000 // bags) for n in range(bags)]
    court.register.dispatched = {"L1": {bag.bag_id: bag for bag in sent}}
    whole = recycler.received("L1", g0=grams).model_dump() | {"difference": "matched"}
    whole["bags"][0]["seal_read"] = seal
    fact = court.hears(recycler, LoadReceived.model_validate(whole))
    assert fact.difference is difference


def test_a_partner_never_sets_the_difference_itself(court: Any, recycler: Any) -> None:
    claim = recycler.received("L1", g1=10).model_copy(update={"difference": Difference.MATCHED})
    assert court.hears(recycler, claim).difference is None


def test_bags_rejected_first_are_no_missing_bags(court: Any, recycler: Any, rejected: Any) -> None:
    court.sent("L1", g1=10_000, g2=8_000)
    assert court.hears(recycler, rejected(recycler, "L1", "g2")).bag_ids == ("g2",)
    assert court.hears(recycler, recycler.received("L1", g1=10_000)).difference is Difference.MATCHED


@pytest.mark.parametrize("reject_first", [True, False])
def test_some_bags_are_taken_and_the_others_rejected(
    court: Any, recycler: Any, rejected: Any, reject_first: bool
) -> None:
    claims = [recycler.received("L1", g1=10, g2=20), rejected(recycler, "L1", "g3", "g4")]
    for claim in reversed(claims) if reject_first else claims:
        assert court.hears(recycler, claim).load_id == "L1"
    assert court.hears(recycler, rejected(recycler, "L1", "g5")).bag_ids == ("g5",), "another reason, another claim"
    assert court.hears(recycler, rejected(recycler, "L1", "g6", "g1")) == ANSWERED
    assert (court.refused.field, "weighed in bag g1" in court.refused.detail) == ("data.bag_ids.1", True)
    assert court.hears(recycler, rejected(recycler, "L1", "g3")) == ANSWERED
    assert "rejected bag g3" in court.refused.detail
    assert court.hears(recycler, rejected(recycler, "L1")) == ANSWERED
    assert "name the bags" in court.refused.detail


def test_a_rejected_bag_is_not_weighed_in_until_the_rejection_is_corrected(
    court: Any, recycler: Any, rejected: Any, corrected: Any
) -> None:
    rejection = uuid7()
    court.hears(recycler, rejected(recycler, "L1", "g2"), id=rejection)
    assert court.hears(recycler, recycler.received("L1", g1=10, g2=20)) == ANSWERED
    assert court.refused.field == "data.bags.1.bag_id"
    court.hears(recycler, corrected(recycler, rejection))
    assert court.hears(recycler, recycler.received("L1", g1=10, g2=20)).load_id == "L1"


def test_a_whole_load_that_was_rejected_goes_to_another_recycler(
    court: Any, recycler: Any, another: Any, rejected: Any, corrected: Any
) -> None:
    rejection = uuid7()
    assert court.hears(recycler, rejected(recycler, "L1"), id=rejection).bag_ids == ()
    for claim in (recycler.received("L1", g1=10), rejected(recycler, "L1"), rejected(recycler, "L1", "g1")):
        assert court.hears(recycler, claim) == ANSWERED
        assert "rejected the whole load" in court.refused.detail
    assert court.hears(another, another.received("L1", g1=10)).load_id == "L1"
    assert court.hears(recycler, rejected(recycler, "L1", "g1")) == RefusalReason.LOAD_OF_ANOTHER_PARTNER
    assert court.hears(recycler, corrected(recycler, rejection)).reason == "mistyped"


def test_a_resolution_is_the_partners_own_about_bags_of_its_load(
    court: Any, recycler: Any, another: Any, resolved: Any, rejected: Any
) -> None:
    court.sent("L1", g1=10_000, g2=8_000)
    assert court.hears(recycler, resolved(recycler, "L1", g1=9_000)) == RefusalReason.LOAD_UNKNOWN
    court.hears(recycler, recycler.received("L1", g1=8_000, g9=10))
    claim = resolved(recycler, "L1", g1=9_000, g2=None, g9=10)
    assert court.hears(recycler, claim) == claim, "a bag that never came may be agreed to be lost"
    foreign = claim.model_copy(update={"party_id": another.partner_id})
    assert court.hears(recycler, foreign) == RefusalReason.SOURCE_OF_ANOTHER_PARTNER
    assert court.refused.field == "data.party_id"
    assert court.hears(another, resolved(another, "L1", g1=9_000)) == RefusalReason.LOAD_OF_ANOTHER_PARTNER
    assert court.hears(recycler, resolved(recycler, "L1", g1=9_000, g3=5)) == RefusalReason.BAG_NOT_IN_LOAD
    assert court.refused.field == "data.bags.1.bag_id"
    court.hears(recycler, rejected(recycler, "L2", "g7"))
    assert court.hears(recycler, resolved(recycler, "L2", g7=4_000)).load_id == "L2"


@pytest.mark.parametrize("change", [{"gross_grams": None}, {"settlement": Settlement.LOST}])
def test_an_accepted_bag_has_grams_and_a_lost_one_none(
    court: Any, recycler: Any, resolved: Any, change: dict[str, Any]
) -> None:
    court.hears(recycler, recycler.received("L1", g1=8_000))
    claim = resolved(recycler, "L1", g1=9_000)
    wrong = claim.model_copy(update={"bags": (claim.bags[0].model_copy(update=change),)})
    assert (court.hears(recycler, wrong), court.refused.field) == ("schema", "data.bags.0.gross_grams")


def test_a_resolution_is_corrected_before_the_receipt_it_rests_on(
    court: Any, recycler: Any, resolved: Any, corrected: Any
) -> None:
    receipt, resolution = uuid7(), uuid7()
    court.hears(recycler, recycler.received("L1", g1=8_000), id=receipt)
    court.hears(recycler, resolved(recycler, "L1", g1=9_000), id=resolution)
    assert court.hears(recycler, corrected(recycler, receipt)) == RefusalReason.CORRECTED_EVENT_IN_USE
    for id in (resolution, receipt):
        assert court.hears(recycler, corrected(recycler, id)).reason == "mistyped"
    assert (court.register.loads, court.register.statements, court.register.received) == ({}, {}, {})
