"""Whoever sends a wrong file learns every line and column to correct, before anything is signed."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ewaste.partner.claims import Claim
from ewaste.partner.findings import InputRefused
from ewaste.partner.reading import read_claims, read_text

EXAMPLES = Path(__file__).parents[1] / "examples"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
HEADER = "record,time,facility_id,load_id,bag_id,seal_read,grams,reason,batch_id,fraction_id,material,operation,\
output_facility_id,process_loss_grams,prepared_for_reuse"
TIME = "2026-11-20T09:10:00+07:00"


def read(text: str, name: str = "a.csv", **more: Any) -> list[Claim]:
    return read_claims(Path(name), text, "green-north", NOW, **more)


def findings(text: str, name: str = "a.csv") -> list[tuple[int, str | None]]:
    with pytest.raises(InputRefused) as refused:
        read(text, name)
    assert all(one.message for one in refused.value.findings)
    return [(one.line, one.field) for one in refused.value.findings]


def table(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def line(**more: Any) -> str:
    opened = {"batch_id": "b1", "facility_id": "f1", "inputs": [{"bag_id": "g1", "grams": 5}]}
    return json.dumps({"type": "BatchOpened", "time": TIME, "data": opened} | more)


def test_both_example_files_say_the_same() -> None:
    values = [
        [claim.value() for claim in read((EXAMPLES / name).read_text("utf-8"), name)]
        for name in ("confirmations.csv", "confirmations.jsonl")
    ]
    assert values[0] == values[1]
    assert len(values[0]) == 5


def test_rows_of_one_load_become_one_confirmation_wherever_they_stand() -> None:
    claims = read(
        table(
            f"load_received,{TIME},f1,L1,g1,s1,500",
            f"load_received,{TIME},f1,L2,g3,s3,300",
            "load_received,,,L1,g2,s2,700",
        )
    )
    assert [(claim.line, claim.key) for claim in claims] == [(2, "L1"), (3, "L2")]
    assert claims[0].data.model_dump(include={"received_grams"}) == {"received_grams": 1200}


def test_what_excel_makes_of_a_table_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = (
        table(f"batch_opened,{TIME},f1,,g1,,500,,b1")
        .replace(",", ";")
        .replace("record", "Record")
        .replace("\n", "\r\n")
    )
    file.write_bytes(rows.encode("utf-8-sig"))
    assert len(read(read_text(file))) == 1
    file.write_bytes("record;time\n\nโรงงาน".encode("cp874"))
    with pytest.raises(InputRefused, match="line 3: not UTF-8"):
        read_text(file)


def test_times_without_an_offset_need_a_clock() -> None:
    text = table("batch_opened,2026-11-20 09:10,f1,,g1,,500,,b1")
    assert findings(text) == [(2, "time")]
    (claim,) = read(text, clock=timezone(timedelta(hours=7)))
    assert claim.time == datetime(2026, 11, 20, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([f"batch_opend,{TIME},f1"], [(2, "record")]),
        ([f"batch_opened,{TIME},f1,,g1,,12.5,,b1"], [(2, "grams")]),
        ([f"batch_opened,{TIME},f1,,g1,,-1,,b1"], [(2, "grams")]),
        ([f"batch_opened,{TIME},f1,,g1,,0,,b1"], [(2, "grams")]),
        ([f"batch_opened,{TIME},f 1,,g1,,5,,b1"], [(2, "facility_id")]),
        ([f"batch_opened,{TIME},,,g1,,5,,b1"], [(2, "facility_id")]),
        (["batch_opened,,f1,,g1,,5,,b1"], [(2, "time")]),
        (["batch_opened,2027-01-01T00:00:00Z,f1,,g1,,5,,b1"], [(2, "time")]),
        ([f"batch_opened,{TIME},f1,L1,g1,,5,,b1"], [(2, "load_id")]),
        ([f"batch_opened,{TIME},f1,,g1,,5,,b1", f"batch_opened,{TIME},f2,,g2,,5,,b1"], [(3, "facility_id")]),
        ([f"batch_opened,{TIME},f1,,g1,,5,,b1", f"batch_opened,{TIME},f1,,g1,,5,,b1"], [(3, "bag_id")]),
        (
            [
                f"load_received,{TIME},f1,L1,g1,s1,900",
                f"batch_opened,{TIME},f1,,g1,,600,,b1",
                f"batch_opened,{TIME},f1,,g1,,401,,b2",
            ],
            [(4, "grams")],
        ),
        ([f"batch_recycled,{TIME},,,,,5,,b1,x,iron,R14,s1"], [(2, "operation")]),
        ([f"batch_recycled,{TIME},,,,,5,,b1,x,iron,R4,s1,,perhaps"], [(2, "prepared_for_reuse")]),
        (
            [f"batch_opened,{TIME},f1,,g1,,5,,b1", f"batch_recycled,{TIME},,,,,106,,b1,x,iron,R4,s1"],
            [(3, "data.outputs")],
        ),
        (
            [f"load_rejected,{TIME},f1,L1,,,,no_capacity", f"load_rejected,{TIME},f1,L1,g1,,,no_capacity"],
            [(3, "bag_id")],
        ),
        ([f"load_received,{TIME},f1,L1,g1,s1,5,,,,,,,,,extra,extra"], [(2, None)]),
        ([], [(1, None)]),
    ],
)
def test_every_error_of_a_table_names_its_line_and_column(rows: list[str], expected: list[tuple[int, str]]) -> None:
    assert findings(table(*rows)) == expected


def test_comments_are_skipped_and_lines_keep_their_numbers() -> None:
    rows = table(f"batch_opened,{TIME},f1,,g1,,500,,b1", "# batch_opened, not a row", "batch_opened,,,,g2,,12.5,,b1")
    assert findings("# first\n\n" + rows) == [(6, "grams")]
    assert len(read(f"# a comment\n{line()}\n", "a.jsonl")) == 1
    assert findings(f"# a comment\n{line(time=1)}", "a.jsonl") == [(2, "time")]


def test_what_sorting_found_stands_beside_the_bags() -> None:
    names = "record,time,facility_id,batch_id,bag_id,grams,sorted_category,sorted_grams\n"
    rows = [
        f"batch_opened,{TIME},f1,b1,g1,500,phone,900",
        "batch_opened,,,b1,g2,600,,",
        "batch_opened,,,b1,,,cable,200",
    ]
    (claim,) = read(names + "\n".join(rows))
    assert claim.data.model_dump(mode="json", include={"sorted", "inputs"}) == {
        "inputs": [{"bag_id": "g1", "grams": 500}, {"bag_id": "g2", "grams": 600}],
        "sorted": [{"category": "phone", "grams": 900}, {"category": "cable", "grams": 200}],
    }
    assert findings(names + "\n".join([*rows, "batch_opened,,,b1,,,cable,1"])) == [
        (2, "data.sorted"),
        (5, "sorted_category"),
    ]
    assert findings(names + "\n".join([*rows, "batch_opened,,,b1,,,gold,1"])) == [(5, "sorted_category")]


def test_bags_rejected_for_different_reasons_are_different_confirmations() -> None:
    rows = [f"load_rejected,{TIME},f1,L1,g{n},,,{why}" for n, why in enumerate(["seal_broken", "", "no_capacity", ""])]
    claims = read(table(*rows))
    assert [claim.data.model_dump(include={"bag_ids", "reason"}) for claim in claims] == [
        {"bag_ids": ("g0", "g1"), "reason": "seal_broken"},
        {"bag_ids": ("g2", "g3"), "reason": "no_capacity"},
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["load_received,g1,900", "load_rejected,g1,"], [(3, "bag_id")]),
        (["load_rejected,g1,", "load_received,g1,900"], [(3, "bag_id")]),
        (["load_received,g1,900", "load_rejected,g2,"], []),
        (["load_received,g1,900", "load_rejected,,"], [(3, "data.bag_ids")]),
    ],
)
def test_a_bag_is_weighed_in_or_rejected(rows: list[str], expected: list[tuple[int, str]]) -> None:
    names = "record,bag_id,grams,time,load_id,facility_id,seal_read,reason\n"
    more = {"load_received": f",{TIME},L1,f1,s1,", "load_rejected": f",{TIME},L1,f1,,no_capacity"}
    text = names + "\n".join(row + more[row.partition(",")[0]] for row in rows)
    assert findings(text) == expected if expected else len(read(text)) == 2


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("accepted,900,scale", []),
        ("lost,,not_found", []),
        ("accepted,,scale", [(2, "grams")]),
        ("lost,900,not_found", [(2, "grams")]),
        ("found,900,scale", [(2, "settlement")]),
        ("accepted,900,luck", [(2, "cause")]),
    ],
)
def test_a_resolution_is_your_own_word(cells: str, expected: list[tuple[int, str]]) -> None:
    text = f"record,time,load_id,bag_id,settlement,grams,cause\nresolution_stated,{TIME},L1,g1,{cells}"
    if expected:
        assert findings(text) == expected
    else:
        assert read(text)[0].data.model_dump()["party_id"] == "green-north"


@pytest.mark.parametrize(
    ("where", "operation", "numbers", "expected"),
    [
        ("JP", "R4", "N 1,M 1", []),
        ("JP", "R4", ",M 1", [(2, "basel_notification_number")]),
        ("JP", "R4", ",", [(2, "basel_notification_number"), (2, "basel_movement_number")]),
        ("TH", "R4", ",", [(2, "output_country")]),
        ("TH", "R12", ",", []),
        ("jp", "R4", "N 1,M 1", [(2, "facility_country")]),
    ],
)
def test_abroad_needs_both_basel_numbers(where: str, operation: str, numbers: str, expected: list[Any]) -> None:
    names = "record,time,batch_id,treatment_id,treated_fraction_id,treated_grams,facility_id,fraction_id,material,\
grams,output_facility_id,output_country,facility_country,operation,basel_notification_number,basel_movement_number\n"
    row = f"fraction_treated,{TIME},b1,t1,x,50,f1,y,copper,49,s1,JP,{where},{operation},{numbers}"
    assert findings(names + row) == expected if expected else len(read(names + row)) == 1


def test_an_output_never_goes_straight_abroad_for_good() -> None:
    names = "record,time,batch_id,fraction_id,material,grams,operation,output_facility_id,output_country,pieces\n"
    assert findings(f"{names}batch_recycled,{TIME},b1,x,boards,5,R4,smelter,JP,") == [(2, "output_country")]
    (claim,) = read(f"{names}batch_recycled,{TIME},b1,x,phones,5,R12,smelter,JP,14")
    assert claim.data.model_dump()["outputs"][0]["pieces"] == 14


def test_a_correction_fits_a_row() -> None:
    names = "record,time,corrected_event_id,reason\n"
    id = "01a1c4b5-0c90-76ed-9a4d-f6ce5a3dbb4e"
    (claim,) = read(f"{names}event_corrected,{TIME},{id},mistyped")
    assert claim.data.model_dump()["corrected_source"] == "urn:ewaste:partner:green-north"
    assert findings(f"{names}event_corrected,{TIME},{id},mistyped\nevent_corrected,{TIME},{id},mistyped") == [(3, None)]


def test_unknown_columns_are_named() -> None:
    assert findings("record,time,weight\n") == [(1, "weight")]
    assert findings("time,time,grams\n") == [(1, "time"), (1, "time"), (1, "record")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", [(1, None)]),
        ("[]", [(1, None)]),
        (line(type="BatchOpend"), [(1, "type")]),
        (line(time="yesterday"), [(1, "time")]),
        (line(time=20261120), [(1, "time")]),
        (line(date=1), [(1, "date")]),
        ('{"type": "BatchOpened", "data": {}}', [(1, "time")]),
        (line(data=[]), [(1, "data")]),
        (line(data={"batch_id": "b1", "inputs": []}), [(1, "data.facility_id"), (1, "data.inputs")]),
        (line(data={"batch_id": "b1", "facility_id": "f", "inputs": [{"bag_id": "g", "grams": "5"}]}),
         [(1, "data.inputs.0.grams")]),
        (line().replace('"grams": 5', '"grams": 5, "grammes": 5'), [(1, "data.inputs.0.grammes")]),
        (line().replace('"grams": 5', '"grams": 5, "grams": 6'), [(1, None)]),
        (line().replace("b1", "b1\\ud800"), [(1, "data")]),
        (line().replace('"batch_id"', '"partner_id": "someone-else", "batch_id"'), [(1, "data.partner_id")]),
        (line() + "\n\n" + line(), [(3, None), (3, "data.batch_id")]),
        (line(type="LoadReceived", data={"load_id": "L", "facility_id": "f", "received_grams": 6,
              "bags": [{"bag_id": "g", "seal_read": "s", "received_grams": 5}]}), [(1, "data.received_grams")]),
        ("", [(1, None)]),
    ],
)  # fmt: skip
def test_every_error_of_json_lines_names_its_line_and_path(text: str, expected: list[tuple[int, str]]) -> None:
    assert findings(text, "a.jsonl") == expected


def test_a_batch_is_opened_before_it_is_recycled() -> None:
    outputs = [{"fraction_id": "x", "material": "iron", "grams": 5, "operation": "R4", "facility_id": "s"}]
    recycled = line(type="BatchRecycled", data={"batch_id": "b1", "outputs": outputs})
    assert findings(recycled + "\n" + line(), "a.jsonl") == [(1, "data.batch_id")]
    assert len(read(line() + "\n" + recycled, "a.jsonl")) == 2
    assert len(read(recycled, "a.jsonl")) == 1


def test_the_same_input_is_the_same_claim_and_another_input_another() -> None:
    (one,), (again,), (later,) = (
        read(text, "a.jsonl") for text in (line(), line(), line(time="2026-11-20T09:10:01+07:00"))
    )
    (utc,) = read(line(time="2026-11-20T02:10:00Z"), "a.jsonl")
    assert one.id == again.id == utc.id != later.id
    assert (one.value(), one.id.version) == (utc.value(), 8)
    elsewhere = read_claims(Path("a.jsonl"), line(), "green-south", NOW)[0]
    assert elsewhere.id != one.id
