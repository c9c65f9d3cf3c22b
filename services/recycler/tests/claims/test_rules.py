"""Grams are single-use: no order of claims makes more of them come out than went in."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import BagInLoad, Difference
from ewaste.contracts.events.recycler import FractionTreated, LoadReceived, RefusalReason
from ewaste.contracts.ids import uuid7
from ewaste.evidence.keys import VerifyingKey
from ewaste.evidence.rules import DEFAULT_RULES
from ewaste.recycler.claims.authenticity import authenticate
from ewaste.recycler.claims.judgement import judge
from ewaste.recycler.claims.model import NotAccepted, Register, Terms
from ewaste.recycler.partners.model import Known, Partner, PartnerKey
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = "urn:ewaste:test:recycler"
TERMS = Terms(SOURCE, DEFAULT_RULES)


class Court:
    """One register, and partners whose claims come before it."""

    def __init__(self) -> None:
        self.register = Register()

    def hears(self, recycler: Any, data: Any, *, id: UUID | None = None, time: Any = None) -> Any:
        """The fact's data, None for a repetition, or the reason of the refusal."""
        record = recycler.record(data, id=id or uuid7(), time=time or recycler.noon)
        partner = Partner(recycler.partner_id, date(2026, 1, 1), date(2026, 12, 31))
        key = PartnerKey(recycler.partner_id, VerifyingKey(recycler.jwk), False)
        known = Known({recycler.partner_id: partner}, {key.verifier.kid: key})
        claim = authenticate(record, known)
        before = self.register.copy()
        was = before.loads, before.batches, before.bag_uses
        try:
            now = recycler.noon + timedelta(days=2)
            return judge(self.register, claim, partner, terms=TERMS, fact_id=uuid7(), now=now)
        except NotAccepted as refused:
            left = self.register
            assert was == (left.loads, left.batches, left.bag_uses), "a refusal left a trace"
            return refused.reason


@pytest.fixture
def court() -> Court:
    return Court()


def treated(
    recycler: Any, treatment_id: str, fraction_id: str, grams: int, **outputs: tuple[int, str]
) -> FractionTreated:
    recycled = recycler.recycled("b1", outputs)
    return FractionTreated(
        treatment_id=treatment_id, batch_id="b1", fraction_id=fraction_id, partner_id=recycler.partner_id,
        facility_id="f", grams=grams, outputs=recycled.outputs,
    )  # fmt: skip


def corrected(recycler: Any, event_id: UUID, **more: Any) -> EventCorrected:
    source = f"urn:ewaste:partner:{recycler.partner_id}"
    told = {"corrected_event_id": str(event_id), "corrected_source": source, "reason": "mistyped"}
    return EventCorrected.model_validate(told | more)


def test_a_bag_goes_into_one_batch_only_whoever_opens_it(court: Court, recycler: Any, another: Any) -> None:
    assert court.hears(recycler, recycler.opened("b1", {"g1": 10})).batch_id == "b1"
    assert court.hears(recycler, recycler.opened("b2", {"g2": 1, "g1": 10})) == RefusalReason.BAG_OVER_ALLOCATED
    assert court.hears(another, another.opened("b3", {"g1": 10})) == RefusalReason.BAG_OVER_ALLOCATED
    assert court.hears(another, another.opened("b3", {"g2": 10})).batch_id == "b3"


def test_a_batch_is_opened_and_recycled_once_by_one_partner(court: Court, recycler: Any, another: Any) -> None:
    outputs = {"iron": (10, "R4")}
    assert court.hears(recycler, recycler.recycled("b1", outputs)) == RefusalReason.BATCH_UNKNOWN
    court.hears(recycler, recycler.opened("b1", {"g1": 10}))
    assert court.hears(recycler, recycler.opened("b1", {"g2": 10})) == RefusalReason.BATCH_ALREADY_OPENED
    assert court.hears(another, another.opened("b1", {"g2": 10})) == RefusalReason.BATCH_OF_ANOTHER_PARTNER
    assert court.hears(another, another.recycled("b1", outputs)) == RefusalReason.BATCH_OF_ANOTHER_PARTNER
    assert court.hears(recycler, recycler.recycled("b1", outputs)).batch_id == "b1"
    assert court.hears(recycler, recycler.recycled("b1", outputs)) == RefusalReason.BATCH_ALREADY_RECYCLED


@pytest.mark.parametrize(("loss", "accepted"), [(0, True), (40, True), (41, False)])
def test_no_more_comes_out_than_went_in(court: Court, recycler: Any, loss: int, accepted: bool) -> None:
    court.hears(recycler, recycler.opened("b1", {"g1": 100, "g2": 50}, other_client_grams=30))
    claim = recycler.recycled("b1", {"iron": (100, "R4"), "dust": (40, "D10")}, process_loss_grams=loss)
    assert (court.hears(recycler, claim) != RefusalReason.OUTPUTS_EXCEED_INPUTS) is accepted


def test_an_interim_fraction_is_treated_until_it_is_used_up(court: Court, recycler: Any) -> None:
    court.hears(recycler, recycler.opened("b1", {"g1": 100}))
    court.hears(recycler, recycler.recycled("b1", {"mix": (60, "R12"), "iron": (40, "R4")}))
    assert court.hears(recycler, treated(recycler, "t1", "mix", 40, cu=(30, "R4"))).treatment_id == "t1"
    assert court.hears(recycler, treated(recycler, "t1", "mix", 5, al=(5, "R4"))) == "treatment_already_recorded"
    assert court.hears(recycler, treated(recycler, "t2", "mix", 21, al=(5, "R4"))) == "outputs_exceed_inputs"
    assert court.hears(recycler, treated(recycler, "t2", "mix", 20, al=(21, "R4"))) == "outputs_exceed_inputs"
    assert court.hears(recycler, treated(recycler, "t2", "mix", 20, cu=(20, "R4"))) == "fraction_already_recorded"
    assert court.hears(recycler, treated(recycler, "t2", "iron", 20, al=(20, "R4"))) == "fraction_unknown"
    assert court.hears(recycler, treated(recycler, "t2", "none", 20, al=(20, "R4"))) == "fraction_unknown"
    assert court.hears(recycler, treated(recycler, "t2", "mix", 20, al=(20, "R4"))).treatment_id == "t2"


def test_a_load_is_weighed_in_once_and_its_sum_closes(court: Court, recycler: Any, another: Any) -> None:
    claim = recycler.received("L1", g1=10, g2=20)
    wrong = claim.model_copy(update={"received_grams": 31})
    assert court.hears(recycler, wrong) == RefusalReason.SUMS_DO_NOT_CLOSE
    assert (
        court.hears(recycler, recycler.received("L1", g1=10).model_copy(update={"bags": claim.bags[:1] * 2}))
        == "schema"
    )
    assert court.hears(recycler, claim).load_id == "L1"
    assert court.hears(recycler, recycler.received("L1", g1=9)) == RefusalReason.LOAD_ALREADY_RECEIVED
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
    court: Court, recycler: Any, grams: int, seal: str, bags: int, difference: Difference
) -> None:
    sent = [BagInLoad(bag_id=f"g{n}", seal_number="s1", gross_grams=10_000 // bags) for n in range(bags)]
    court.register.dispatched = {"L1": {bag.bag_id: bag for bag in sent}}
    whole = recycler.received("L1", g0=grams).model_dump() | {"difference": "matched"}
    whole["bags"][0]["seal_read"] = seal
    fact = court.hears(recycler, LoadReceived.model_validate(whole))
    assert fact.difference is difference


def test_a_partner_never_sets_the_difference_itself(court: Court, recycler: Any) -> None:
    claim = recycler.received("L1", g1=10).model_copy(update={"difference": Difference.MATCHED})
    assert court.hears(recycler, claim).difference is None


def test_the_licence_covers_whole_thai_days(court: Court, recycler: Any) -> None:
    last = recycler.noon.replace(month=12, day=31, hour=16, minute=59)
    first = recycler.noon.replace(year=2025, month=12, day=31, hour=17)
    assert court.hears(recycler, recycler.opened("b0", {"g0": 1}), time=last) == RefusalReason.TIME_IN_FUTURE
    assert court.hears(recycler, recycler.opened("b1", {"g1": 1}), time=first).batch_id == "b1"
    early = first - timedelta(microseconds=1)
    assert court.hears(recycler, recycler.opened("b2", {"g2": 1}), time=early) == RefusalReason.OUTSIDE_LICENCE


def test_corrections_free_what_the_claim_had_used(court: Court, recycler: Any) -> None:
    opening, recycling, treating = uuid7(), uuid7(), uuid7()
    court.hears(recycler, recycler.opened("b1", {"g1": 100}), id=opening)
    court.hears(recycler, recycler.recycled("b1", {"mix": (100, "R12")}), id=recycling)
    court.hears(recycler, treated(recycler, "t1", "mix", 100, cu=(100, "R4")), id=treating)

    assert court.hears(recycler, corrected(recycler, opening)) == RefusalReason.CORRECTED_EVENT_IN_USE
    assert court.hears(recycler, corrected(recycler, recycling)) == RefusalReason.CORRECTED_EVENT_IN_USE
    for event_id in (treating, recycling, opening):
        fact_id = court.register.claims[recycler.partner_id, event_id].fact_id
        fact = court.hears(recycler, corrected(recycler, event_id))
        assert (fact.corrected_event_id, fact.corrected_source) == (str(fact_id), SOURCE)
        assert court.hears(recycler, corrected(recycler, event_id)) == RefusalReason.CORRECTED_EVENT_UNKNOWN

    assert court.hears(recycler, recycler.opened("b2", {"g1": 90})).batch_id == "b2"


def test_nobody_corrects_what_was_never_accepted(court: Court, recycler: Any, another: Any) -> None:
    opening = uuid7()
    court.hears(recycler, recycler.opened("b1", {"g1": 100}), id=opening)
    assert court.hears(another, corrected(another, opening)) == RefusalReason.CORRECTED_EVENT_UNKNOWN
    own = corrected(recycler, opening, corrected_source=f"urn:ewaste:partner:{another.partner_id}")
    assert court.hears(recycler, own) == RefusalReason.CORRECTED_EVENT_UNKNOWN
    assert court.hears(recycler, corrected(recycler, uuid7())) == RefusalReason.CORRECTED_EVENT_UNKNOWN
    assert court.hears(recycler, corrected(recycler, "not-an-id")) == RefusalReason.SCHEMA


def test_a_replacement_is_named_by_its_fact(court: Court, recycler: Any) -> None:
    wrong, right = uuid7(), uuid7()
    court.hears(recycler, recycler.opened("b1", {"g1": 100}), id=wrong)
    court.hears(recycler, recycler.opened("b2", {"g2": 90}), id=right)
    fact = court.hears(recycler, corrected(recycler, wrong, replacement_event_id=str(right)))
    assert fact.replacement_event_id == str(court.register.claims[recycler.partner_id, right].fact_id)


_BAGS = st.dictionaries(st.sampled_from(["g1", "g2", "g3", "g4"]), st.integers(1, 50), min_size=1)
_OUTPUTS = st.dictionaries(
    st.sampled_from(["x", "y"]), st.tuples(st.integers(1, 60), st.sampled_from(["R4", "R12"])), min_size=1
)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.sampled_from(["b1", "b2"]), _BAGS, st.integers(0, 20)),
        st.tuples(st.just("recycle"), st.sampled_from(["b1", "b2"]), _OUTPUTS, st.integers(0, 20)),
        st.tuples(st.just("correct"), st.integers(0, 8)),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps=_STEPS)
def test_no_sequence_of_claims_makes_grams(one_recycler: Any, steps: list[Any]) -> None:
    court, recycler, ids = Court(), one_recycler, [uuid7() for _ in range(12)]
    for number, step in enumerate(steps):
        kind, *what = step
        if kind == "correct":
            court.hears(recycler, corrected(recycler, ids[what[0]]), id=ids[number])
            continue
        batch, contents, more = what
        claim = (
            recycler.opened(batch, contents, other_client_grams=more)
            if kind == "open"
            else recycler.recycled(batch, contents, process_loss_grams=more)
        )
        court.hears(recycler, claim, id=ids[number])
    uses = Counter(bag for batch in court.register.batches.values() for bag in batch.bags)
    assert set(uses.values()) <= {1}
    assert court.register.bag_uses == {b: id for id, batch in court.register.batches.items() for b in batch.bags}
    for batch in court.register.batches.values():
        out = sum(fraction.grams for fraction in batch.fractions.values()) + (batch.process_loss_grams or 0)
        assert out <= batch.input_grams
        assert batch.recycled_at or not batch.fractions
