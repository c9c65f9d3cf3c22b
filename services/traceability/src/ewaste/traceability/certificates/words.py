"""What the paper says beside the certificate's own facts."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from ewaste.web.language import Words

__all__ = ["COLUMNS", "PAPER", "Pair", "pair"]

Pair: TypeAlias = dict[str, str]


def pair(words: Words) -> Pair:
    """As JSON."""
    return {"th": words.th, "en": words.en}


PAPER: Final[Mapping[str, Words]] = {
    "title": Words("ใบรับรองการรีไซเคิลขยะอิเล็กทรอนิกส์", "Certificate of e-waste recycling"),
    "number": Words("เลขที่", "No."),
    "statement_zero": Words(
        "ขอรับรองว่าขยะอิเล็กทรอนิกส์ของเทศบาล {kilograms} กิโลกรัม\nผ่านการแปรรูปโดย {recycler} และไม่มีส่วนใดถูกฝังกลบ",
        "This certifies that {kilograms} kg of the municipality's e-waste\nwere processed by {recycler} "
        "and that none of it was landfilled.",
    ),
    "statement": Words(
        "ขอรับรองว่าขยะอิเล็กทรอนิกส์ของเทศบาล {kilograms} กิโลกรัม\nผ่านการแปรรูปโดย {recycler} โดยฝังกลบ {landfill} กิโลกรัม",
        "This certifies that {kilograms} kg of the municipality's e-waste\nwere processed by {recycler}; "
        "{landfill} kg were landfilled.",
    ),
    "kg": Words("กก.", "kg"),
    "percent": Words("%", "%"),
    "pieces": Words("ชิ้น", "pieces"),
    "figure_input": Words("รับเข้าแปรรูป", "kg from the municipality"),
    "figure_recovered": Words("ถึงขั้นตอนสุดท้าย", "through final operations"),
    "figure_landfill": Words("ฝังกลบ", "kg landfilled"),
    "figure_pieces": Words("จำนวนที่นับได้", "pieces counted"),
    "seal": Words("ไม่ฝังกลบ", "Zero landfill"),
    "seal_amount": Words("0 กก.", "0 kg"),
    "other_operations": Words("วิธีอื่น", "other operations"),
    "other_materials": Words("วัสดุอื่น", "other materials"),
    "became": Words("ของทั้งหมดกลายเป็นอะไร", "What became of it"),
    "materials": Words("วัสดุที่ได้", "Materials"),
    "who": Words("ผู้รีไซเคิลและช่วงเวลา", "Recycler and period"),
    "recycler": Words("ผู้รีไซเคิล", "Recycler"),
    "licence": Words("ใบอนุญาต", "Licence"),
    "period": Words("ช่วงเวลา", "Period"),
    "issued": Words("วันที่ออก", "Issued"),
    "sample": Words("ข้อมูลตัวอย่าง: ผู้รีไซเคิลรายนี้ไม่ใช่ของจริง", "Sample data: this recycler is an example, not a real one"),
    "scan": Words("สแกนเพื่อตรวจสอบสถานะปัจจุบันและเส้นทางทั้งหมด", "Scan to check today's status and follow the whole chain"),
    "digest": Words("ลายนิ้วมือ SHA-256 ของใบรับรอง", "SHA-256 of the certificate"),
    "all": Words("รายละเอียดของใบรับรอง", "The certificate in full"),
    "loss": Words("สูญเสียในกระบวนการที่แจ้งไว้", "Declared process loss"),
    "difference": Words("ผลต่างการชั่ง", "Weighing difference"),
    "grams_own": Words("น้ำหนักจากเทศบาล", "From the municipality"),
    "grams_other_clients": Words("น้ำหนักจากผู้อื่นในชุดเดียวกัน", "From other clients in the batch"),
    "grams_input": Words("น้ำหนักเข้าทั้งหมด", "All input"),
    "grams_output": Words("น้ำหนักออก", "Output"),
    "grams_process_loss": Words("สูญเสียในกระบวนการที่แจ้งไว้", "Declared process loss"),
    "grams_difference": Words("ผลต่างการชั่ง", "Weighing difference"),
    "grams_tolerance": Words("ผลต่างที่ยอมได้", "Difference allowed"),
    "grams_landfill": Words("ฝังกลบ", "Landfilled"),
    "grams_reuse": Words("เตรียมใช้ซ้ำ", "Prepared for re-use"),
    "pieces_by_category": Words("จำนวนชิ้นตามประเภท", "Pieces by category"),
    "coverage": Words("สายการครอบครอง (ISO 22095)", "Chain of custody (ISO 22095)"),
    "coverage_lead": Words(
        "ส่วนของน้ำหนักจากเทศบาลที่ทราบเส้นทางในแต่ละระดับ", "How much of the municipality's grams is known how well"
    ),
    "coverage_identity_preserved": Words("รักษาตัวตนของกล่อง", "Identity preserved"),
    "coverage_segregated": Words("แยกจากของผู้อื่น", "Segregated"),
    "coverage_mass_balance": Words("สมดุลมวลสาร", "Mass balance"),
    "coverage_broken": Words("เส้นทางขาดตอน", "Custody broken"),
    "coverage_own_share": Words("ส่วนที่มาจากเทศบาล", "Share from the municipality"),
    "evidence": Words("หลักฐาน", "Evidence"),
    "facts_count": Words("จำนวนหลักฐานในบัญชี", "Facts in the ledger"),
    "ledger_size": Words("ขนาดบัญชี", "Ledger size"),
    "ledger_root": Words("รากของบัญชี", "Ledger root"),
    "rules_digest": Words("SHA-256 ของกฎทั้งหมด", "SHA-256 of all rules"),
    "rules": Words("กฎที่ใช้", "Rules that were applied"),
    "levels": Words("เทียบเกณฑ์", "Measured against"),
    "schemes_lead": Words(
        "คำนวณที่นี่ตามตัวเลขของแต่ละเกณฑ์ ไม่ใช่การรับรองโดยเจ้าของเกณฑ์",
        "Computed here by each scheme's numbers; not a certification by its owner",
    ),
    "batch": Words("ชุดแปรรูป", "Batch"),
    "partner_schemes": Words("มาตรฐานของผู้รีไซเคิล", "Recycler's standards"),
    "input_by_category": Words("น้ำหนักหลังคัดแยกตามประเภท", "Grams by category after sorting"),
    "reuse_pieces": Words("จำนวนชิ้นที่เตรียมใช้ซ้ำ", "Pieces prepared for re-use"),
    "by_operation": Words("น้ำหนักตามวิธีขั้นสุดท้าย", "Grams by final operation"),
    "by_material": Words("น้ำหนักตามวัสดุ", "Grams by material"),
    "by_facility": Words("น้ำหนักตามสถานที่", "Grams by facility"),
    "fractions": Words("ผลจากการแปรรูป", "Fractions"),
    "downstream": Words("การบำบัดต่อจากนั้น", "What became of interim fractions"),
    "disputes": Words("ข้อโต้แย้งที่ยุติแล้ว", "Disputes that ended"),
    "breaks": Words("เส้นทางที่ขาดตอน", "Breaks of custody"),
    "issuer": Words("ผู้ออก", "Issuer"),
    "bags": Words("ถุงที่รับรอง", "Bags it covers"),
    "bag": Words("ถุง", "Bag"),
    "grams": Words("กรัม", "Grams"),
    "how": Words("ตรวจสอบอย่างไร", "How to verify"),
    "how_1": Words(
        "สแกนรหัส QR หน้าแรก: หน้าเว็บจะคำนวณใบรับรองซ้ำจากบัญชีและบอกสถานะวันนี้",
        "Scan the QR code on the first page: the page computes the certificate again from the ledger and tells its "
        "status today.",
    ),
    "how_2": Words(
        "ไฟล์ PDF นี้แนบ credential.jwt (W3C Verifiable Credential ลงนาม Ed25519) และ certificate.json ไว้ข้างใน "
        "สิ่งที่มีลายเซ็นคือไฟล์แนบ ไม่ใช่ข้อความบนหน้ากระดาษ",
        "This PDF carries credential.jwt (a W3C Verifiable Credential signed with Ed25519) and certificate.json. "
        "What is signed are these files, not the words on the page.",
    ),
    "how_3": Words(
        "SHA-256 ของ certificate.json ต้องเท่ากับลายนิ้วมือด้านบน",
        "The SHA-256 of certificate.json must be the digest above.",
    ),
    "how_4": Words(
        "ตรวจโดยไม่ต้องเชื่อผู้ออกและไม่ใช้เครือข่าย: pip install ewaste-auditor แล้วสั่ง "
        "ewaste-auditor credential FILE --ledger LEDGER",
        "Without a network and without trusting the issuer: pip install ewaste-auditor, then ewaste-auditor credential "
        "FILE --ledger LEDGER.",
    ),
}

COLUMNS: Final[Mapping[str, Words]] = {
    "fraction_id": Words("ส่วน", "Fraction"),
    "from_fraction_id": Words("จากส่วน", "From fraction"),
    "treatment_id": Words("การบำบัด", "Treatment"),
    "material": Words("วัสดุ", "Material"),
    "grams": Words("กรัม", "Grams"),
    "operation": Words("วิธี", "Operation"),
    "facility_id": Words("สถานที่", "Facility"),
    "facility_country": Words("ประเทศ", "Country"),
    "waste_code": Words("รหัสของเสีย", "Waste code"),
    "prepared_for_reuse": Words("ใช้ซ้ำ", "Re-use"),
    "pieces": Words("ชิ้น", "Pieces"),
    "bag_id": Words("ถุง", "Bag"),
    "bag_ids": Words("ถุง", "Bags"),
    "load_id": Words("เที่ยวขนส่ง", "Load"),
    "reason": Words("เหตุผล", "Reason"),
    "outcome": Words("ผล", "Outcome"),
    "index": Words("บัญชี #", "Ledger #"),
}
"""Of the tables; others stand under their own names."""
