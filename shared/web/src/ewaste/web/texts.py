"""What the shared templates say."""

from typing import Final

from ewaste.web.language import Texts, Words

__all__ = ["SHARED_TEXTS"]

SHARED_TEXTS: Final[Texts] = {
    "product": Words("ติดตามขยะอิเล็กทรอนิกส์", "E-waste Trace"),
    "skip": Words("ข้ามไปยังเนื้อหา", "Skip to content"),
    "pages": Words("หน้าเว็บ", "Pages"),
    "language": Words("ภาษา", "Language"),
    "start": Words("หน้าแรก", "Start"),
    "for_machines": Words("สำหรับระบบอื่น", "For other systems"),
    "api": Words("เอกสาร API", "API documentation"),
    "ready": Words("สถานะความพร้อมของบริการ", "Whether the service is ready"),
    "footer": Words(
        "ทุกขั้นตอนถูกบันทึกในบัญชีที่แก้ไขย้อนหลังไม่ได้ เวลาทั้งหมดเป็นเวลาประเทศไทย",
        "Every step is recorded in a ledger that can't be changed afterwards. All times are Thai time.",
    ),
    "error_title_not_found": Words("ไม่พบหน้านี้", "Not found"),
    "error_not_found": Words(
        "ไม่มีข้อมูลตามที่อยู่นี้ โปรดตรวจสอบตัวอักษรทุกตัว หากเพิ่งเกิดรายการ โปรดลองใหม่ในอีกสักครู่",
        "Nothing is recorded under this address. Check it letter by letter; if it is new, try again in a moment.",
    ),
    "error_title_refused": Words("ทำตามคำขอนี้ไม่ได้", "This can't be done"),
    "error_refused": Words(
        "ข้อมูลในที่อยู่เว็บไม่ถูกต้อง โปรดกลับไปหน้าแรกแล้วลองใหม่",
        "The address holds something that is not valid. Go back to the start and try again.",
    ),
    "error_title_failed": Words("ระบบขัดข้อง", "Something failed on our side"),
    "error_failed": Words(
        "ข้อมูลของท่านไม่สูญหาย โปรดลองใหม่ในอีกสักครู่",
        "Nothing is lost. Try again in a moment.",
    ),
}
