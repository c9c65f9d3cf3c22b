"""The mass balance gate: what closes, what doesn't, and which line says so."""

from collections.abc import Callable
from typing import Any

import pytest
from ewaste.evidence.custody.balance import Balance, balance
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.open_lines import TEXTS, LineCode, OpenLine
from ewaste.evidence.rules.ruleset import Rules, Tolerance

Output = Callable[..., Any]


def _balance(world: Any, batch_id: str = "X-1", rules: Rules | None = None) -> Balance:
    return balance(fold(world.evidence(), rules or Rules()), batch_id)


def _codes(world: Any, batch_id: str = "X-1") -> dict[str, str]:
    return {line.code.value: line.node for line in _balance(world, batch_id).open_lines}


def test_a_whole_batch_closes_to_the_gram(whole: Any) -> None:
    found = _balance(whole)
    assert found.closes
    assert (found.input_grams, found.output_grams, found.process_loss_grams) == (10_000, 9_900, 100)
    assert found.difference_grams == 0
    assert found.by_operation == {"R3": 3_900, "R4": 6_000}
    assert found.by_material == {"abs_plastic": 3_900, "copper": 6_000}
    assert [(each.bag_id, each.grams, each.net_grams) for each in found.inputs] == [("B-1", 10_000, 10_000)]


@pytest.mark.parametrize(
    ("out", "loss", "closes"),
    [
        (9_800, 0, True),
        (9_799, 0, False),
        (9_799, 1, True),
        (10_200, 0, True),
        (10_201, 0, False),
        (5_000, 4_800, True),
        (10_000, 201, False),
    ],
)
def test_two_percent_of_the_inputs_and_not_one_gram_more(
    world: Any, output: Output, out: int, loss: int, closes: bool
) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", out), loss=loss)
    assert _balance(world).closes is closes
    if not closes:
        (line,) = _balance(world).open_lines
        assert (line.code, line.node) == (LineCode.GRAMS_NOT_BALANCED, "batch/X-1")
        assert (line.grams, line.limit_grams) == (abs(10_000 - out - loss), 200)


@pytest.mark.parametrize(("out", "closes"), [(900, True), (899, False), (1_100, True), (1_101, False)])
def test_one_scale_division_for_a_small_batch(world: Any, output: Output, out: int, closes: bool) -> None:
    world.install("B-1")
    world.collect("B-1", gross=1_050)
    world.open("X-1", {"B-1": 1_000})
    world.recycle("X-1", output("F-1", out))
    assert _balance(world).closes is closes


def test_the_tolerance_is_a_parameter(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 9_999))
    assert not _balance(world, rules=Rules(Tolerance(basis_points=0, scale_division_grams=0))).closes


def test_other_clients_grams_are_balanced_too(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000}, other=30_000)
    world.recycle("X-1", output("F-1", 39_200))
    found = _balance(world)
    assert found.closes
    assert (found.own_grams, found.other_client_grams, found.input_grams) == (10_000, 30_000, 40_000)
    assert (found.difference_grams, found.tolerance_grams) == (800, 800)


def test_an_interim_fraction_keeps_the_batch_open_until_it_is_treated(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 6_000), output("F-2", 4_000, "R12"))
    assert _codes(world) == {"fraction_not_treated": "fraction/X-1/F-2"}
    assert _balance(world).by_operation == {"R12": 4_000, "R4": 6_000}
    world.treat("X-1", "F-2", 4_000, output("F-3", 3_000, "R3"), output("F-4", 900, "R13"), loss=100)
    assert _codes(world) == {"fraction_not_treated": "fraction/X-1/F-4"}
    world.treat("X-1", "F-4", 900, output("F-5", 900, "R5"), id="T-2")
    found = _balance(world)
    assert found.closes
    assert found.by_operation == {"R3": 3_000, "R4": 6_000, "R5": 900}
    assert found.process_loss_grams == 100


def test_a_fraction_may_be_treated_in_parts(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R13"))
    world.treat("X-1", "F-1", 6_000, output("F-2", 6_000))
    assert _codes(world)["fraction_grams_differ"] == "fraction/X-1/F-1"
    world.treat("X-1", "F-1", 4_000, output("F-3", 4_000), id="T-2")
    assert _balance(world).closes


@pytest.mark.parametrize(("treated", "out", "code"), [(9_799, 9_799, "fraction_grams_differ"), (9_800, 9_600, "")])
def test_treated_grams_must_be_the_fractions(world: Any, output: Output, treated: int, out: int, code: str) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", treated, output("F-2", out), loss=treated - out)
    assert code in {*_codes(world), ""}
    assert (code == "") is ("fraction_grams_differ" not in _codes(world))


def test_tolerances_do_not_add_up_along_the_chain(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 9_850, "R12"))
    world.treat("X-1", "F-1", 9_750, output("F-2", 9_600))
    assert _codes(world) == {"grams_not_balanced": "batch/X-1"}


def test_a_treatment_balances_by_itself(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 9_700))
    assert _codes(world)["treatment_not_balanced"] == "fraction/X-1/F-1"


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        (("R12", "F-1", "F-1"), "fraction_named_twice"),
        (("R4", "F-1", "F-2"), "fraction_already_final"),
        (("R4", "F-9", "F-8"), "fraction_unknown"),
    ],
)
def test_a_chain_that_contradicts_itself_is_open(
    whole: Any, output: Output, chain: tuple[str, str, str], code: str
) -> None:
    operation, treated, gave = chain
    del whole.records[-2:]
    whole.recycle("X-1", output("F-1", 10_000, operation))
    whole.treat("X-1", treated, 10_000, output(gave, 10_000))
    assert _codes(whole)[code] == f"fraction/X-1/{treated}"


def test_treatments_in_a_circle_end(world: Any, output: Output) -> None:
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 10_000, "R13"))
    world.treat("X-1", "F-2", 10_000, output("F-1", 10_000, "R12"), id="T-2")
    world.treat("X-1", "F-7", 10_000, output("F-8", 10_000, "R12"), id="T-3")
    world.treat("X-1", "F-8", 10_000, output("F-7", 10_000, "R12"), id="T-4")
    assert {"fraction_named_twice", "fraction_unknown"} <= set(_codes(world))


def test_one_treatment_said_by_two_events_is_counted_by_none(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 5_000, output("F-2", 5_000))
    world.treat("X-1", "F-1", 5_000, output("F-3", 5_000))
    assert _codes(world) == {"treatment_recorded_twice": "fraction/X-1/F-1"}


@pytest.mark.parametrize(("grams", "over"), [(10_200, False), (10_201, True)])
def test_no_more_of_a_bag_than_it_weighed(world: Any, output: Output, grams: int, over: bool) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": grams})
    world.recycle("X-1", output("F-1", grams))
    assert (_codes(world) == {"bag_over_allocated": "bag/B-1"}) is over


@pytest.mark.parametrize(("second", "over"), [(5_000, False), (5_200, False), (5_201, True)])
def test_a_bag_may_be_split_but_never_beyond_what_it_weighed(
    world: Any, output: Output, second: int, over: bool
) -> None:
    world.deliver("L-1", "B-1")
    for batch, grams in (("X-1", 5_000), ("X-2", second)):
        world.open(batch, {"B-1": grams})
        world.recycle(batch, output("F-1", grams))
    wanted = {"bag_over_allocated": "bag/B-1"} if over else {}
    assert _codes(world, "X-1") == _codes(world, "X-2") == wanted
    for line in _balance(world, "X-2").open_lines:
        assert (line.grams, line.limit_grams) == (10_201, 10_000)


def test_a_bag_that_was_never_weighed_or_weighed_twice_is_open(world: Any, output: Output) -> None:
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000))
    assert _codes(world) == {"bag_not_weighed": "bag/B-1"}
    world.collect("B-1")
    assert _balance(world).closes
    world.collect("B-1", gross=9_950)
    assert _codes(world) == {"bag_weighed_twice": "bag/B-1"}


def test_the_collection_that_hung_a_bag_is_not_its_weighing(world: Any, output: Output) -> None:
    world.collect("B-0", next_bag_id="B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000))
    assert _codes(world) == {"bag_not_weighed": "bag/B-1"}


def test_a_batch_opened_or_processed_twice_is_open(whole: Any, output: Output) -> None:
    whole.open("X-1", {"B-1": 10_000})
    whole.recycle("X-1", output("F-9", 10_000))
    assert _codes(whole) == {"batch_opened_twice": "batch/X-1", "batch_recycled_twice": "batch/X-1"}


def test_a_batch_nobody_spoke_of_does_not_close(world: Any) -> None:
    assert _codes(world) == {"batch_not_opened": "batch/X-1", "batch_not_recycled": "batch/X-1"}


def test_landfill_and_reuse_are_told_apart(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    reused = output("F-1", 1_000, "R11", "batteries").model_copy(update={"prepared_for_reuse": True})
    world.recycle("X-1", reused, *(output(f"F-{code}", 3_000, code) for code in ("D1", "D5", "D12")))
    found = _balance(world)
    assert (found.landfill_grams, found.reuse_grams) == (9_000, 1_000)


@pytest.mark.parametrize("code", LineCode)
def test_every_line_speaks_both_languages(code: LineCode) -> None:
    line = OpenLine(code, "batch/X-1", 1_200, 1_000)
    assert set(TEXTS) == set(LineCode)
    assert line.text_en.startswith("batch/X-1: ")
    assert any("\u0e00" <= letter <= "\u0e7f" for letter in line.text_th)
    assert line.to_dict()["code"] == code.value
