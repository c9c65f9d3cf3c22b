"""Every format, read back with other people's readers."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet
import pytest
from ewaste.evidence.registers.bags import BAGS
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.columns import Column, Kind, Row, Value
from ewaste.evidence.registers.period import Period
from ewaste.evidence.tables.cells import safe_text
from ewaste.evidence.tables.model import MEDIA_TYPES, Stamp, UnknownFormat
from ewaste.evidence.tables.parquet_table import ROW_GROUP_ROWS
from ewaste.evidence.tables.writers import check_format, open_table
from ewaste.evidence.tables.xlsx_table import XlsxTable
from hypothesis import given, settings
from hypothesis import strategies as st

STAMP = Stamp(BAGS, Period(date(2026, 11, 1), date(2026, 11, 30)), "urn:ewaste:cm:custody", 1_125, "ab" * 32, "cd" * 32)
MIDNIGHT = datetime(2026, 11, 14, 17, 0, 0, tzinfo=UTC)
NAMES = [column.name for column in BAGS.columns]


def row(**told: Value) -> Row:
    """A row of bags; what is not told is not known."""
    assert told.keys() <= set(NAMES)
    return tuple(told.get(name) for name in NAMES)


def written(format: str, *rows: Row, bom: bool = False, stamp: Stamp = STAMP) -> bytes:
    with open_table(stamp, format, bom=bom) as table:
        return table.add(rows) + b"".join(table.finish())


FULL = row(
    bag_id="00123", point_id="P-1", point_name_th="ตลาดวโรรส", seal_number="S-1", gross_grams=10_050, tare_grams=50,
    net_grams=10_000, items=0, collected_at=MIDNIGHT, collected_at_thai=MIDNIGHT, load_ids=("L-1", "L-2"),
    state="sealed", disputed=False, batch_ids=(), ledger_index=2**53 - 1,
)  # fmt: skip


def test_csv_is_quoted_text_and_bare_numbers() -> None:
    content = written("csv", FULL)
    head, line, rest = content.split(b"\r\n")
    assert head.startswith(b'"bag_id","point_id"')
    assert line.startswith('"00123","P-1","ตลาดวโรรส","","S-1",10050,50,10000,0,'.encode())
    assert rest == b""
    (read,) = csv.DictReader(io.StringIO(content.decode()))
    assert read["bag_id"] == "00123"
    assert read["collected_at"] == "2026-11-14T17:00:00Z"
    assert read["collected_at_thai"] == "2026-11-15 00:00:00"
    assert (read["load_ids"], read["batch_ids"], read["disputed"]) == ("L-1;L-2", "", "false")


def test_a_byte_order_mark_is_there_for_excel_when_asked_for() -> None:
    assert written("csv", FULL, bom=True) == b"\xef\xbb\xbf" + written("csv", FULL)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x", "'=1", "'"])
def test_no_spreadsheet_runs_a_cell_and_the_text_can_be_had_back(text: str) -> None:
    (read,) = csv.DictReader(io.StringIO(written("csv", row(bag_id=text)).decode(), newline=""))
    assert read["bag_id"] == "'" + text

    cell = openpyxl.load_workbook(io.BytesIO(written("xlsx", row(bag_id=text))))["bags"]["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert cell.value.replace("_x000D_", "\r") in (text, text.replace("\r", "\n"))

    assert json.loads(written("jsonl", row(bag_id=text)))["bag_id"] == text
    parquet = pyarrow.parquet.read_table(io.BytesIO(written("parquet", row(bag_id=text))))
    assert parquet.column("bag_id").to_pylist() == [text]


def test_a_negative_number_is_a_number_not_a_formula() -> None:
    register = REGISTERS["handovers"]
    stamp = Stamp(register, STAMP.period, "o", 1, "ab" * 32, "")
    values = tuple(-5 if column.name == "difference_grams" else None for column in register.columns)
    (read,) = csv.DictReader(io.StringIO(written("csv", values, stamp=stamp).decode()))
    assert read["difference_grams"] == "-5"


@given(st.text())
def test_taking_one_apostrophe_away_gives_the_text_again(text: str) -> None:
    safe = safe_text(text)
    assert (safe.removeprefix("'") if safe.startswith("'") else safe) == text
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


_CELLS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    Kind.INTEGER: st.integers(-(2**53), 2**53),
    Kind.FLAG: st.booleans(),
    Kind.MOMENT: st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    Kind.THAI_TIME: st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    Kind.TEXTS: st.lists(st.from_regex(r"[A-Za-z0-9._:-]{1,8}", fullmatch=True), max_size=3).map(tuple),
    Kind.INTEGERS: st.lists(st.integers(0, 2**53), max_size=3).map(tuple),
}


def _rows(columns: tuple[Column, ...]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.tuples(*(st.none() | _CELLS[column.kind] for column in columns)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(list(REGISTERS)))
def test_whatever_a_row_holds_every_typed_format_gives_it_back(data: st.DataObject, name: str) -> None:
    register = REGISTERS[name]
    rows = data.draw(_rows(register.columns))
    stamp = Stamp(register, STAMP.period, "o", 1, "ab" * 32, "")
    table = pyarrow.parquet.read_table(io.BytesIO(written("parquet", *rows, stamp=stamp)))
    lines = [json.loads(line) for line in written("jsonl", *rows, stamp=stamp).splitlines()]
    texts = list(csv.DictReader(io.StringIO(written("csv", *rows, stamp=stamp).decode(), newline="")))
    for place, column in enumerate(register.columns):
        values = [row[place] for row in rows]
        if column.kind in (Kind.TEXT, Kind.INTEGER, Kind.FLAG):
            assert [line[column.name] for line in lines] == values
            assert table.column(column.name).to_pylist() == values
        if column.kind is Kind.TEXT:
            assert [text[column.name] for text in texts] == [safe_text(str(value or "")) for value in values]
        if column.kind is Kind.MOMENT:
            assert [v and datetime.fromisoformat(v) for v in (line[column.name] for line in lines)] == values


def test_xlsx_has_typed_cells_a_frozen_header_and_says_what_it_is() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", FULL)))
    assert book.sheetnames == ["bags", "dictionary"]
    sheet = book["bags"]
    cells = dict(zip(NAMES, sheet[2], strict=True))
    assert (cells["bag_id"].value, cells["bag_id"].data_type, cells["bag_id"].number_format) == ("00123", "s", "@")
    assert (cells["gross_grams"].value, cells["gross_grams"].data_type) == (10_050, "n")
    assert cells["point_name_th"].value == "ตลาดวโรรส"
    assert cells["collected_at"].value == "2026-11-14T17:00:00Z"
    assert cells["collected_at_thai"].value == datetime(2026, 11, 15)  # noqa: DTZ001 - a wall clock
    assert cells["disputed"].value is False
    assert cells["khwaeng"].value is None
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(2, len(NAMES)).coordinate}"
    told = {line[0].value: [cell.value for cell in line[1:]] for line in book["dictionary"].iter_rows()}
    assert told["ledger_size"][0] == "1125"
    assert told["ledger_root"][0] == "ab" * 32
    for column in BAGS.columns:
        assert told[column.name] == [column.kind.value, column.unit or "", column.th, column.en]


def test_xlsx_goes_on_in_another_sheet_and_never_drops_a_row() -> None:
    table = XlsxTable(STAMP, sheet_rows=2)
    try:
        table.add(row(bag_id=f"B-{number}") for number in range(5))
        book = openpyxl.load_workbook(io.BytesIO(b"".join(table.finish())))
    finally:
        table.close()
    assert book.sheetnames == ["bags", "bags 2", "bags 3", "dictionary"]
    found = [cell.value for name in book.sheetnames[:3] for cell in book[name]["A"][1:]]
    assert found == [f"B-{number}" for number in range(5)]


def test_xlsx_says_where_a_cell_is_cut() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", row(load_ids=tuple(f"L-{n:06}" for n in range(9_000))))))
    cell = book["bags"].cell(2, NAMES.index("load_ids") + 1)
    assert len(cell.value) == 32_767
    assert cell.value.endswith("… cut: 80999 characters, whole in csv, jsonl and parquet")


def test_parquet_has_types_units_and_the_ledger_it_is_true_for(tmp_path: Path) -> None:
    (path := tmp_path / "bags.parquet").write_bytes(written("parquet", FULL))
    schema = pyarrow.parquet.read_schema(path)
    assert schema.metadata[b"ewaste.ledger_root"].decode() == "ab" * 32
    assert schema.metadata[b"ewaste.ledger_size"] == b"1125"
    assert schema.field("gross_grams").metadata[b"unit"] == b"g"
    assert str(schema.field("collected_at").type) == "timestamp[us, tz=UTC]"
    found = duckdb.sql(f"SELECT bag_id, gross_grams, collected_at_thai, load_ids FROM '{path}'").fetchall()
    assert found == [("00123", 10_050, datetime(2026, 11, 15), ["L-1", "L-2"])]  # noqa: DTZ001
    group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
    assert group.column(0).compression == "ZSTD"


def test_parquet_closes_a_row_group_before_it_grows_large() -> None:
    content = written("parquet", *(row(bag_id=str(n)) for n in range(ROW_GROUP_ROWS + 1)))
    assert pyarrow.parquet.ParquetFile(io.BytesIO(content)).metadata.num_row_groups == 2


def test_duckdb_reads_csv_and_json_lines(tmp_path: Path) -> None:
    for format, reader in (("csv", "read_csv"), ("jsonl", "read_json")):
        (path := tmp_path / f"bags.{format}").write_bytes(written(format, FULL, row(bag_id="00124")))
        found = duckdb.sql(f"SELECT net_grams, state FROM {reader}('{path}') ORDER BY net_grams").fetchall()
        assert found == [(10_000, "sealed"), (None, None)]


@pytest.mark.parametrize("format", MEDIA_TYPES)
def test_the_same_rows_are_the_same_bytes(format: str) -> None:
    assert written(format, FULL) == written(format, FULL)


@pytest.mark.parametrize("format", MEDIA_TYPES)
def test_a_table_that_is_given_up_leaves_nothing_behind(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def give_up() -> None:
        with open_table(STAMP, format) as table:
            table.add([FULL])
            raise ConnectionError

    with pytest.raises(ConnectionError):
        give_up()
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_is_not_there_says_which_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownFormat, match="csv, xlsx, jsonl, parquet"):
        check_format("pdf")
    monkeypatch.setattr("ewaste.evidence.tables.writers.find_spec", lambda _: None)
    check_format("csv")
    with pytest.raises(UnknownFormat, match="install it, or choose csv or jsonl"):
        check_format("xlsx")


_FLAT = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from test_tables import MIDNIGHT, STAMP, open_table, row
format, count = sys.argv[2], int(sys.argv[3])
with open_table(STAMP, format) as table:
    for start in range(0, count, 500):
        told = {"collected_at_thai": MIDNIGHT, "state": "sealed", "tare_grams": 50}
        table.add([row(bag_id=f"B-{n:09}", ledger_index=10**9 + n, **told) for n in range(start, start + 500)])
    for _ in table.finish():
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("format", MEDIA_TYPES)
def test_memory_does_not_grow_with_the_rows(format: str) -> None:
    def peak_kib(rows: int) -> int:
        command = [sys.executable, "-c", _FLAT, str(Path(__file__).parent), format, str(rows)]
        return int(subprocess.run(command, check=True, capture_output=True).stdout)

    few, many = peak_kib(ROW_GROUP_ROWS), peak_kib(4 * ROW_GROUP_ROWS)
    # A row is some 400 bytes in memory: 60,000 more of them would show as 24 MiB.
    assert many - few < 12 * 1024, f"{few} KiB for {ROW_GROUP_ROWS} rows, {many} KiB for four times as many"
