"""Words about whether a certificate holds, Thai and English."""

from collections.abc import Mapping
from typing import Final

from ewaste.contracts.events.traceability import SuspensionReason
from ewaste.web.language import Texts, Words

__all__ = ["CONTENT_PARTS", "STANDING_TEXTS", "SUSPENSION_REASONS"]

SUSPENSION_REASONS: Final[Mapping[str, Words]] = {
    SuspensionReason.EVIDENCE_CORRECTED: Words(
        "หลักฐานที่ใช้ออกใบรับรองถูกแก้ไขโดยผู้บันทึกเอง", "Whoever recorded its evidence has corrected it"
    ),
    SuspensionReason.DISPUTE_OPENED: Words("มีข้อโต้แย้งเรื่องซีลหรือน้ำหนักของถุง", "A bag's seal or weight is in dispute"),
    SuspensionReason.OVER_ALLOCATED: Words(
        "กรัมเดียวกันถูกอ้างเกินน้ำหนักของถุง", "More grams of a bag are claimed than it holds"
    ),
    SuspensionReason.RECYCLER_LICENCE: Words(
        "ใบอนุญาตของผู้รีไซเคิลไม่ครอบคลุมวันที่ดำเนินการ", "The recycler's licence does not cover the days of its work"
    ),
    SuspensionReason.CUSTODY_BROKEN: Words("มีการแจ้งว่าห่วงโซ่ขาดตอน", "A break of custody was declared"),
    SuspensionReason.EVIDENCE_ARRIVED: Words(
        "มีหลักฐานที่มาช้าเปลี่ยนสิ่งที่รับรอง", "A record that came late changes what was certified"
    ),
    SuspensionReason.RULES_CHANGED: Words("กติกาที่ใช้คำนวณเปลี่ยนไป", "The rules it follows have changed"),
}

CONTENT_PARTS: Final[Mapping[str, Words]] = {
    "assessments": Words("ผลการประเมิน", "Assessment"),
    "batch_id": Words("ชุดรีไซเคิล", "Batch"),
    "breaks": Words("การขาดตอนของห่วงโซ่", "Breaks of custody"),
    "chain_of_custody": Words("ห่วงโซ่การครอบครอง", "Chain of custody"),
    "disputes": Words("ข้อโต้แย้ง", "Disputes"),
    "downstream": Words("การบำบัดที่ปลายทาง", "Treatment elsewhere"),
    "fractions": Words("วัสดุที่แยกได้", "Fractions"),
    "grams": Words("น้ำหนักรวม", "Grams in all"),
    "input_by_category": Words("ประเภทที่รับเข้า", "Input by category"),
    "inputs": Words("ถุงที่นำเข้า", "Bags that went in"),
    "outcome": Words("ผลการรีไซเคิล", "Outcome"),
    "partner": Words("ผู้รีไซเคิล", "Recycler"),
    "period": Words("ช่วงเวลา", "Period"),
    "reuse": Words("การใช้ซ้ำ", "Re-use"),
    "rules": Words("กติกา", "Rules"),
    "rules_digest": Words("ลายนิ้วมือของกติกา", "Digest of the rules"),
}
"""What a part of a certificate's content is about, by its name in the JSON; other names speak for themselves."""

STANDING_TEXTS: Final[Texts] = {
    "standing_why": Words("เหตุที่ใบรับรองนี้ไม่มีผล", "Why this certificate does not hold"),
    "standing_since": Words("ถูกระงับเมื่อ", "Suspended"),
    "standing_records": Words("รายการที่เปลี่ยนสิ่งที่รับรอง", "Records that changed it"),
    "standing_missing": Words("ตอนนั้นยังขาด", "Missing at that time"),
    "standing_successor": Words("ใบรับรองที่แทนที่", "Replaced by"),
    "standing_before": Words("แทนใบรับรองเดิม", "Replaces"),
    "standing_differences": Words("ต่างจากใบเดิมตรงไหน", "What differs from the one it replaces"),
    "standing_value": Words("ข้อมูล", "Value"),
    "standing_old": Words("เดิม", "Before"),
    "standing_new": Words("ใหม่", "Now"),
    "standing_yes": Words("ใช่", "yes"),
    "standing_no": Words("ไม่ใช่", "no"),
    "standing_none": Words("ไม่มี", "none"),
    "standing_entries": Words("{count} รายการ", "{count} entries"),
    "standing_nothing": Words("ไม่มีข้อมูลที่ต่าง", "Nothing differs"),
}
