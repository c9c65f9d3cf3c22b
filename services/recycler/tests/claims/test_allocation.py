"""Grams are single-use: all batches of all recyclers take no more of a bag than it held."""

from typing import Any

import pytest
from ewaste.contracts.events.recycler import RefusalReason
from ewaste.contracts.ids import uuid7
from ewaste.recycler.claims.model import Settlement, Weighings

OVER = RefusalReason.BAG_OVER_ALLOCATED


def test_a_bag_is_divided_over_batches_of_several_recyclers(court: Any, recycler: Any, another: Any) -> None:
    court.weighed(g1=10_000)
    assert court.hears(recycler, recycler.opened("b1", {"g1": 6_000})).batch_id == "b1"
    assert court.hears(recycler, recycler.opened("b2", {"g1": 3_000})).batch_id == "b2"
    assert court.hears(another, another.opened("b3", {"g1": 1_201})) == OVER
    assert "1000 g of bag g1 are left" in court.refused.detail
    assert "10000 g (collected), 6000 g in b1, 3000 g in b2" in court.refused.detail
    assert court.refused.field == "data.inputs.0.bag_id"
    assert court.hears(another, another.opened("b3", {"g1": 1_200})).batch_id == "b3"
    assert court.register.bag_uses == {"g1": {"b1": 6_000, "b2": 3_000, "b3": 1_200}}


@pytest.mark.parametrize(("net", "allowed"), [(10_000, 10_200), (1_000, 1_100), (5_000, 5_100), (50_000, 51_000)])
def test_two_scales_may_differ_by_the_tolerance_once(court: Any, recycler: Any, net: int, allowed: int) -> None:
    court.weighed(g1=net, g2=net)
    assert court.hears(recycler, recycler.opened("b1", {"g1": allowed})).batch_id == "b1"
    assert court.hears(recycler, recycler.opened("b2", {"g1": 1})) == OVER
    assert court.hears(recycler, recycler.opened("b2", {"g2": allowed + 1})) == OVER


def test_the_bag_at_fault_is_named_among_many(court: Any, recycler: Any) -> None:
    court.weighed(g1=1_000, g2=1_000)
    assert court.hears(recycler, recycler.opened("b1", {"g3": 5, "g1": 900, "g2": 1_101})) == OVER
    assert court.refused.field == "data.inputs.2.bag_id"
    assert court.register.bag_uses == {}


def test_a_bag_that_nobody_weighed_is_left_to_the_custody_fold(court: Any, recycler: Any, another: Any) -> None:
    assert court.hears(recycler, recycler.opened("b1", {"g1": 9_000})).batch_id == "b1"
    assert court.hears(another, another.opened("b2", {"g1": 9_000})).batch_id == "b2"
    court.weighed(g1=9_000)
    assert court.hears(recycler, recycler.opened("b3", {"g1": 1})) == OVER
    assert "0 g of bag g1 are left" in court.refused.detail


def test_the_best_word_about_a_weight_counts(court: Any, recycler: Any, resolved: Any) -> None:
    def told(**more: Any) -> None:
        court.register.weighings = {"g1": Weighings(**more)}

    def takes(grams: int) -> bool:
        opening = uuid7()
        court.register.batches.clear()
        court.register.bag_uses.clear()
        return bool(court.hears(recycler, recycler.opened("b1", {"g1": grams}), id=opening) != OVER)

    told(dispatched_gross_grams=20_000)
    assert (takes(20_400), takes(20_401)) == (True, False)
    court.hears(recycler, recycler.received("L1", g1=18_000))
    assert (takes(18_360), takes(18_361)) == (True, False)
    told(dispatched_gross_grams=20_000, collected_gross_grams=10_300, tare_grams=300)
    assert (takes(10_200), takes(10_201)) == (True, False)
    carrier = Settlement("L1", 15_300, decided=False)
    told(collected_gross_grams=10_300, tare_grams=300, settlements=(carrier,))
    assert takes(10_201) is False, "one side's word settles nothing"
    court.hears(recycler, resolved(recycler, "L1", g1=15_000))
    assert takes(10_201) is False, "they don't say the same"
    court.hears(recycler, resolved(recycler, "L1", g1=15_300))
    assert (takes(15_300), takes(15_301)) == (True, False)
    municipality = Settlement("L1", 12_300, decided=True)
    told(collected_gross_grams=10_300, tare_grams=300, settlements=(municipality, carrier))
    assert (takes(12_240), takes(12_241)) == (True, False)


def test_a_correction_gives_the_grams_back(court: Any, recycler: Any, another: Any, corrected: Any) -> None:
    court.weighed(g1=10_000)
    first = uuid7()
    court.hears(recycler, recycler.opened("b1", {"g1": 7_000}), id=first)
    court.hears(recycler, recycler.opened("b2", {"g1": 3_000}))
    assert court.hears(another, another.opened("b3", {"g1": 7_000})) == OVER
    court.hears(recycler, corrected(recycler, first))
    assert court.register.bag_uses == {"g1": {"b2": 3_000}}
    assert court.hears(another, another.opened("b3", {"g1": 7_000})).batch_id == "b3"


def test_many_batches_of_one_bag_are_told_shortly(court: Any, recycler: Any) -> None:
    court.weighed(g1=1_000)
    for number in range(5):
        court.hears(recycler, recycler.opened(f"b{number}", {"g1": 200}))
    assert court.hears(recycler, recycler.opened("b9", {"g1": 200})) == OVER
    assert court.refused.detail.endswith("200 g in b0, 200 g in b1, 200 g in b2 and 2 more")
