"""The register of certificates: what each says, and whether it holds."""

from collections.abc import Iterator
from typing import Final

from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended
from ewaste.evidence.custody.fold import Custody
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.states import certificate_state
from ewaste.evidence.registers.columns import Row, grams, integer, moment, text
from ewaste.evidence.registers.entries import Entry
from ewaste.evidence.registers.model import Register, View, is_decisive

__all__ = ["CERTIFICATES"]


def _rows(view: View, entry: Entry) -> Iterator[Row]:
    custody, name = view.custody, node("certificate", entry.key)
    issued = custody.first(name, CertificateIssued)
    if issued is None or not is_decisive(issued, entry):
        return
    state = certificate_state(custody, entry.key)
    suspended = custody.first(name, CertificateSuspended)
    when, said = issued.evidence.event.envelope.time, issued.data
    suspended_at = suspended.evidence.event.envelope.time if suspended else None
    yield (
        said.certificate_id,
        said.batch_id,
        said.partner_id,
        when,
        when,
        said.input_grams,
        said.output_grams,
        said.process_loss_grams,
        said.landfill_grams,
        state.value if state else None,
        suspended_at,
        suspended_at,
        suspended.data.reason.value if suspended else None,
        said.replaces_certificate_id,
        _replaced_by(custody, said),
        said.ledger_size,
        said.ledger_root,
        said.rules_digest,
        said.content_digest,
        issued.index,
    )


def _replaced_by(custody: Custody, said: CertificateIssued) -> str | None:
    siblings = custody.facts(node("batch", said.batch_id), CertificateIssued)
    later = [each.data.certificate_id for each in siblings if each.data.replaces_certificate_id == said.certificate_id]
    return later[0] if later else None


CERTIFICATES: Final = Register(
    name="certificates",
    th="ใบรับรอง",
    en="Certificates",
    decided_by=CertificateIssued,
    period_th="วันที่ออกใบรับรอง",
    period_en="The day the certificate was issued.",
    columns=(
        text("certificate_id", "หมายเลขใบรับรอง", "The certificate"),
        text("batch_id", "ชุดแปรรูป", "The batch it is about"),
        text("partner_id", "ผู้รีไซเคิล", "The recycler"),
        *moment("issued_at", "เวลาที่ออก", "When it was issued"),
        grams("input_grams", "น้ำหนักเข้า", "What went into the batch, other clients' part included"),
        grams("output_grams", "น้ำหนักออก", "What came out with a final operation"),
        grams("process_loss_grams", "สูญเสียในกระบวนการ", "Declared loss, such as dust and moisture"),
        grams("landfill_grams", "ฝังกลบ", "What was landfilled or stored for good (D1, D5, D12)"),
        text("state", "สถานะ", "valid, suspended or replaced"),
        *moment("suspended_at", "เวลาที่ระงับ", "When it was suspended; empty: it never was"),
        text("suspension_reason", "เหตุที่ระงับ", "Why it was suspended"),
        text("replaces_certificate_id", "แทนที่ใบรับรอง", "The certificate it replaces"),
        text("replaced_by_certificate_id", "ถูกแทนที่ด้วย", "The certificate that replaces it"),
        integer("certified_ledger_size", "ขนาดบัญชีที่ใช้ออก", "How many records of the ledger it is derived from"),
        text("certified_ledger_root", "รากของบัญชีที่ใช้ออก", "Root over these records, hex"),
        text("rules_digest", "SHA-256 ของกฎ", "SHA-256 of the rules it was judged by, hex"),
        text("content_digest", "SHA-256 ของเอกสาร", "SHA-256 of its canonical JSON, hex"),
        integer("ledger_index", "ลำดับในบัญชี", "Place of its issue in the ledger; the first record has 0"),
    ),
    rows=_rows,
    root="certificate",
    # Only the batch's other certificates matter, not what went into it.
    skipping=frozenset({"bag", "fraction", "item"}),
)
