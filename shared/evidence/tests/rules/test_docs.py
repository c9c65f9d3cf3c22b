"""What the page on rules says is what the files say: its tables are written from them."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from ewaste.contracts.events.dropoff import Category
from ewaste.evidence.rules.outcome import CoverageGrams, Outcome, assess
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from ewaste.evidence.rules.schemes import Weee

PAGE = (Path(__file__).parents[4] / "docs/architecture/rules.md").read_text(encoding="utf-8")
SCHEMES = DEFAULT_RULES.schemes


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("|" + "|".join("---" if cell == "---" else f" {cell} " for cell in line) + "|" for line in lines)


def percent(basis_points: int | None) -> str:
    return "none" if basis_points is None else f"{basis_points / 100:g} %"


def files() -> str:
    named = sorted(SCHEMES.named().items())
    return table(("file", "decides on", "source"), ((f"`{stem}`", each.title, each.source) for stem, each in named))


def thresholds() -> str:
    custody, ul = SCHEMES.custody, SCHEMES.ul2799
    rows = [
        ("`custody`", "tolerated difference", f"{percent(custody.tolerance_basis_points)}, at least one division"),
        ("`custody`", "one division of the scale", f"{custody.tolerance_scale_division_grams} g"),
        ("`custody`", "significant difference", f"more than {percent(custody.significant_basis_points)}"),
        ("`custody`", "the municipality may decide after", f"{custody.dispute_days} days"),
        ("`landfill`", "landfill", ", ".join(SCHEMES.landfill.operations)),
        *(("`ul2799`", each.name, f"{percent(each.from_basis_points)} diverted") for each in ul.levels),
        ("`ul2799`", "at least without energy recovery", percent(ul.least_without_energy_basis_points)),
        ("`ul2799`", "energy recovery", ", ".join(ul.energy_recovery)),
        ("`ul2799`", "diverted otherwise", ", ".join(ul.diverted)),
        ("`true`", "at least diverted", percent(SCHEMES.true.least_basis_points)),
        ("`true`", "diverted", ", ".join(SCHEMES.true.diverted)),
        ("`upcycle`", "prepared for re-use counts in", ", ".join(SCHEMES.upcycle.operations)),
        ("`climate`", "flat factor, an estimate", f"{SCHEMES.climate.grams_co2e_per_piece:,} g CO2e per piece"),
    ]
    return table(("file", "what", "value"), rows)


def targets() -> str:
    def asked(rule: Weee, weee: int) -> str:
        target = rule.target_of(weee)
        return f"{percent(target.recovery_basis_points)} / {percent(target.recycling_basis_points)}"

    rows = ((str(each), asked(SCHEMES.weee_eu, each), asked(SCHEMES.weee_fr, each)) for each in range(1, 7))
    return table(("annex III category", "`weee-eu`: recovery / recycling", "`weee-fr`"), rows)


def items() -> str:
    rule = SCHEMES.weee_eu
    reasons = {each.category: each.reason for each in rule.items}
    reasons |= {each.category: each.reason for each in rule.outside}
    rows = ((f"`{each.value}`", str(rule.weee_of(each) or "outside"), reasons[each]) for each in Category)
    return table(("item category", "annex III", "why"), rows)


def definitions() -> str:
    named = SCHEMES.coverage.definitions.model_dump().items()
    return table(("model", "meaning here"), ((f"`{name}`", text) for name, text in named))


@pytest.mark.parametrize("written", [files, thresholds, targets, items, definitions])
def test_the_page_has_the_table_that_the_files_give(written: object) -> None:
    assert callable(written)
    assert written() in PAGE


def test_every_doubt_that_a_file_decides_is_told_on_the_page() -> None:
    for stem, scheme in SCHEMES.named().items():
        assert f"**`{stem}`**: {scheme.note}" in PAGE


def test_every_value_of_an_assessment_is_told_on_the_page() -> None:
    outcome = Outcome(1, 1, (), CoverageGrams(segregated=1), input_by_category={Category.PHONE: 1})
    for scheme, entry in assess(outcome, DEFAULT_RULES).items():
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{scheme}` | `")]
        assert set(entry) - {"rules"} <= set(row.replace("`", " ").replace(",", " ").split())
