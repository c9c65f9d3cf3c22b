"""The data dictionary in the documentation is the one that the service gives."""

from pathlib import Path

import pytest
from ewaste.evidence.registers.catalogue import REGISTERS, dictionary
from ewaste.evidence.registers.model import Register

PAGE = (Path(__file__).parents[4] / "docs/architecture/exports.md").read_text(encoding="utf-8")


def written_out(register: Register) -> str:
    """The section of a register as the page must have it."""
    lines = [
        f"### {register.en}: `{register.name}`",
        "",
        f"Decided by the time of `{register.decided_by.__name__}`. {register.period_en} {register.period_th}",
        "",
        "| column | kind | unit | Thai | meaning |",
        "|---|---|---|---|---|",
        *(f"| `{c.name}` | {c.kind} | {c.unit or ''} | {c.th} | {c.en} |" for c in register.columns),
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("name", REGISTERS)
def test_the_page_has_the_dictionary(name: str) -> None:
    assert written_out(REGISTERS[name]) in PAGE


def test_names_are_plain_unique_and_say_their_unit() -> None:
    for each in dictionary():
        names = [column["name"] for column in each["columns"]]
        assert len(names) == len(set(names))
        for column in each["columns"]:
            assert column["name"].isidentifier()
            assert column["name"].islower()
            assert (column["unit"] == "g") == column["name"].endswith("_grams")
            assert column["kind"] != "moment" or f"{column['name']}_thai" in names
