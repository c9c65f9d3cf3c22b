"""Every refusal tells the partner what to do: the guide has a line for each reason."""

from pathlib import Path

import pytest
from ewaste.contracts.events.recycler import RefusalReason

_GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "partners.md"


@pytest.mark.skipif(not _GUIDE.exists(), reason="the guide is in the repository, not beside an installed package")
def test_the_guide_says_what_to_do_for_every_reason() -> None:
    rows = [line for line in _GUIDE.read_text("utf-8").splitlines() if line.startswith("| `")]
    told = {row.split("`")[1] for row in rows}
    assert {reason.value for reason in RefusalReason} <= told
