"""The register of batches: the mass balance of each, and what keeps it open."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, PartnerRegistered
from ewaste.evidence.certificates.certify import reasons_against
from ewaste.evidence.certificates.content import inputs_of
from ewaste.evidence.custody.balance import balance
from ewaste.evidence.custody.fold import Custody, Fact
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.model import CertificateState
from ewaste.evidence.custody.states import batch_state, certificate_state
from ewaste.evidence.registers.columns import Row, grams, integer, moment, text, texts
from ewaste.evidence.registers.entries import Entry
from ewaste.evidence.registers.model import Register, View, is_decisive
from ewaste.evidence.registers.period import BANGKOK

__all__ = ["BATCHES"]


def _rows(view: View, entry: Entry) -> Iterator[Row]:
    custody, name = view.custody, node("batch", entry.key)
    opened = custody.first(name, BatchOpened)
    if opened is None or not is_decisive(opened, entry):
        return
    recycled = custody.first(name, BatchRecycled)
    opened_at = opened.evidence.event.envelope.time
    processed_at = recycled.evidence.event.envelope.time if recycled else None
    partner = _partner(custody, opened, processed_at or opened_at)
    yield (
        entry.key,
        opened.data.partner_id,
        partner.data.name_th if partner else None,
        partner.data.licence_number if partner else None,
        opened.data.facility_id,
        opened_at,
        opened_at,
        processed_at,
        processed_at,
        *_amounts(custody, entry.key),
        _certificate(custody, entry.key),
        opened.index,
    )


def _amounts(custody: Custody, batch_id: str) -> Row:
    found = balance(custody, batch_id)
    against = reasons_against(custody, found, inputs_of(custody, found))
    return (
        len(found.inputs),
        found.own_grams,
        found.other_client_grams,
        found.output_grams,
        found.process_loss_grams,
        found.difference_grams,
        found.tolerance_grams,
        found.landfill_grams,
        found.reuse_grams,
        batch_state(custody, batch_id).value,
        tuple(dict.fromkeys(line.code.value for line in against)),
    )


def _partner(custody: Custody, opened: Fact[BatchOpened], when: datetime) -> Fact[PartnerRegistered] | None:
    """The latest registration whose licence was valid on that Thai day, else the latest."""
    day = when.astimezone(BANGKOK).date()
    known = custody.facts(node("partner", opened.data.partner_id), PartnerRegistered)
    valid = [each for each in known if each.data.licence_valid_from <= day <= each.data.licence_valid_until]
    return next(reversed(valid or known), None)


def _certificate(custody: Custody, batch_id: str) -> str | None:
    """The one that holds, else none: a suspended certificate is in the register of certificates."""
    ids = custody.around(node("batch", batch_id), "certificate")
    return next((each for each in ids if certificate_state(custody, each) is CertificateState.VALID), None)


BATCHES: Final = Register(
    name="batches",
    th="ชุดแปรรูป",
    en="Batches",
    decided_by=BatchOpened,
    period_th="วันที่เปิดชุดแปรรูป",
    period_en="The day the batch was opened.",
    columns=(
        text("batch_id", "ชุดแปรรูป", "The batch"),
        text("partner_id", "ผู้รีไซเคิล", "The recycler that opened it"),
        text("partner_name_th", "ชื่อผู้รีไซเคิล", "The recycler's name in Thai"),
        text("licence_number", "เลขที่ใบอนุญาต", "Licence on the day of processing, else as last registered"),
        text("facility_id", "โรงงาน", "Where it was opened"),
        *moment("opened_at", "เวลาที่เปิด", "When its bags were opened"),
        *moment("processed_at", "เวลาที่แปรรูป", "When it was processed; empty: not yet"),
        integer("bags", "จำนวนถุง", "Our bags that went into it"),
        grams("input_own_grams", "น้ำหนักเข้าของเทศบาล", "Net weight from our bags"),
        grams("input_other_grams", "น้ำหนักเข้าของผู้อื่น", "Weight from other clients"),
        grams("output_grams", "น้ำหนักออก", "Weight of the fractions that nothing more was made of"),
        grams("process_loss_grams", "สูญเสียในกระบวนการ", "Declared loss, such as dust and moisture"),
        grams("difference_grams", "ผลต่าง", "Inputs less outputs and loss; negative: more came out"),
        grams("tolerance_grams", "ผลต่างที่ยอมได้", "How far inputs and outputs may be apart"),
        grams("landfill_grams", "ฝังกลบ", "What was landfilled or stored for good (D1, D5, D12)"),
        grams("reuse_grams", "เตรียมใช้ซ้ำ", "What was prepared for re-use"),
        text("state", "สถานะ", "open, processed, final, certified or suspended"),
        texts("open_lines", "ข้อที่ยังไม่ปิด", "Why it gets no certificate (yet), by code; empty: nothing is in the way"),
        text("certificate_id", "ใบรับรอง", "The certificate that holds; empty: none does"),
        integer("ledger_index", "ลำดับในบัญชี", "Place of the opening in the ledger; the first record has 0"),
    ),
    rows=_rows,
    root="batch",
    # Drops say nothing of grams, and a batch has some ten thousand.
    skipping=frozenset({"item"}),
)
