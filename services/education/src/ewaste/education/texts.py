"""What this service's pages say."""

from typing import Final

from ewaste.web.language import Texts, Words

__all__ = ["TEXTS"]

TEXTS: Final[Texts] = {
    "badge_title": Words("ตรวจสอบเกียรติบัตร", "Check a certificate"),
    "badge_holds": Words("เกียรติบัตรนี้ออกโดยเราและมีผลวันนี้", "This certificate was issued by us and holds today"),
    "badge_revoked": Words("เกียรติบัตรนี้ถูกเพิกถอนแล้ว", "This certificate was revoked"),
    "badge_sample": Words("หลักสูตรตัวอย่าง ไม่ใช่หลักสูตรทางการ", "A sample course, not the official one"),
    "badge_course": Words("หลักสูตร", "Course"),
    "badge_completed": Words("เรียนจบเมื่อ", "Completed on"),
    "badge_issuer": Words("ผู้ออก", "Issuer"),
    "badge_number": Words("เลขที่", "Number"),
    "badge_about": Words(
        "หน้านี้ไม่แสดงชื่อ ชื่อมีเฉพาะในสำเนาที่ผู้เรียนขอเอง ตรวจลายเซ็นในสำเนาได้ด้วยโปรแกรม Open Badges 3.0 ใดก็ได้",
        "This page shows no name: a name is only in a copy that the learner asked for. Any Open Badges 3.0 verifier "
        "checks the signature of a copy.",
    ),
    "badge_pdf": Words("เกียรติบัตร PDF", "The certificate as PDF"),
    "badge_jwt": Words("Open Badge 3.0 (vc+jwt)", "Open Badge 3.0 (vc+jwt)"),
    "badge_keys": Words("กุญแจสาธารณะของผู้ออก", "The issuer's public keys"),
}
