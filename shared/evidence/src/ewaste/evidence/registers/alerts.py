"""The register of alerts: what was missing or contradicted itself, and when the missing fact arrived."""

from collections.abc import Iterator
from typing import Final

from ewaste.contracts.events.traceability import CustodyGapClosed, CustodyGapOpened
from ewaste.evidence.custody.fold import Fact, happened
from ewaste.evidence.registers.columns import Row, indices, integer, moment, text
from ewaste.evidence.registers.entries import Entry
from ewaste.evidence.registers.model import Register, View, is_decisive

__all__ = ["ALERTS"]


def _rows(view: View, entry: Entry) -> Iterator[Row]:
    opening = view.fact(entry.index, CustodyGapOpened)
    if opening is None:
        return
    openings, closings = _of_gap(view, opening)
    if not is_decisive(openings[0], entry):
        return
    # One that opened again after it closed is open.
    last = closings[-1] if closings and happened(closings[-1].evidence) > happened(openings[-1].evidence) else None
    opened_at = opening.evidence.event.envelope.time
    closed_at = last.evidence.event.envelope.time if last else None
    yield (
        opening.data.gap_id,
        opening.data.kind.value,
        opening.data.subject.kind.value,
        opening.data.subject.id,
        opened_at,
        opened_at,
        "closed" if last else "open",
        closed_at,
        closed_at,
        opening.data.evidence,
        last.data.evidence if last else (),
        opening.index,
    )


def _of_gap(
    view: View, opening: Fact[CustodyGapOpened]
) -> tuple[list[Fact[CustodyGapOpened]], list[Fact[CustodyGapClosed]]]:
    """Every opening and closing of this alert, in the order they happened."""
    subject = f"{opening.data.subject.kind}/{opening.data.subject.id}"
    opened = view.custody.facts(subject, CustodyGapOpened)
    closed = view.custody.facts(subject, CustodyGapClosed)
    gap = opening.data.gap_id
    return [each for each in opened if each.data.gap_id == gap], [each for each in closed if each.data.gap_id == gap]


ALERTS: Final = Register(
    name="alerts",
    th="สัญญาณเตือน",
    en="Alerts",
    decided_by=CustodyGapOpened,
    period_th="วันที่เตือนครั้งแรก",
    period_en="The day the alert was opened first.",
    columns=(
        text("gap_id", "หมายเลขสัญญาณเตือน", "The alert"),
        text("kind", "ชนิด", "What is missing or contradicts itself, such as uncollected_bag"),
        text("subject_kind", "เกี่ยวกับ", "What it is about: item, bag, load, batch, fraction, certificate or source"),
        text("subject_id", "หมายเลขของสิ่งนั้น", "Its id"),
        *moment("opened_at", "เวลาที่เตือน", "When it was opened"),
        text("state", "สถานะ", "open or closed"),
        *moment("closed_at", "เวลาที่ปิด", "When the missing fact arrived; empty: it is open"),
        indices("evidence", "หลักฐาน", "Ledger indices of the records that show it"),
        indices("closing_evidence", "หลักฐานที่ทำให้ปิด", "Ledger indices of the records that closed it"),
        integer("ledger_index", "ลำดับในบัญชี", "Place of the opening in the ledger; the first record has 0"),
    ),
    rows=_rows,
    also=(CustodyGapClosed,),
)
