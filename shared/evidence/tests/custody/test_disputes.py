"""A grave difference opens a dispute; giver and receiver, or in the end the municipality, close it."""

from collections.abc import Callable
from typing import Any

import pytest
from ewaste.contracts.events.logistics import DifferenceCause, HandoverPurpose, ResolutionStated
from ewaste.contracts.fields import Context
from ewaste.evidence.certificates.certify import Certificate, Uncertified, certify
from ewaste.evidence.custody.balance import balance
from ewaste.evidence.custody.disputes import bag_disputes, load_disputes
from ewaste.evidence.custody.fold import Custody, fold
from ewaste.evidence.custody.model import Break, Dispute
from ewaste.evidence.custody.states import bag_of, item_of, load_of, states_of

Settle = Callable[..., Any]
PARTNER = "green-metals"


def _fold(world: Any) -> Custody:
    return fold(world.evidence())


def _one(world: Any, bag_id: str = "B-1") -> Dispute:
    (found,) = bag_disputes(_fold(world), bag_id)
    return found


def _codes(world: Any, batch: str = "X-1") -> list[str]:
    found = certify(world.evidence(), batch, issuer="urn:x", ledger_size=len(world.records), ledger_root=bytes(32))
    return [line.code.value for line in found.reasons] if isinstance(found, Uncertified) else []


@pytest.fixture
def quarrel(world: Any, output: Callable[..., Any]) -> Any:
    """The recycler weighs 8,050 g where the crew weighed 10,050 g, and makes a batch of 8,000 g of it."""
    world.point()
    world.partner()
    world.install("B-1")
    world.drop("I-1", "B-1")
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.receive("L-1", "B-1", off=-2_000)
    world.open("X-1", {"B-1": 8_000})
    world.recycle("X-1", output("F-1", 8_000))
    return world


def test_it_names_what_differs_between_whom_and_where_it_was_seen(quarrel: Any) -> None:
    found = _one(quarrel)
    assert (found.bag_id, found.load_id, found.kind, found.state) == ("B-1", "L-1", "significant", "open")
    assert (found.giver_id, found.receiver_id, found.index) == ("C-1", PARTNER, 7)
    assert (found.decidable_from - found.opened).days == 15
    custody = _fold(quarrel)
    bag, load = bag_of(custody, "B-1"), load_of(custody, "L-1")
    assert bag is not None
    assert load is not None
    assert (bag.disputed, load.state, load.disputed) == (True, "disputed", ("B-1",))
    assert load_disputes(custody, "L-1") == (found,)
    assert _codes(quarrel) == ["bag_disputed"]


def test_both_sides_saying_the_same_ends_it_and_the_agreed_grams_count(quarrel: Any, settlement: Settle) -> None:
    quarrel.state("L-1", "C-1", settlement("B-1", 8_050))
    assert _one(quarrel).state == "open"
    quarrel.state("L-1", PARTNER, settlement("B-1", 8_050, DifferenceCause.MISTYPED))

    found, custody = _one(quarrel), _fold(quarrel)
    bag, load = bag_of(custody, "B-1"), load_of(custody, "L-1")
    assert (found.state, found.settlement, found.gross_grams) == ("resolved", "accepted", 8_050)
    assert found.ended_by == (12, 14)
    assert bag is not None
    assert load is not None
    assert (bag.disputed, bag.gross_grams, bag.net_grams) == (False, 8_050, 8_000)
    assert (load.state, load.disputed) == ("accepted", ())
    assert _codes(quarrel) == []


def test_the_agreed_weight_is_what_the_bag_may_give_to_batches(quarrel: Any, settlement: Settle) -> None:
    quarrel.settle("L-1", settlement("B-1", 7_050))
    (line,) = balance(_fold(quarrel), "X-1").open_lines
    assert (line.code, line.grams, line.limit_grams) == ("bag_over_allocated", 8_000, 7_000)


@pytest.mark.parametrize(("first", "second"), [((8_050,), (8_000,)), ((8_050,), ())])
def test_saying_something_else_ends_nothing(quarrel: Any, settlement: Settle, first: Any, second: Any) -> None:
    quarrel.state("L-1", "C-1", settlement("B-1", *first))
    quarrel.state("L-1", PARTNER, settlement("B-1", *second))
    assert _one(quarrel).state == "open"
    # Whoever changes their mind is heard: the last word of each counts.
    quarrel.state("L-1", PARTNER, settlement("B-1", *first))
    assert _one(quarrel).gross_grams == 8_050


def test_once_agreed_one_side_alone_takes_nothing_back(quarrel: Any, settlement: Settle) -> None:
    quarrel.settle("L-1", settlement("B-1", 8_050))
    quarrel.state("L-1", "C-1", settlement("B-1"))
    assert _one(quarrel).settlement == "accepted"


@pytest.mark.parametrize(("party", "why"), [("C-2", "not_a_party"), ("C-1", "no_grams"), (PARTNER, "not_by_itself")])
def test_whose_word_does_not_count_is_told(quarrel: Any, settlement: Settle, party: str, why: str) -> None:
    said = settlement("B-1", 8_050)
    said = said.model_copy(update={"gross_grams": None}) if why == "no_grams" else said
    # Logistics can't speak for a partner.
    quarrel.say(Context.LOGISTICS, ResolutionStated(load_id="L-1", party_id=party, bags=(said,)))
    found = _one(quarrel)
    assert found.state == "open"
    assert [(each.party_id, each.ignored) for each in found.statements] == [(party, why)]


def test_the_municipality_decides_after_fifteen_days(quarrel: Any, settlement: Settle) -> None:
    quarrel.days = 14
    quarrel.decide("L-1", settlement("B-1", 9_050))
    found = _one(quarrel)
    assert (found.state, [each.ignored for each in found.statements]) == ("open", ["too_early"])
    quarrel.days = 15
    quarrel.decide("L-1", settlement("B-1", 8_050))
    assert (_one(quarrel).state, _one(quarrel).gross_grams) == ("decided", 8_050)
    assert _codes(quarrel) == []


def test_what_was_agreed_before_says_nothing_of_a_later_difference(world: Any, settlement: Settle) -> None:
    """A bag is missing and both say it was found whole; then it is weighed in, far too light."""
    for bag in ("B-1", "B-2"):
        world.collect(bag)
    world.dispatch("L-1", "B-1", "B-2")
    world.receive("L-1", "B-2")
    world.settle("L-1", settlement("B-1", 10_050, DifferenceCause.MIXED_UP))
    assert _one(world).state == "resolved"
    world.receive("L-1", "B-1", off=-5_000)
    found = _one(world)
    assert (found.kind, found.state) == ("significant", "open")
    assert [each.ignored for each in found.statements] == ["too_early", "too_early"]


def test_a_partner_signs_for_nobody_else(quarrel: Any, settlement: Settle) -> None:
    said = ResolutionStated(load_id="L-1", party_id="C-1", bags=(settlement("B-1", 8_050),))
    quarrel.accept(said)
    quarrel.state("L-1", PARTNER, settlement("B-1", 8_050))
    found = _one(quarrel)
    assert (found.state, [each.ignored for each in found.statements]) == ("open", ["not_by_itself", None])


def test_who_agreed_in_time_needs_no_decision(quarrel: Any, settlement: Settle) -> None:
    quarrel.settle("L-1", settlement("B-1", 8_050))
    quarrel.days = 20
    quarrel.decide("L-1", settlement("B-1"))
    assert _one(quarrel).state == "resolved"


def test_one_party_on_both_sides_cannot_settle_with_itself(world: Any, settlement: Settle) -> None:
    world.collect("B-1", gross=10_000)
    world.gross["B-1"] = 8_000
    world.dispatch("L-1", "B-1")
    world.state("L-1", "C-1", settlement("B-1", 8_000))
    assert (_one(world).giver_id, _one(world).receiver_id, _one(world).state) == ("C-1", "C-1", "open")
    world.days = 16
    world.decide("L-1", settlement("B-1", 8_000))
    assert _one(world).state == "decided"


def test_a_bag_lost_in_a_dispute_is_broken_custody(quarrel: Any, settlement: Settle) -> None:
    quarrel.settle("L-1", settlement("B-1"))
    custody = _fold(quarrel)
    item, load = item_of(custody, "I-1"), load_of(custody, "L-1")
    assert item is not None
    assert load is not None
    assert (item.state, item.broken) == ("broken", Break.LOST)
    assert (load.state, load.lost) == ("partly_accepted", ("B-1",))
    assert _codes(quarrel) == []


def test_a_broken_seal_breaks_the_chain_only_while_it_is_in_dispute(world: Any, settlement: Settle) -> None:
    world.drop("I-1", "B-1")
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.receive("L-1", "B-1", seal="S-other")
    assert _one(world).kind == "seal_mismatch"
    assert states_of(_fold(world))["item/I-1"] == "broken"
    world.settle("L-1", settlement("B-1", 10_050, DifferenceCause.SEAL_REPLACED))
    assert states_of(_fold(world))["item/I-1"] == "delivered"


def test_a_missing_and_a_foreign_bag_are_differences_in_the_count(world: Any, settlement: Settle) -> None:
    for bag in ("B-1", "B-2", "B-3"):
        world.collect(bag)
    world.dispatch("L-1", "B-1", "B-2")
    world.receive("L-1", "B-1", "B-3")
    custody = _fold(world)
    assert [(each.bag_id, each.kind, each.giver_id) for each in load_disputes(custody, "L-1")] == [
        ("B-2", "count", "C-1"),
        ("B-3", "count", "C-1"),
    ]
    assert bag_disputes(custody, "B-2") + bag_disputes(custody, "B-3") == load_disputes(custody, "L-1")
    world.settle("L-1", settlement("B-2"), settlement("B-3", 10_050, DifferenceCause.MIXED_UP))
    load = load_of(_fold(world), "L-1")
    assert load is not None
    assert (load.state, load.lost, load.missing) == ("partly_accepted", ("B-2",), ("B-2",))


def test_the_missing_word_ends_a_count_by_itself(world: Any) -> None:
    world.dispatch("L-1", "B-1", "B-2")
    world.receive("L-1", "B-1")
    assert _one(world, "B-2").state == "open"
    world.reject("L-1", "B-2")
    assert bag_disputes(_fold(world), "B-2") == ()


def test_the_parties_are_those_of_the_first_grave_change_of_hands(world: Any, settlement: Settle) -> None:
    world.partner()
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.hand_over("L-1", "B-1", receiver_id="C-2", off=-3_000, purpose=HandoverPurpose.CARRIER_CHANGE)
    world.receive("L-1", "B-1", off=-3_000)
    assert (_one(world).giver_id, _one(world).receiver_id) == ("C-1", "C-2")
    world.settle("L-1", settlement("B-1", 7_050), giver_id="C-1", receiver_id="C-2")
    assert _one(world).state == "resolved"


def test_to_whom_it_was_handed_last_gave_it_to_the_recycler(world: Any) -> None:
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.hand_over("L-1", "B-1", receiver_id="C-2", purpose=HandoverPurpose.CARRIER_CHANGE)
    world.hand_over("L-1", "B-1", giver_id="C-2", receiver_id=PARTNER)
    world.receive("L-1", "B-1", off=-3_000)
    assert (_one(world).giver_id, _one(world).receiver_id) == ("C-2", PARTNER)


@pytest.mark.parametrize(("off", "states"), [(-3_000, ["resolved"]), (-6_000, ["resolved", "open"])])
def test_what_comes_after_the_agreement_is_held_against_it(
    world: Any, settlement: Settle, off: int, states: list[str]
) -> None:
    world.partner()
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.hand_over("L-1", "B-1", receiver_id="C-2", off=-3_000, purpose=HandoverPurpose.CARRIER_CHANGE)
    world.settle("L-1", settlement("B-1", 7_050), receiver_id="C-2")
    world.receive("L-1", "B-1", off=off)
    found = bag_disputes(_fold(world), "B-1")
    assert [each.state for each in found] == states
    assert found[-1].statements == () or len(found) == 1
    if len(found) == 2:
        assert (found[1].giver_id, found[1].receiver_id) == ("C-2", PARTNER)
        world.settle("L-1", settlement("B-1", 4_050), giver_id="C-2")
        bag = bag_of(_fold(world), "B-1")
        assert bag is not None
        assert (bag.disputed, bag.gross_grams) == (False, 4_050)


def test_a_word_that_is_taken_back_was_never_said(quarrel: Any, settlement: Settle) -> None:
    said = quarrel.state("L-1", "C-1", settlement("B-1", 8_050))
    quarrel.state("L-1", PARTNER, settlement("B-1", 8_050))
    quarrel.correct(Context.LOGISTICS, said)
    assert _one(quarrel).state == "open"


def test_the_certificate_tells_the_disputes_that_ended(quarrel: Any, settlement: Settle) -> None:
    quarrel.settle("L-1", settlement("B-1", 8_050))
    found = certify(quarrel.evidence(), "X-1", issuer="urn:x", ledger_size=len(quarrel.records), ledger_root=bytes(32))
    assert isinstance(found, Certificate)
    (told,) = found.content["disputes"]
    assert (told["state"], told["settlement"], told["gross_grams"]) == ("resolved", "accepted", 8_050)
    # The words that ended it, and the partner's own claim behind its word, are evidence.
    assert {12, 13, 14} <= set(found.content["evidence"])
    assert found.content["grams"]["own"] == 8_000
