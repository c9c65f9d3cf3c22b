"""The command line of rosters, on the real database."""

import json
from pathlib import Path
from typing import Any

import pytest
from ewaste.education.people.roster.commands import roster_cli
from typer.testing import CliRunner


@pytest.fixture
def run(settings: Any) -> Any:
    cli = roster_cli(lambda: settings)
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


def test_a_school_year_goes_in_and_comes_out(run: Any, tmp_path: Path) -> None:
    made, back = tmp_path / "made", tmp_path / "back"
    assert run("sample", made, "--pupils", 3_000).exit_code == 0
    assert run("check", made).output.startswith("right: 12 orgs")

    first = json.loads(run("import", made, "--json").output)
    assert (first["people"]["created"], first["classes"]["created"]) == (3_100, 100)
    again = json.loads(run("import", made, "--json").output)
    assert (again["people"]["unchanged"], again["files"]["users"]["unchanged"]) == (3_100, 3_100)

    assert run("export", back).exit_code == 0
    for file in made.iterdir():
        assert sorted(file.read_text("utf-8").splitlines()) == sorted(
            (back / file.name).read_text("utf-8").splitlines()
        )


def test_faults_are_printed_and_end_with_one(run: Any, tmp_path: Path, files_of: Any, rows: Any) -> None:
    roster = rows("cli")
    roster["users"][1]["grades"] = "01"
    for name, content in files_of(roster).items():
        (tmp_path / name).write_bytes(content)

    checked, imported = run("check", tmp_path), run("import", tmp_path, "--json")

    assert (checked.exit_code, imported.exit_code) == (1, 1)
    assert checked.output.startswith("users.csv:3:grades: pupils of this programme are in grades")
    assert json.loads(imported.output)["counts"] == {"grade-outside": 1}


def test_a_dry_run_takes_nothing_over(run: Any, tmp_path: Path, files_of: Any, rows: Any) -> None:
    for name, content in files_of(rows("dry")).items():
        (tmp_path / name).write_bytes(content)

    answer = run("import", tmp_path, "--roster", "dry", "--dry-run", "--json")

    assert json.loads(answer.output)["people"]["created"] == 3
    assert run("export", tmp_path / "out", "--roster", "dry").exit_code == 2


def test_what_is_not_there_is_told(run: Any, tmp_path: Path) -> None:
    assert run("check", tmp_path / "none").exit_code == 2
    assert run("export", tmp_path / "out", "--roster", "unknown").exit_code == 2
