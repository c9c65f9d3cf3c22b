"""The sealed files made again from a mirror, files of others held to it, and questions in SQL to nothing else."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from ewaste.auditor.archive.asking import ask
from ewaste.auditor.archive.rebuilding import FileState, rebuild
from ewaste.auditor.cli import app
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code
from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.contracts.fields import Context
from ewaste.evidence.archive.layout import file_name
from ewaste.evidence.archive.writer import write_archive
from ewaste.evidence.ledger.contents import contents_of
from ewaste.evidence.ledger.record import leaf_of
from typer.testing import CliRunner

Books = Any
Save = Callable[[Books], Path]


def seal(
    books: Books, folder: Path, start: int, end: int, wrong: Mapping[str, Any] = MappingProxyType({})
) -> ArchiveSealed:
    """Write the service's file and say so; `wrong` is what the event says otherwise."""
    entries = [(leaf, contents_of(each, leaf)) for each in books.records[start:end] for leaf in (leaf_of(each),)]
    folder.mkdir(exist_ok=True)
    with (folder / file_name(start, end)).open("wb") as file:
        written = write_archive(file, books.origin, start, entries)
    event = written.event_data(books.origin, books.root(end)).model_copy(update=dict(wrong))
    books.say(Context.TRACEABILITY, event)
    return event


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


def states(done: Any) -> list[tuple[FileState, bool]]:
    return [(each.state, each.was_there) for each in done.files]


def test_the_sealed_files_are_made_again_byte_for_byte(books: Books, save: Save, theirs: Path, tmp_path: Path) -> None:
    seal(books, theirs, 0, 10)
    seal(books, theirs, 10, len(books.records))
    out = tmp_path / "out"
    done = rebuild(save(books), out)
    assert done.clean
    assert states(done) == [(FileState.SAME, False)] * 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in theirs.iterdir()
    }
    assert states(rebuild(save(books), theirs)) == [(FileState.SAME, True)] * 2
    rest = rebuild(save(books), out, rest=True)
    assert rest.files[-1].state is FileState.UNSEALED
    assert rest.files[-1].end == len(books.records)


def test_a_file_with_another_record_is_found_and_the_record_named(books: Books, save: Save, theirs: Path) -> None:
    seal(books, theirs, 0, 10)
    other = [(leaf_of(each), ()) for each in (*books.records[:4], books.records[5], *books.records[5:10])]
    with (theirs / file_name(0, 10)).open("wb") as file:
        write_archive(file, books.origin, 0, other)
    done = rebuild(save(books), theirs)
    assert states(done) == [(FileState.DIFFERS, True)]
    assert {each.code for each in done.findings.kept} == {Code.ARCHIVE_DIFFERS}
    assert any("record 4 " in each.message for each in done.findings.kept)


@pytest.mark.parametrize(
    "wrong",
    [{"root": "00" * 32}, {"range_hash": "00" * 32}, {"file_sha256": "00" * 32}, {"end": 10_000, "rows": 10_000}],
)
def test_a_seal_that_the_records_do_not_bear_out_is_a_finding(
    books: Books, save: Save, theirs: Path, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    seal(books, theirs, 0, 10, wrong)
    done = rebuild(save(books), tmp_path / "out")
    assert [each.code for each in done.findings.kept] == [Code.ARCHIVE_DIFFERS]
    assert done.files[0].state is FileState.DIFFERS


def test_another_writers_bytes_may_differ_where_the_records_do_not(
    books: Books, save: Save, theirs: Path, tmp_path: Path
) -> None:
    seal(books, theirs, 0, 10, {"file_sha256": "00" * 32, "writer": "parquet-cpp-arrow version 1.0.0"})
    done = rebuild(save(books), tmp_path / "out")
    assert done.clean
    assert states(done) == [(FileState.SAME_RECORDS, False)]


def test_sql_reads_the_records_their_values_and_nothing_else(books: Books, save: Save, tmp_path: Path) -> None:
    mirror = save(books)
    rebuild(mirror, tmp_path / "out", rest=True)
    for folder in (mirror, tmp_path / "out"):
        answer = ask(
            folder,
            "SELECT index, type, data->>'$.bag_id' AS bag FROM ledger WHERE type LIKE '%ItemDropped%' ORDER BY 1",
        )
        assert answer.columns == ("index", "type", "bag")
        assert [row[2] for row in answer.rows] == ["B-1"] * 3 + ["B-2"] * 2
    assert ask(mirror, "SELECT count(*), count(value), count(event) FROM ledger").rows == [
        (len(books.records), len(books.records) - 1, len(books.records) - 2)
    ], "what is no text has no value, what is no JSON no event"


FORBIDDEN = [
    "COPY ledger TO '{out}/copy.csv'",
    "CREATE TABLE t AS SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_csv('{out}/other.csv')",
    "SELECT * FROM read_parquet('https://example.com/x.parquet')",
    "SELECT * FROM books",
    "ATTACH '{out}/x.db'",
    "SET enable_external_access = true",
    "INSTALL httpfs",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_sql_reaches_no_other_file_and_writes_none(books: Books, save: Save, tmp_path: Path, statement: str) -> None:
    out = tmp_path / "out"
    rebuild(save(books), out, rest=True)
    (out / "other.csv").write_text("secret\n1\n")
    before = sorted(out.iterdir())
    with pytest.raises(CannotRun):
        ask(out, statement.format(out=out))
    assert sorted(out.iterdir()) == before


def test_the_commands_print_tables_json_and_csv(books: Books, save: Save, theirs: Path, tmp_path: Path) -> None:
    seal(books, theirs, 0, 10)
    mirror, out = str(save(books)), str(tmp_path / "out")

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, arguments)

    assert "the sealed bytes" in run("archive", mirror, out).output
    assert json.loads(run("archive", mirror, out, "--json").stdout)["files"][0]["state"] == "same"
    question = "SELECT count(*) AS records, sum(octet_length(raw)) > 0 AS some FROM ledger"
    assert json.loads(run("sql", out, question, "--json").stdout) == [{"records": 10, "some": True}]
    assert run("sql", out, question, "--format", "csv").stdout == "records,some\n10,True\n"
    assert "records" in run("sql", out, question).stdout
    refused = run("sql", out, "DROP VIEW ledger")
    assert refused.exit_code == 2
    assert "one SELECT" in refused.output
    assert run("sql", str(tmp_path), question).exit_code == 2


def test_without_duckdb_the_message_says_what_to_install(
    books: Books, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ewaste.auditor.archive.asking.find_spec", lambda name: None)
    with pytest.raises(CannotRun, match="install ewaste-auditor"):
        ask(save(books), "SELECT 1")
