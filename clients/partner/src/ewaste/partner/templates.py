"""An example of every kind of confirmation with a comment on each column, to copy and fill in."""

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Final

from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.logistics import DifferenceCause, Settlement
from ewaste.contracts.events.recycler import RejectionReason
from ewaste.partner.columns import KINDS
from ewaste.partner.raw import RawClaim
from ewaste.partner.table import read_table

__all__ = ["FORMATS", "template"]

FORMATS: Final = ("csv", "jsonl")
_COLUMNS: Final[Mapping[str, str]] = {
    "record": "what the row is",
    "time": "when it happened, with its offset: 2026-11-20T09:10:00+07:00; of a day that your licence covers",
    "load_id": "the load as the carrier names it",
    "facility_id": "your hall, or the plant that treated; your own names",
    "facility_country": "where that plant is, two letters (JP); empty: Thailand; abroad needs both Basel numbers",
    "bag_id": "the bag as its label says",
    "seal_read": "the seal as you read it",
    "grams": "whole grams, digits only",
    "reason": "one of " + ", ".join(RejectionReason) + "; of a correction: mistyped wrong_subject duplicate "
    "did_not_happen measured_again",
    "settlement": "how the dispute about the bag ends: " + " or ".join(Settlement),
    "cause": "what was behind it: " + ", ".join(DifferenceCause),
    "batch_id": "begin it with your partner id; unique in the whole city",
    "other_client_grams": "grams of other clients in the same batch; empty: none",
    "sorted_category": "what sorting found, each once: " + ", ".join(Category),
    "sorted_grams": "grams of that category; all together exactly the grams of your rows with bag_id",
    "fraction_id": "your name of the output, once in the batch",
    "material": "copper, abs_plastic, printed_boards …",
    "operation": "R1 to R13, D1 to D15; R12, R13, D13 to D15 need a fraction_treated later",
    "output_facility_id": "where the output went",
    "output_country": "two letters (JP); empty: Thailand; abroad only as R12, R13, D13 to D15",
    "waste_code": "19 10 02, with HM or HA behind it where hazardous; may be empty",
    "prepared_for_reuse": "yes or no",
    "pieces": "devices or parts, where you count them",
    "process_loss_grams": "dust, moisture; in the first row",
    "treatment_id": "your number of the treatment, once in the batch",
    "treated_fraction_id": "the interim fraction that was treated",
    "treated_grams": "how much of it",
    "basel_notification_number": "of the Basel notification (A1181, Y49)",
    "basel_movement_number": "of the movement document",
    "corrected_event_id": "the id of the confirmation that was wrong (causationid on ewaste.recycler, GET /refusals)",
    "replacement_event_id": "the id of the right one, where it was accepted before; may be empty",
}
_NOTES: Final[Mapping[str, str]] = {
    "load_received": "One row per bag. Bags that you don't take: load_rejected, best said first.",
    "load_rejected": "One row per bag; one row without bag_id is the whole load.",
    "resolution_stated": "Your word on how a dispute ends; the carrier says the same. No grams where lost.",
    "batch_opened": "One row per bag, net grams; a bag may be divided over batches. sorted_… may stand in any row.",
    "batch_recycled": "One row per output. Outputs and loss: no more than went in, but for the tolerance.",
    "fraction_treated": "One row per output of the treatment, at home or abroad.",
    "event_corrected": "Wait until it is accepted, then send the right confirmation in another file.",
}
_T1, _T2, _T3 = "2026-11-20T09:10:00+07:00", "2026-11-20T13:00:00+07:00", "2026-11-21T16:30:00+07:00"
_LOAD: Final = {"time": _T1, "facility_id": "mae-hia-hall-1", "load_id": "load-2026-11-20-1"}
_BATCH: Final = {"batch_id": "green-north-2026-0117"}
_TREATED: Final = {
    "time": "2026-11-22T10:00:00+09:00",
    **_BATCH,
    "treatment_id": "niihama-771",
    "treated_fraction_id": "boards-1",
    "treated_grams": "5000",
    "facility_id": "smelter-niihama",
    "facility_country": "JP",
    "basel_notification_number": "TH 0042/26",
    "basel_movement_number": "TH 0042/26-03",
}
_ROWS: Final[Mapping[str, Sequence[Mapping[str, str]]]] = {
    "load_received": (
        {**_LOAD, "bag_id": "bag-0001", "seal_read": "CM00017", "grams": "12400"},
        {**_LOAD, "bag_id": "bag-0002", "seal_read": "CM00018", "grams": "8650"},
    ),
    "load_rejected": (
        {**_LOAD, "bag_id": "bag-0009", "reason": "seal_broken"},
        {**_LOAD, "bag_id": "bag-0010", "reason": "contaminated"},
    ),
    "resolution_stated": (
        {"time": _T1, "load_id": _LOAD["load_id"], "bag_id": "bag-0001", "settlement": "accepted", "grams": "12350",
         "cause": "scale"},
        {"time": _T1, "load_id": _LOAD["load_id"], "bag_id": "bag-0003", "settlement": "lost", "cause": "not_found"},
    ),
    "batch_opened": (
        {"time": _T2, **_BATCH, "facility_id": "mae-hia-hall-1", "bag_id": "bag-0001", "grams": "12100",
         "other_client_grams": "40000", "sorted_category": "phone", "sorted_grams": "15500"},
        {**_BATCH, "bag_id": "bag-0002", "grams": "4400", "sorted_category": "battery", "sorted_grams": "1000"},
    ),
    "batch_recycled": (
        {"time": _T3, **_BATCH, "fraction_id": "cu-1", "material": "copper", "grams": "45000", "operation": "R4",
         "output_facility_id": "smelter-rayong", "waste_code": "19 10 02", "process_loss_grams": "300"},
        {**_BATCH, "fraction_id": "boards-1", "material": "printed_boards", "grams": "5000", "operation": "R13",
         "output_facility_id": "smelter-niihama", "output_country": "JP", "waste_code": "16 02 15 HM"},
        {**_BATCH, "fraction_id": "phones-1", "material": "tested_phones", "grams": "6100", "operation": "R4",
         "output_facility_id": "mae-hia-hall-1", "prepared_for_reuse": "yes", "pieces": "38"},
    ),
    "fraction_treated": (
        {**_TREATED, "fraction_id": "boards-1-cu", "material": "copper_gold", "grams": "4600", "operation": "R4",
         "output_facility_id": "smelter-niihama", "output_country": "JP"},
        {**_TREATED, "fraction_id": "boards-1-slag", "material": "slag", "grams": "380", "operation": "R5",
         "output_facility_id": "smelter-niihama", "output_country": "JP"},
    ),
    "event_corrected": (
        {"time": _T3, "corrected_event_id": "01a1c4b5-0c90-76ed-9a4d-f6ce5a3dbb4e", "reason": "mistyped"},
    ),
}  # fmt: skip


def template(records: Sequence[str], form: str) -> str:
    """A file of these kinds of record in one of `FORMATS`, which `check` takes as it is."""
    return _csv(records) if form == "csv" else _jsonl(records)


def _columns(records: Sequence[str]) -> list[str]:
    used = {column for record in records for column in KINDS[record].used}
    return [column for column in _COLUMNS if column in used]


def _table(records: Sequence[str]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, _columns(records), restval="", lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerows({"record": record, **row} for row in _ROWS[record])
    return text.getvalue()


def _csv(records: Sequence[str]) -> str:
    notes = [f"# {record}: {_NOTES[record]}" for record in records]
    notes += [f"#   {column}: {_COLUMNS[column]}" for column in _columns(records)]
    return "\n".join([*notes, _table(records)])


def _fields(record: str) -> list[str]:
    """The comment of each column at the field that it becomes."""
    kind = KINDS[record]
    paths = dict(kind.head)
    for name, columns in kind.lists.items():
        paths |= {column: f"{name}[].{field}" if field else f"{name}[]" for column, field in columns.items()}
    return [f"#   {paths[column]}: {_COLUMNS[column]}" for column in _columns([record]) if column in paths]


def _jsonl(records: Sequence[str]) -> str:
    lines = []
    for record in records:
        lines += [f"# {record}: {_NOTES[record]}", *_fields(record)]
        for claim in read_table(_table([record])):
            assert isinstance(claim, RawClaim), f"the template of {record} can be read"
            lines.append(json.dumps({"type": claim.type, "time": claim.time, "data": claim.data}, ensure_ascii=False))
    return "\n".join(lines) + "\n"
