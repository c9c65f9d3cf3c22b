"""Registers from a mirror: the rows of the fold of everything, in files that are whole or not there."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.evidence.custody.fold import read_evidence
from ewaste.evidence.registers.catalogue import REGISTERS, rows_of
from ewaste.evidence.registers.entries import entry_of
from ewaste.evidence.tables.cells import json_value
from typer.testing import CliRunner, Result

Books = Any
Save = Callable[[Books], Path]
NOVEMBER = ("--from", "2026-11-01", "--until", "2026-11-30")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def told_by_everything(books: Books, register: str) -> list[dict[str, Any]]:
    """The rows of the fold over the whole ledger."""
    found = REGISTERS[register]
    read = [read_evidence(index, each.topic, each.value) for index, each in enumerate(books.records)]
    noted = []
    for index, each in enumerate(books.records):
        try:
            entry = entry_of(open_envelope(each.value), index)
        except InvalidEvent:
            continue
        if entry is not None and entry.model == found.decided_by.__name__:
            noted.append(entry)
    rows = rows_of(found, [each for each in read if each is not None], noted)
    return [
        {column.name: json_value(column.kind, value) for column, value in zip(found.columns, row, strict=True)}
        for row in rows
    ]


@pytest.mark.parametrize("register", ["bags", "handovers", "batches", "certificates"])
def test_rows_are_those_of_the_fold_of_the_whole_ledger(
    books: Books, save: Save, tmp_path: Path, register: str
) -> None:
    out = tmp_path / "out.jsonl"
    result = run(save(books), "--register", register, *NOVEMBER, "--format", "jsonl", "-o", out)
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    expected = told_by_everything(books, register)
    assert rows == json.loads(json.dumps(expected))
    assert rows, "the books have one of each"
    assert books.root().hex() in result.output


def test_an_earlier_size_knows_nothing_later(books: Books, save: Save, tmp_path: Path) -> None:
    path, out = save(books), tmp_path / "out.csv"
    for size, states in ((7, []), (8, ["sealed"]), (9, ["in_transit"]), (len(books.records), ["opened"])):
        assert run(path, "--register", "bags", *NOVEMBER, "--size", size, "-o", out).exit_code == 0
        with out.open(newline="") as file:
            assert [row["state"] for row in csv.DictReader(file)] == states


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--register", "bags", "--from", "2026-11-30", "--until", "2026-11-01"), "swap them"),
        (("--register", "bags", "--from", "2569-11-01", "--until", "2569-11-30"), "2026 for 2569"),
        (("--register", "bags", *NOVEMBER, "--format", "pdf"), "formats are csv"),
        (("--register", "bags", *NOVEMBER, "--size", "999"), "ask for at most that"),
        (("--register", "bins", *NOVEMBER), "registers are bags"),
    ],
)
def test_what_can_t_be_written_could_not_run_and_leaves_nothing(
    books: Books, save: Save, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    out = tmp_path / "folder" / "out.csv"
    out.parent.mkdir()
    result = run(save(books), *arguments, "-o", out)
    assert result.exit_code == 2
    assert says in result.output
    assert list(out.parent.iterdir()) == []


def test_a_place_that_is_not_there_is_said(books: Books, save: Save, tmp_path: Path) -> None:
    result = run(save(books), "--register", "bags", *NOVEMBER, "-o", tmp_path / "nowhere" / "out.csv")
    assert result.exit_code == 2
    assert "Choose another place" in result.output
