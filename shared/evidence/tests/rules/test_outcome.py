"""What a batch reaches under every scheme: hand-computed cases, and what must hold of any batch."""

import tomllib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.recycler import Operation
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.rules.operations import is_final
from ewaste.evidence.rules.outcome import CoverageGrams, FinalOutput, Outcome, assess
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from hypothesis import given
from hypothesis import strategies as st

CASES = tomllib.loads(Path(__file__).with_name("scheme_cases.toml").read_text("utf-8"))["case"]
LEVELS = ("none", "silver", "gold", "platinum")
FINAL = [each for each in Operation if is_final(each)]


def outcome_of(case: dict[str, Any]) -> Outcome:
    own = case.get("own", case["input"])
    reuse = case.get("reuse", 0)
    rows = [FinalOutput(Operation(code), "metal", grams) for code, grams in case["outputs"].items()]
    if reuse:
        rows = [replace(row, grams=row.grams - reuse) if row.operation is Operation.R4 else row for row in rows]
        rows.append(FinalOutput(Operation.R4, "parts", reuse, prepared_for_reuse=True))
    return Outcome(
        input_grams=case["input"],
        own_grams=own,
        outputs=tuple(rows),
        coverage=CoverageGrams(**case.get("coverage", {"segregated": own})),
        process_loss_grams=case.get("loss", 0),
        interim_grams=case.get("interim", 0),
        pieces_by_category={Category(name): count for name, count in case.get("pieces", {}).items()},
        input_by_category=(
            {Category(name): grams for name, grams in case["sorted"].items()} if "sorted" in case else None
        ),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_hand_computed(case: dict[str, Any]) -> None:
    found = assess(outcome_of(case), DEFAULT_RULES)
    said = {}
    for path in case["expect"]:
        scheme, name = path.split(".")
        said[path] = found[scheme][name]
    assert said == case["expect"]


def test_every_scheme_is_told_apart_with_the_file_that_decided() -> None:
    found = assess(outcome_of(CASES[0]), DEFAULT_RULES)
    assert {f"{name}.1" for name in found} | {"custody.1"} == set(DEFAULT_RULES.digests())
    assert all(entry["rules"] == f"{name}.1" for name, entry in found.items())


def test_what_is_burned_or_landfilled_is_not_reused_whatever_its_record_says() -> None:
    rows = tuple(FinalOutput(each, "parts", 100, prepared_for_reuse=True) for each in FINAL)
    found = assess(_outcome(rows), DEFAULT_RULES)["upcycle"]
    assert (found["reuse_grams"], found["recycled_grams"]) == (800, 0)  # R2 to R9


def test_another_factor_is_used_for_its_category_only() -> None:
    schemes = DEFAULT_RULES.schemes
    climate = type(schemes.climate).model_validate_json(
        '{"version": 2, "title": "t", "title_th": "t", "source": "s", "note": "n", "grams_co2e_per_piece": 10,'
        ' "basis_published": true, "by_category": [{"category": "phone", "grams_co2e_per_piece": 7, "source": "s"}]}'
    )
    rules = replace(DEFAULT_RULES, schemes=schemes.model_copy(update={"climate": climate}))
    pieces = {Category.PHONE: 2, Category.CABLE: 1}
    found = assess(replace(_outcome(()), pieces_by_category=pieces), rules)["climate"]
    assert found == {"rules": "climate.2", "estimate": True, "basis_published": True, "pieces": 3, "grams_co2e": 24}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"input_grams": 0, "own_grams": 0, "coverage": CoverageGrams()}, "0 g of ours in 0 g"),
        ({"own_grams": 0, "coverage": CoverageGrams()}, "0 g of ours"),
        ({"own_grams": 10_001, "coverage": CoverageGrams(segregated=10_001)}, "10001 g of ours in 10000 g"),
        ({"process_loss_grams": -1}, "process_loss_grams is -1"),
        ({"interim_grams": 1.0}, "interim_grams is 1.0"),
        ({"coverage": CoverageGrams(segregated=9_999)}, "coverage sums to 9999 g, not to our 10000 g"),
        ({"input_by_category": {Category.PHONE: 10_001}}, "input_by_category sums to 10001 g"),
        ({"input_by_category": {Category.PHONE: 10_001, Category.CABLE: -1}}, "input_by_category is -1"),
    ],
)
def test_grams_that_do_not_add_up_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(_outcome(()), **wrong)


def test_an_interim_operation_is_no_end() -> None:
    with pytest.raises(ValueError, match="R13 is interim; count its grams as interim_grams"):
        FinalOutput(Operation.R13, "boards", 1)


def test_a_broken_part_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="broken is -1"):
        CoverageGrams(segregated=1, broken=-1)


def _outcome(rows: tuple[FinalOutput, ...], input_grams: int = 10_000) -> Outcome:
    return Outcome(input_grams, input_grams, rows, CoverageGrams(segregated=input_grams))


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    """Batches as they may come: several rows of an operation, losses, waiting grams, and scales that disagree."""
    grams = st.integers(0, 3_000)
    row = st.builds(FinalOutput, st.sampled_from(FINAL), st.just("m"), grams, st.booleans())
    rows = tuple(draw(st.lists(row, max_size=8)))
    loss, interim = draw(st.integers(0, 500)), draw(st.sampled_from([0, 0, 1, 400]))
    out = sum(each.grams for each in rows) + loss + interim
    whole = max(1, out + draw(st.integers(-out // 50, out // 50)))
    own = draw(st.integers(1, whole))
    return Outcome(
        whole,
        own,
        rows,
        CoverageGrams(**_parts(draw, own, ["identity_preserved", "segregated", "mass_balance", "broken"])),
        loss,
        interim,
        draw(st.dictionaries(st.sampled_from(Category), st.integers(0, 500))),
        draw(st.one_of(st.none(), st.just(_parts(draw, own, list(Category))))),
    )


def _parts(draw: st.DrawFn, whole: int, names: list[Any]) -> dict[Any, int]:
    cuts = sorted(draw(st.lists(st.integers(0, whole), min_size=len(names) - 1, max_size=len(names) - 1)))
    return {name: upto - begun for name, begun, upto in zip(names, [0, *cuts], [*cuts, whole], strict=True)}


@given(outcomes())
def test_shares_are_of_the_whole(outcome: Outcome) -> None:
    found = assess(outcome, DEFAULT_RULES)
    ul, reuse = found["ul2799"], found["upcycle"]
    assert sum(found["coverage"]["basis_points"].values()) == 10_000
    assert ul["diverted_grams"] + ul["not_diverted_grams"] == outcome.input_grams
    assert ul["without_energy_grams"] + ul["energy_recovery_grams"] == ul["diverted_grams"]
    assert reuse["reuse_grams"] + reuse["recycled_grams"] == found["true"]["diverted_grams"] <= outcome.input_grams
    for entry in found.values():
        assert all(0 <= value <= 10_000 for name, value in entry.items() if name.endswith("_basis_points"))


@given(outcomes())
def test_a_level_is_what_exact_fractions_give(outcome: Outcome) -> None:
    ul = assess(outcome, DEFAULT_RULES)["ul2799"]
    diverted = Fraction(ul["diverted_grams"], outcome.input_grams) * 100
    enough = Fraction(ul["without_energy_grams"], outcome.input_grams) >= Fraction(9, 10)
    reached = (diverted >= 90) + (diverted >= 95) + (diverted == 100)
    assert ul["level"] == LEVELS[reached if enough else 0]


@given(outcomes(), st.integers(0, 7), st.integers(1, 500))
def test_a_gram_recycled_instead_of_landfilled_never_lowers_a_level(outcome: Outcome, place: int, grams: int) -> None:
    landfilled = FinalOutput(Operation.D1, "m", grams)
    before = replace(outcome, outputs=(*outcome.outputs[:place], landfilled, *outcome.outputs[place:]))
    after = replace(before, outputs=(*outcome.outputs, FinalOutput(Operation.R4, "m", grams)))
    worse, better = assess(before, DEFAULT_RULES), assess(after, DEFAULT_RULES)
    assert LEVELS.index(worse["ul2799"]["level"]) <= LEVELS.index(better["ul2799"]["level"])
    for scheme, name in (
        ("true", "reached"),
        ("weee-eu", "reached"),
        ("weee-fr", "reached"),
        ("landfill", "zero_landfill"),
    ):
        assert worse[scheme].get(name, False) <= better[scheme].get(name, False)


@given(outcomes(), st.randoms(use_true_random=False))
def test_order_and_division_of_rows_change_nothing(outcome: Outcome, random: Any) -> None:
    rows = [
        replace(row, grams=part) for row in outcome.outputs for part in (row.grams // 3, row.grams - row.grams // 3)
    ]
    random.shuffle(rows)
    by_category = outcome.input_by_category
    turned = replace(
        outcome,
        outputs=tuple(rows),
        pieces_by_category=dict(reversed(outcome.pieces_by_category.items())),
        input_by_category=None if by_category is None else dict(reversed(by_category.items())),
    )
    assert canonical_json(assess(turned, DEFAULT_RULES)) == canonical_json(assess(outcome, DEFAULT_RULES))


@given(outcomes())
def test_values_are_the_same_bytes_everywhere(outcome: Outcome) -> None:
    """No float, no null: integers, texts and booleans only."""

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(type(name) is str and plain(each) for name, each in value.items())
        return all(map(plain, value)) if isinstance(value, list) else type(value) in (int, str, bool)

    assert plain(assess(outcome, DEFAULT_RULES))
