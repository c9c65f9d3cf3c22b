"""Every refusal tells the partner what to do, and every column is told: the guide has a line for each."""

import re
from pathlib import Path

import pytest
from ewaste.contracts.events.recycler import RefusalReason
from ewaste.partner.columns import COLUMNS, KINDS

_GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "partners.md"


@pytest.mark.skipif(not _GUIDE.exists(), reason="the guide is in the repository, not beside an installed package")
def test_the_guide_says_what_to_do_for_every_reason() -> None:
    rows = [line for line in _GUIDE.read_text("utf-8").splitlines() if line.startswith("| `")]
    told = {row.split("`")[1]: [cell.strip() for cell in row.strip("|").split("|")[1:]] for row in rows}
    for reason in RefusalReason:
        meaning, next_step = told[reason.value]
        assert meaning, reason
        assert next_step, reason


@pytest.mark.skipif(not _GUIDE.exists(), reason="the guide is in the repository, not beside an installed package")
def test_the_guide_names_every_kind_of_record_type_and_column() -> None:
    text = _GUIDE.read_text("utf-8")
    assert {f"`{kind.type}`" for kind in KINDS.values() if f"`{kind.type}`" not in text} == set()
    assert {f"`{record}`" for record in KINDS if f"`{record}`" not in text} == set()
    words = set(re.findall(r"[a-z_]+", text))
    assert words >= COLUMNS
