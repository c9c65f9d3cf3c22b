"""The archive of a range is one file, whoever writes it; every record in it can be held to its leaf hash."""

import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet
import pytest
from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.contracts.examples import examples
from ewaste.evidence.archive import writer as module
from ewaste.evidence.archive.check import ArchiveFault, archived, check_archive
from ewaste.evidence.archive.layout import archive_schema, file_name, next_range, range_of
from ewaste.evidence.archive.rows import ArchiveRow, archive_row
from ewaste.evidence.archive.writer import archive_writer, write_archive
from ewaste.evidence.ledger.contents import contents_of
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.ledger.record import Record, leaf_of

START = 512
VALUES: list[bytes | None] = [value for values in examples().values() for value in values]
STRANGE: list[bytes | None] = [None, b"\xff\xfe", b'{"type":"\\ud800"}', b"[" * 5_000, b"x" * 70_000]


def records() -> list[Record]:
    values = [*VALUES, *STRANGE]
    return [Record("ewaste.dropoff", 0, n, 1_700_000_000_000 + n, b"k", (), value) for n, value in enumerate(values)]


ENTRIES = [(leaf, contents_of(record, leaf)) for record in records() for leaf in (leaf_of(record),)]


def hash_at(index: int) -> bytes:
    return leaf_hash(ENTRIES[index - START][0])


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Path, ArchiveSealed]:
    path = tmp_path / file_name(START, START + len(ENTRIES))
    with path.open("wb") as file:
        written = write_archive(file, "city.example/custody", START, ENTRIES)
    return path, written.event_data("city.example/custody", bytes(32))


def test_two_writes_are_the_same_bytes_however_the_records_come(
    sealed: tuple[Path, ArchiveSealed], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seal = sealed
    again = io.BytesIO()
    written = write_archive(again, "city.example/custody", START, iter(ENTRIES))
    assert again.getvalue() == path.read_bytes()
    assert written.event_data("city.example/custody", bytes(32)) == seal
    assert seal.range_hash == root_of(leaf_hash(raw) for raw, _ in ENTRIES).hex()
    assert (seal.rows, seal.file_bytes) == (len(ENTRIES), path.stat().st_size)


def test_row_groups_end_by_rows_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def groups() -> list[int]:
        file = io.BytesIO()
        write_archive(file, "o", 0, ENTRIES)
        metadata = pyarrow.parquet.ParquetFile(file).metadata
        return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]

    monkeypatch.setattr(module, "GROUP_ROWS", 10)
    assert groups()[:2] == [10, 10]
    monkeypatch.setattr(module, "GROUP_ROWS", 10_000)
    monkeypatch.setattr(module, "GROUP_BYTES", 60_000)
    assert 1 < len(groups()) < 10


def test_a_row_says_what_its_leaf_says_also_where_nobody_can_read_it(sealed: tuple[Path, ArchiveSealed]) -> None:
    path, seal = sealed
    rows = list(archived(path))
    assert rows == [archive_row(START + n, raw, contents) for n, (raw, contents) in enumerate(ENTRIES)]
    first, strange = rows[0], rows[len(VALUES) :]
    assert first.type == next(iter(examples()))
    assert first.time is not None
    assert first.subject
    assert [row.type for row in strange] == [None] * len(STRANGE)
    assert strange[-1].contents == (b"x" * 70_000,)
    assert check_archive(path, seal) == check_archive(path, seal, hash_at) == []


def test_every_column_says_what_it_is() -> None:
    assert all(field.metadata[b"en"] for field in archive_schema("o", 0))


def rewrite(path: Path, rows: Sequence[ArchiveRow]) -> None:
    """What somebody with the same library can make of the file."""
    schema = archive_schema("city.example/custody", START)
    columns = [pyarrow.array(c, type=f.type) for c, f in zip(zip(*rows, strict=True), schema, strict=True)]
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, schema=schema), path)


def faults(sealed: tuple[Path, ArchiveSealed], rows: Sequence[ArchiveRow], *, tiles: bool) -> list[ArchiveFault]:
    path, seal = sealed
    rewrite(path, rows)
    return check_archive(path, seal, hash_at if tiles else None)


def forged(row: ArchiveRow, place: int | None = None) -> ArchiveRow:
    """A drop that never was, with every column as its leaf says."""
    record = Record("ewaste.dropoff", 0, 3, 1_700_000_000_003, b"k", (), VALUES[1])
    return archive_row(row.place if place is None else place, leaf_of(record))


def renumbered(rows: Sequence[ArchiveRow]) -> list[ArchiveRow]:
    return [row._replace(place=START + number) for number, row in enumerate(rows)]


def tampered(rows: list[ArchiveRow], how: str) -> list[ArchiveRow]:
    edited = rows[7]._replace(raw=rows[7].raw[:-1] + b"!")
    return {
        "edited": [*rows[:7], edited, *rows[8:]],
        "edited and hashed again": [*rows[:7], forged(rows[7]), *rows[8:]],
        "a column edited": [*rows[:7], rows[7]._replace(subject="another"), *rows[8:]],
        "deleted": [*rows[:7], *rows[8:]],
        "deleted and renumbered": renumbered([*rows[:7], *rows[8:]]),
        "swapped": [*rows[:7], rows[8], rows[7], *rows[9:]],
        "swapped and renumbered": renumbered([*rows[:7], rows[8], rows[7], *rows[9:]]),
        "inserted": [*rows[:7], forged(rows[7]), *rows[7:]],
        "inserted and renumbered": renumbered([*rows[:7], forged(rows[7]), *rows[7:]]),
    }[how]


PLAIN = ("edited", "a column edited", "deleted", "swapped", "inserted")
CUNNING = ("edited and hashed again", "deleted and renumbered", "swapped and renumbered", "inserted and renumbered")


@pytest.mark.parametrize("how", [*PLAIN, *CUNNING])
def test_one_record_tampered_with_is_found_and_with_tiles_named(sealed: tuple[Path, ArchiveSealed], how: str) -> None:
    rows = list(archived(sealed[0]))
    alone = faults(sealed, tampered(rows, how), tiles=False)
    assert alone, "the file alone shows that it is not what was sealed"
    named = [fault.index for fault in faults(sealed, tampered(rows, how), tiles=True) if fault.index is not None]
    assert named[0] == START + 7
    if how in PLAIN:
        assert START + 7 in {fault.index for fault in alone}, "its own hashes and numbers name the record"


def test_the_right_records_in_other_bytes_are_a_fault_of_the_same_writer_only(
    sealed: tuple[Path, ArchiveSealed],
) -> None:
    path, seal = sealed
    rows = list(archived(path))
    assert "other bytes" in faults(sealed, rows, tiles=True)[0].what
    assert seal.writer == archive_writer()
    other = seal.model_copy(update={"writer": "parquet-cpp-arrow version 1.0.0"})
    assert check_archive(path, other, hash_at) == []


def test_what_is_no_archive_is_said_and_not_raised(tmp_path: Path, sealed: tuple[Path, ArchiveSealed]) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 no")
    assert check_archive(path, sealed[1])[0].index is None
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), path)
    assert "columns" in check_archive(path, sealed[1])[0].what


def test_ranges_follow_each_other_and_end_at_multiples_of_their_width() -> None:
    assert next_range(0, 99, 100) is None
    assert next_range(0, 100, 100) == (0, 100)
    assert next_range(100, 350, 100) == (100, 200)
    assert next_range(150, 350, 100) == (150, 200), "after the rest was sealed by hand"
    assert range_of(file_name(150, 200)) == (150, 200)
    assert range_of("notes.txt") is None
