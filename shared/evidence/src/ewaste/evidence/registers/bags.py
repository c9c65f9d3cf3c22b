"""The register of bags: what was collected, and how far each bag came."""

from collections.abc import Iterator
from typing import Final

from ewaste.contracts.events.dropoff import DropPointRegistered
from ewaste.contracts.events.logistics import BinCollected
from ewaste.evidence.custody.fold import Custody
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.handovers import collections_of
from ewaste.evidence.custody.states import bag_of
from ewaste.evidence.registers.columns import Row, flag, grams, integer, moment, text, texts
from ewaste.evidence.registers.entries import Entry
from ewaste.evidence.registers.model import Register, View, is_decisive

__all__ = ["BAGS"]


def _rows(view: View, entry: Entry) -> Iterator[Row]:
    custody, bag_id = view.custody, entry.key
    collected = next(iter(collections_of(custody, bag_id)), None)
    if collected is None or not is_decisive(collected, entry):
        return
    bag = bag_of(custody, bag_id)
    assert bag is not None, "a collection names it"
    when = collected.evidence.event.envelope.time
    yield (
        bag_id,
        bag.point_id,
        *_point(custody, bag.point_id),
        bag.seal_number,
        bag.gross_grams,
        collected.data.tare_grams,
        bag.net_grams,
        len(bag.item_ids),
        collected.data.carrier_id,
        when,
        when,
        bag.load_ids,
        bag.holder_id,
        bag.state.value,
        bag.disputed,
        bag.batch_ids,
        bag.broken.value if bag.broken else None,
        bag.break_reason.value if bag.break_reason else None,
        collected.index,
    )


def _point(custody: Custody, point_id: str | None) -> tuple[str | None, str | None]:
    """Thai name and khwaeng, as last registered."""
    known = custody.facts(node("point", point_id), DropPointRegistered) if point_id else []
    return (known[-1].data.name_th, known[-1].data.khwaeng.value) if known else (None, None)


BAGS: Final = Register(
    name="bags",
    th="ถุง",
    en="Bags",
    decided_by=BinCollected,
    period_th="วันที่เก็บถุง ถุงที่ยังไม่ถูกเก็บไม่อยู่ในทะเบียน",
    period_en="The day the bag was collected; a bag that was not collected yet is in no period.",
    columns=(
        text("bag_id", "หมายเลขถุง", "The bag"),
        text("point_id", "หมายเลขจุดรับ", "The box it hung in"),
        text("point_name_th", "ชื่อจุดรับ", "The box's name in Thai, as last registered"),
        text("khwaeng", "แขวง", "District of Chiang Mai City Municipality that the box is in"),
        text("seal_number", "หมายเลขซีล", "Seal number, as read when it was collected"),
        grams(
            "gross_grams",
            "น้ำหนักรวมถุง",
            "Weight with bag and seal: as agreed in a dispute, else as collected",
        ),
        grams("tare_grams", "น้ำหนักถุงเปล่า", "Weight of the empty bag and seal"),
        grams("net_grams", "น้ำหนักสุทธิ", "Gross less tare, never below 0"),
        integer("items", "จำนวนชิ้นที่บันทึก", "Pieces recorded as dropped into it"),
        text("carrier_id", "ผู้เก็บ", "Who collected it"),
        *moment("collected_at", "เวลาที่เก็บ", "When it was sealed and weighed"),
        texts("load_ids", "เที่ยวขนส่ง", "Loads it is or was in"),
        text("holder_id", "ผู้ถือครองปัจจุบัน", "Who has it, or opened it"),
        text("state", "สถานะ", "How far it came: sealed, in_transit, delivered or opened"),
        flag("disputed", "มีข้อโต้แย้ง", "Whether a dispute about it is open"),
        texts("batch_ids", "ชุดแปรรูป", "Batches its contents went into"),
        text("broken", "สายการครอบครองขาด", "Why nobody can say where its contents are; empty: it is known"),
        text("break_reason", "เหตุที่แจ้ง", "What was declared as the reason: mixed, emptied, lost, stolen or disaster"),
        integer("ledger_index", "ลำดับในบัญชี", "Place of the collection in the ledger; the first record has 0"),
    ),
    rows=_rows,
    root="bag",
)
