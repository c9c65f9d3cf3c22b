"""What became of a batch: how whole custody was, which pieces count where, and what schemes are assessed on."""

from collections.abc import Callable
from typing import Any

import pytest
from ewaste.contracts.events.dropoff import Category
from ewaste.evidence.custody.balance import Balance, balance
from ewaste.evidence.custody.fold import Custody, fold
from ewaste.evidence.custody.model import Break
from ewaste.evidence.custody.outcome import coverage_of, outcome_of, pieces_of
from ewaste.evidence.custody.states import item_of
from ewaste.evidence.rules.outcome import CoverageGrams

Output = Callable[..., Any]


def _read(world: Any, batch: str = "X-1") -> tuple[Custody, Balance]:
    custody = fold(world.evidence())
    return custody, balance(custody, batch)


def _two_bags(world: Any, output: Output, *, other: int = 0, second_box: str = "P-1") -> None:
    for bag, box in (("B-1", "P-1"), ("B-2", second_box)):
        world.drop(f"I-{bag}", bag)
        world.collect(bag, point_id=box)
    world.open("X-1", {"B-1": 10_000, "B-2": 4_000}, other=other)
    world.recycle("X-1", output("F-1", 14_000 + other))


@pytest.mark.parametrize(
    ("case", "broken", "wanted"),
    [
        ({}, (), CoverageGrams(identity_preserved=14_000)),
        ({}, ("B-2",), CoverageGrams(segregated=10_000, broken=4_000)),
        ({"second_box": "P-2"}, (), CoverageGrams(segregated=14_000)),
        ({"other": 1}, (), CoverageGrams(mass_balance=14_000)),
        ({"other": 1}, ("B-1", "B-2"), CoverageGrams(broken=14_000)),
    ],
)
def test_how_whole_custody_was(
    world: Any, output: Output, case: dict[str, Any], broken: tuple[str, ...], wanted: CoverageGrams
) -> None:
    _two_bags(world, output, **case)
    if broken:
        world.declare_break(*broken)
    assert coverage_of(*_read(world)) == wanted


def test_items_of_a_broken_bag_are_broken_and_not_counted(world: Any, output: Output) -> None:
    _two_bags(world, output)
    world.declare_break("B-2")
    custody, balanced = _read(world)
    item = item_of(custody, "I-B-2")
    assert item is not None
    assert (item.state, item.broken, item.break_reason) == ("broken", Break.CUSTODY_BROKEN, "mixed")
    pieces = pieces_of(custody, balanced)
    assert (pieces.by_category, pieces.in_broken_bags) == ({Category.PHONE: 1}, 1)


def test_pieces_of_a_split_bag_count_in_the_batch_that_opened_it_first(world: Any, output: Output) -> None:
    world.drop("I-1", "B-1")
    world.collect("B-1")
    for batch, grams in (("X-1", 2_000), ("X-2", 8_000)):
        world.open(batch, {"B-1": grams})
        world.recycle(batch, output("F-1", grams))
    counted = {batch: pieces_of(*_read(world, batch)) for batch in ("X-1", "X-2")}
    assert [(each.total, each.in_other_batches) for each in counted.values()] == [(1, 0), (0, 1)]


def test_the_outcome_has_every_final_output_and_what_sorting_found(world: Any, output: Output) -> None:
    found = {Category.PHONE: 6_000, Category.CABLE: 4_000}
    world.collect("B-1")
    world.open("X-1", {"B-1": 10_000}, other=1_000, sorted=found)
    world.recycle("X-1", output("F-1", 7_000, "R12"), output("F-2", 3_900, prepared_for_reuse=True), loss=100)
    world.treat("X-1", "F-1", 7_000, output("F-3", 6_900, "R1"), loss=100)
    outcome = outcome_of(*_read(world))
    assert (outcome.input_grams, outcome.own_grams, outcome.process_loss_grams) == (11_000, 10_000, 200)
    assert sorted((each.operation, each.grams, each.prepared_for_reuse) for each in outcome.outputs) == [
        ("R1", 6_900, False),
        ("R4", 3_900, True),
    ]
    assert outcome.input_by_category == found


def test_sorted_grams_are_what_went_in_to_the_gram(world: Any, output: Output) -> None:
    world.collect("B-1")
    world.open("X-1", {"B-1": 10_000}, sorted={Category.PHONE: 9_999})
    world.recycle("X-1", output("F-1", 10_000))
    (line,) = _read(world)[1].open_lines
    assert (line.code, line.grams, line.limit_grams) == ("sorted_grams_differ", 9_999, 10_000)


NUMBERS = {"basel_notification_number": "TH-2026-1", "basel_movement_number": "7"}


@pytest.mark.parametrize(
    ("abroad", "numbers", "codes"),
    [
        ({"facility_country": "JP"}, NUMBERS, []),
        ({"facility_country": "JP"}, {}, ["basel_numbers_missing"]),
        ({"facility_country": "JP"}, {"basel_movement_number": "7"}, ["basel_numbers_missing"]),
        ({"facility_country": "TH"}, {}, []),
        ({}, {}, []),
    ],
)
def test_what_is_treated_abroad_carries_both_basel_numbers(
    world: Any, output: Output, abroad: dict[str, str], numbers: dict[str, str], codes: list[str]
) -> None:
    world.collect("B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 10_000), **abroad, **numbers)
    assert [line.code for line in _read(world)[1].open_lines] == codes


@pytest.mark.parametrize(("numbers", "codes"), [(NUMBERS, []), ({}, ["basel_numbers_missing"])])
def test_so_does_what_leaves_the_country_after_a_treatment_here(
    world: Any, output: Output, numbers: dict[str, str], codes: list[str]
) -> None:
    world.collect("B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 10_000, facility_country="KR"), **numbers)
    assert [line.code for line in _read(world)[1].open_lines] == codes


@pytest.mark.parametrize(("country", "codes"), [("BE", ["final_output_abroad"]), ("TH", []), (None, [])])
def test_no_output_of_a_batch_ends_abroad_without_a_treatment(
    world: Any, output: Output, country: str | None, codes: list[str]
) -> None:
    world.collect("B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, facility_country=country))
    assert [line.code for line in _read(world)[1].open_lines] == codes
