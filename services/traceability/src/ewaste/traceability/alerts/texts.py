"""What alerts say in both languages: what is wrong, and what to do about it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from ewaste.contracts.events.traceability import GapKind
from ewaste.web.language import Words

__all__ = ["ALERTS", "ALERT_TEXTS", "Told"]


class Told(NamedTuple):
    """`name` is the alert, `then` what closes it."""

    name: Words
    then: Words


ALERTS: Final[Mapping[GapKind, Told]] = {
    GapKind.SEAL_MISMATCH: Told(
        Words("ซีลไม่ตรงกัน", "Seal does not match"),
        Words("ผู้ส่งและผู้รับต้องตรวจถุงและแจ้งผลให้ตรงกัน", "Giver and receiver check the bag and state the same outcome."),
    ),
    GapKind.WEIGHT_MISMATCH: Told(
        Words("น้ำหนักต่างกันมาก", "Weight differs too much"),
        Words("ชั่งใหม่ แล้วผู้ส่งและผู้รับแจ้งน้ำหนักที่ตกลงกัน", "Weigh again; giver and receiver state the agreed weight."),
    ),
    GapKind.COUNT_MISMATCH: Told(
        Words("จำนวนถุงไม่ตรงกัน", "Number of bags differs"),
        Words("หาถุงที่ขาดหรือเกิน หรือแจ้งว่าสูญหาย", "Find the missing or extra bag, or state that it is lost."),
    ),
    GapKind.OVER_ALLOCATED: Told(
        Words("นับน้ำหนักซ้ำเกินที่มี", "More grams used than there were"),
        Words("ผู้รีไซเคิลต้องแก้ชุดแปรรูปที่นับเกิน", "The recycler corrects the batch that counts too much."),
    ),
    GapKind.ITEM_IN_TWO_PLACES: Told(
        Words("ของชิ้นเดียวอยู่สองที่", "One thing in two places"),
        Words("ถอนบันทึกที่ผิด", "Take back the record that is wrong."),
    ),
    GapKind.DISPUTE_OVERDUE: Told(
        Words("ข้อโต้แย้งเกินกำหนด", "Dispute is overdue"),
        Words("เทศบาลตัดสินได้แล้ว", "The municipality may decide now."),
    ),
    GapKind.CERTIFICATE_SUSPENDED: Told(
        Words("ใบรับรองถูกระงับ", "Certificate is suspended"),
        Words("เมื่อหลักฐานครบจะออกฉบับใหม่แทนเอง", "A new one replaces it by itself once the evidence is complete."),
    ),
    GapKind.UNCOLLECTED_BAG: Told(
        Words("ถุงค้างในกล่องเกินกำหนด", "Bag hangs too long"),
        Words("ส่งรถไปเก็บถุง", "Send a crew to collect the bag."),
    ),
    GapKind.BAG_NOT_HANDED_OVER: Told(
        Words("ถุงที่เก็บแล้วยังไม่ส่งต่อ", "Collected bag is not sent on"),
        Words("ส่งถุงไปยังผู้รีไซเคิล", "Send the bag to the recycler."),
    ),
    GapKind.LOAD_NOT_CONFIRMED: Told(
        Words("ยังไม่มีใครยืนยันรับเที่ยวขนส่ง", "Load is not confirmed"),
        Words("ถามผู้รับว่าได้รับของแล้วหรือไม่", "Ask the receiver whether it arrived."),
    ),
    GapKind.BATCH_STALLED: Told(
        Words("ชุดแปรรูปหยุดนิ่ง", "Batch does not go on"),
        Words("ผู้รีไซเคิลต้องแจ้งการดำเนินการขั้นสุดท้าย", "The recycler reports the final operation."),
    ),
    GapKind.SEQUENCE_GAP: Told(
        Words("บันทึกหายไปจากลำดับ", "A record is missing"),
        Words("ผู้ดูแลระบบตรวจบริการที่ส่งบันทึก", "The operator checks the service that sends these records."),
    ),
    GapKind.EQUIVOCATION: Told(
        Words("บันทึกเดียวมีสองเนื้อหา", "One record with two contents"),
        Words("ผู้ดูแลระบบสอบถามผู้ส่ง เรื่องนี้ปิดเองไม่ได้", "The operator asks the sender. This does not close by itself."),
    ),
}
"""In the order in which they are shown: what contradicts itself before what is late."""

ALERT_TEXTS: Final[Mapping[str, Words]] = {
    "alerts_title": Words("สัญญาณเตือน", "Alerts"),
    "alerts_lead": Words(
        "สิ่งที่ขาดหายหรือขัดแย้งกันในเส้นทางของขยะอิเล็กทรอนิกส์ แต่ละเรื่องปิดเองเมื่อข้อมูลที่ขาดมาถึง",
        "What is missing or contradicts itself on the way of the e-waste. Each closes by itself when what is missing "
        "arrives.",
    ),
    "alerts_none": Words("ไม่มีเรื่องใดค้างอยู่", "Nothing is open"),
    "alerts_open": Words("ค้างอยู่ {n:,} เรื่อง", "Open: {n:,}"),
    "alerts_by_kind": Words("เลือกเรื่อง", "By kind"),
    "alerts_all": Words("ทุกเรื่อง", "All kinds"),
    "alerts_closed_shown": Words("เรื่องที่ปิดแล้ว", "Closed alerts"),
    "alerts_open_shown": Words("เรื่องที่ยังค้าง", "Open alerts"),
    "alert_do": Words("สิ่งที่ต้องทำ", "What to do"),
    "alert_open": Words("ค้างอยู่", "Open"),
    "alert_closed": Words("ปิดแล้ว", "Closed"),
    "alert_since": Words("เตือนเมื่อ", "Since"),
    "alert_until": Words("ปิดเมื่อ", "Closed"),
    "alert_limit": Words("ครบกำหนด", "Limit"),
    "alert_evidence": Words("หลักฐาน", "Evidence"),
    "alert_closed_by": Words("ปิดโดย", "Closed by"),
    "alert_more_evidence": Words("และอีก {n:,} รายการ", "and {n:,} more"),
    "alert_chain": Words("ดูเส้นทาง", "See the chain"),
    "kind_source": Words("แหล่งบันทึก", "Source"),
}
