"""A correction frees what the claim had used, from the end backwards, and only by whoever made the claim."""

from typing import Any

from ewaste.contracts.events.recycler import RefusalReason
from ewaste.contracts.ids import uuid7

UNKNOWN = RefusalReason.CORRECTED_EVENT_UNKNOWN


def test_corrections_free_what_the_claim_had_used(court: Any, recycler: Any, treated: Any, corrected: Any) -> None:
    court.weighed(g1=100)
    opening, recycling, treating, further = uuid7(), uuid7(), uuid7(), uuid7()
    court.hears(recycler, recycler.opened("b1", {"g1": 100}), id=opening)
    court.hears(recycler, recycler.recycled("b1", {"mix": (100, "R12")}), id=recycling)
    court.hears(recycler, treated(recycler, "t1", "mix", 100, {"cu": (100, "R12")}), id=treating)
    court.hears(recycler, treated(recycler, "t2", "cu", 100, {"cu-2": (100, "R4")}), id=further)

    for id in (opening, recycling, treating):
        assert court.hears(recycler, corrected(recycler, id)) == RefusalReason.CORRECTED_EVENT_IN_USE
    for id in (further, treating, recycling, opening):
        fact_id = court.register.claims[recycler.partner_id, id].fact_id
        fact = court.hears(recycler, corrected(recycler, id))
        assert (fact.corrected_event_id, fact.corrected_source) == (str(fact_id), court.terms.source)
        assert court.hears(recycler, corrected(recycler, id)) == UNKNOWN

    assert court.hears(recycler, recycler.opened("b2", {"g1": 90})).batch_id == "b2"


def test_nobody_corrects_what_was_never_accepted(court: Any, recycler: Any, another: Any, corrected: Any) -> None:
    opening = uuid7()
    court.hears(recycler, recycler.opened("b1", {"g1": 100}), id=opening)
    assert court.hears(another, corrected(another, opening)) == UNKNOWN
    own = corrected(recycler, opening, corrected_source=f"urn:ewaste:partner:{another.partner_id}")
    assert court.hears(recycler, own) == UNKNOWN
    assert court.hears(recycler, corrected(recycler, uuid7())) == UNKNOWN
    assert court.hears(recycler, corrected(recycler, "not-an-id")) == RefusalReason.SCHEMA


def test_a_replacement_is_named_by_its_fact(court: Any, recycler: Any, corrected: Any) -> None:
    wrong, right = uuid7(), uuid7()
    court.hears(recycler, recycler.opened("b1", {"g1": 100}), id=wrong)
    court.hears(recycler, recycler.opened("b2", {"g2": 90}), id=right)
    fact = court.hears(recycler, corrected(recycler, wrong, replacement_event_id=str(right)))
    assert fact.replacement_event_id == str(court.register.claims[recycler.partner_id, right].fact_id)
