"""Whoever starts from a template has a file that is right, and a sentence on every column."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ewaste.partner.claims import CLAIM_TYPES, Claim
from ewaste.partner.columns import COLUMNS, KINDS
from ewaste.partner.reading import read_claims
from ewaste.partner.templates import template

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def read(text: str, form: str) -> list[Claim]:
    return read_claims(Path(f"a.{form}"), text, "green-north", NOW)


@pytest.mark.parametrize("record", KINDS)
def test_each_kind_says_the_same_in_both_forms(record: str) -> None:
    table, lines = read(template([record], "csv"), "csv"), read(template([record], "jsonl"), "jsonl")
    assert [claim.value() for claim in table] == [claim.value() for claim in lines]
    assert {claim.type.model.__name__ for claim in table} == {KINDS[record].type}


def test_all_kinds_stand_in_one_file_and_every_type_has_one() -> None:
    claims = read(template(list(KINDS), "csv"), "csv")
    assert {claim.type for claim in claims} == set(CLAIM_TYPES.values())
    assert [claim.value() for claim in claims] == [
        claim.value() for claim in read(template(list(KINDS), "jsonl"), "jsonl")
    ]


def test_every_column_is_explained_and_filled() -> None:
    text = template(list(KINDS), "csv")
    explained = {line.split(":")[0].removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")}
    assert explained == COLUMNS
    lines = template(["batch_opened"], "jsonl").splitlines()
    fields = [line.split(":")[0].removeprefix("#   ") for line in lines if line.startswith("#   ")]
    assert fields == [
        "facility_id", "inputs[].bag_id", "inputs[].grams", "batch_id", "other_client_grams", "sorted[].category",
        "sorted[].grams",
    ]  # fmt: skip


def run(*arguments: object) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "ewaste.partner", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_template_is_written_once_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    assert run("template", "batch_opened", "batch_recycled", "--out", file)[0] == 0
    assert run("template", "--out", file)[0] == 2, "a file that is there is never overwritten"
    assert "record,time" in file.read_text("utf-8")
    code, shown, errors = run("template", "load_received", "--format", "jsonl")
    assert (code, shown.count('"LoadReceived"'), errors) == (0, 1, "")
    for wrong in (("load_recieved",), ("--format", "xlsx")):
        assert run("template", *wrong)[0] == 2
