"""What this service's pages say. Facts and headlines of a chain tell themselves (`ewaste.evidence.custody.texts`)."""

from collections.abc import Mapping
from typing import Final

from ewaste.evidence.rules.operations import OPERATIONS
from ewaste.traceability.certificates.texts import STANDING_TEXTS
from ewaste.traceability.exports.registers_texts import EXPORT_TEXTS
from ewaste.web.language import Texts, Words

__all__ = ["CERTIFICATE_STATES", "MATERIALS", "OPERATION_NAMES", "TEXTS"]

_OPERATIONS_IN_THAI: Final = {
    "R1": "ใช้เป็นเชื้อเพลิงหรือผลิตพลังงาน",
    "R2": "นำตัวทำละลายกลับคืน",
    "R3": "รีไซเคิลสารอินทรีย์ (พลาสติก)",
    "R4": "รีไซเคิลโลหะและสารประกอบโลหะ",
    "R5": "รีไซเคิลวัสดุอนินทรีย์อื่น (แก้ว)",
    "R6": "ฟื้นสภาพกรดหรือด่าง",
    "R7": "นำวัสดุที่ใช้ลดมลพิษกลับคืน",
    "R8": "นำส่วนประกอบของตัวเร่งปฏิกิริยากลับคืน",
    "R9": "กลั่นน้ำมันใช้แล้ว",
    "R10": "ปรับปรุงดินที่เกิดประโยชน์",
    "R11": "ใช้ของเสียที่ได้จาก R1 ถึง R10",
    "R12": "แลกเปลี่ยนหรือคัดแยกก่อน R1 ถึง R11",
    "R13": "เก็บรอ R1 ถึง R12",
    "D1": "ฝังกลบ",
    "D2": "บำบัดในดิน",
    "D3": "อัดฉีดลงใต้ดิน",
    "D4": "กักเก็บในบ่อผิวดิน",
    "D5": "ฝังกลบในหลุมที่ออกแบบทางวิศวกรรม",
    "D6": "ระบายลงแหล่งน้ำ",
    "D7": "ระบายลงทะเล",
    "D8": "บำบัดทางชีวภาพ",
    "D9": "บำบัดทางเคมีกายภาพ",
    "D10": "เผาบนบก",
    "D11": "เผาในทะเล",
    "D12": "เก็บกักถาวร",
    "D13": "ผสมก่อน D1 ถึง D12",
    "D14": "บรรจุใหม่ก่อน D1 ถึง D13",
    "D15": "เก็บรอ D1 ถึง D14",
}
OPERATION_NAMES: Final[Mapping[str, Words]] = {
    code.value: Words(_OPERATIONS_IN_THAI[code.value], rule.meaning) for code, rule in OPERATIONS.items()
}
"""By code of the Basel Convention, annex IV."""

MATERIALS: Final[Mapping[str, Words]] = {
    "aluminium": Words("อะลูมิเนียม", "aluminium"),
    "copper": Words("ทองแดง", "copper"),
    "ferrous": Words("เหล็ก", "iron and steel"),
    "fluff": Words("เศษเบาจากการบด", "shredder fluff"),
    "glass": Words("แก้ว", "glass"),
    "plastics": Words("พลาสติก", "plastics"),
    "printed-boards": Words("แผงวงจร", "printed circuit boards"),
    "steel": Words("เหล็กกล้า", "steel"),
}
"""Materials that recyclers often name; others are shown as they are named."""

CERTIFICATE_STATES: Final[Mapping[str, tuple[str, Words]]] = {
    "valid": ("good", Words("มีผล", "Valid")),
    "suspended": ("bad", Words("ถูกระงับ หลักฐานเปลี่ยนไปหลังออกใบรับรอง", "Suspended: its evidence changed")),
    "replaced": ("warn", Words("ถูกแทนที่ด้วยใบรับรองฉบับใหม่", "Replaced by a newer certificate")),
    "announced": ("", Words("ออกแล้ว รอบันทึกลงบัญชี", "Issued; on its way into the ledger")),
}

TEXTS: Final[Texts] = {
    **STANDING_TEXTS,
    **EXPORT_TEXTS,
    # Asking for a chain
    "ask_title": Words("ตรวจสอบเส้นทาง", "Follow a chain"),
    "ask_lead": Words(
        "เลือกชนิดและกรอกหมายเลข แล้วดูข้อเท็จจริงทุกข้อตามลำดับ พร้อมตำแหน่งในบัญชีและสิ่งที่ยังขาด",
        "Choose a kind and enter its number to see every fact in order, its place in the ledger, and what is missing.",
    ),
    "kind": Words("ชนิด", "Kind"),
    "number": Words("หมายเลข", "Number"),
    "show": Words("แสดง", "Show"),
    "kind_item": Words("ชิ้น", "Piece"),
    "kind_bag": Words("ถุง", "Bag"),
    "kind_load": Words("เที่ยวขนส่ง", "Load"),
    "kind_batch": Words("ชุดแปรรูป", "Batch"),
    "kind_certificate": Words("ใบรับรอง", "Certificate"),
    # The chain
    "as_of": Words("ตามบัญชี ณ {size:,} รายการ", "As of {size:,} ledger records"),
    "complete": Words("ครบทุกข้อ ไม่มีสิ่งใดขาด", "Complete: nothing is missing"),
    "missing_title": Words("ยังขาดหรือติดขัด {n:,} ข้อ", "Missing or in the way: {n:,}"),
    "missing_mark": Words("ยังขาด", "Missing"),
    "chain": Words("เส้นทาง", "The chain"),
    "record": Words("บัญชี #{index}", "Ledger #{index}"),
    "signed": Words("ผู้รีไซเคิลลงลายมือชื่อดิจิทัล", "Signed by the recycler"),
    "taken_back": Words("ถูกถอนคืนโดยบัญชี #{index} จึงไม่นับ", "Taken back by ledger #{index}: not counted"),
    "shown_above": Words("รายละเอียดอยู่ด้านบน", "Details are above"),
    "inside_batch": Words("ชุดแปรรูป: {n:,}", "Batches: {n:,}"),
    "inside_load": Words("เที่ยวขนส่ง: {n:,}", "Loads: {n:,}"),
    "inside_bag": Words("ถุง: {n:,}", "Bags: {n:,}"),
    "inside_item": Words("ชิ้น: {n:,}", "Pieces: {n:,}"),
    "fractions": Words("ผลจากการแปรรูป", "What it became"),
    "facility": Words("สถานที่", "facility"),
    "waste_code": Words("รหัสของเสีย", "waste code"),
    "reuse": Words("เตรียมใช้ซ้ำ", "prepared for re-use"),
    "checks_matched": Words(
        "ชั่งและตรวจซีลเมื่อเปลี่ยนมือ {n:,} ครั้ง ตรงกันทุกครั้ง",
        "Weighed and seal read at {n:,} changes of hands: all match",
    ),
    "checks_differ": Words(
        "ชั่งและตรวจซีลเมื่อเปลี่ยนมือ {n:,} ครั้ง มี {bad:,} ครั้งที่ไม่ตรงกัน",
        "Weighed and seal read at {n:,} changes of hands: {bad:,} differ",
    ),
    "given": Words("ผู้ส่ง", "Giver"),
    "taken": Words("ผู้รับ", "Receiver"),
    "result": Words("ผล", "Result"),
    "detail_seal_number": Words("หมายเลขซีล", "Seal"),
    "detail_gross_grams": Words("น้ำหนักรวมถุง", "Gross"),
    "detail_net_grams": Words("น้ำหนักสุทธิ", "Net"),
    "detail_sent": Words("ถุงที่ส่ง", "Bags sent"),
    "detail_accepted": Words("ถุงที่รับ", "Bags accepted"),
    "detail_rejected": Words("ถุงที่ปฏิเสธ", "Bags rejected"),
    "detail_missing": Words("ถุงที่หายไป", "Bags missing"),
    "detail_disputed": Words("ถุงที่มีข้อโต้แย้ง", "Bags disputed"),
    "detail_lost": Words("ถุงที่สูญหาย", "Bags lost"),
    "detail_holder_id": Words("อยู่กับ", "Held by"),
    "detail_broken": Words("สายการครอบครองขาดเพราะ", "Custody broken:"),
    "detail_break_reason": Words("สาเหตุที่แจ้ง", "Declared reason"),
    "dispute_said": Words("คำแจ้งของแต่ละฝ่าย", "What each side said"),
    "counted_pieces": Words("{n:,} ชิ้น", "{n:,} pieces"),
    "detail_input_grams": Words("น้ำหนักเข้า", "Input"),
    "detail_output_grams": Words("น้ำหนักออก", "Output"),
    "detail_process_loss_grams": Words("สูญเสียในกระบวนการ", "Process loss"),
    "detail_difference_grams": Words("ผลต่างการชั่ง", "Difference"),
    "detail_landfill_grams": Words("ฝังกลบ", "Landfill"),
    # Certificates
    "certificates_title": Words("ใบรับรอง", "Certificates"),
    "certificates_lead": Words(
        "ใบรับรองออกต่อเมื่อน้ำหนักเข้าเท่ากับน้ำหนักออก ทราบเส้นทางของทุกถุง และไม่มีส่วนใดถูกฝังกลบ",
        "A certificate is issued when the grams balance, every bag's way is known and nothing was landfilled.",
    ),
    "no_certificates": Words("ยังไม่มีใบรับรอง", "There are no certificates yet"),
    "next_page": Words("หน้าถัดไป", "Next page"),
    "issued": Words("วันที่ออก", "Issued"),
    "certificate_title": Words("ใบรับรองการรีไซเคิล", "Recycling certificate"),
    "sample": Words(
        "ข้อมูลตัวอย่าง: ผู้รีไซเคิลรายนี้เป็นตัวอย่าง ไม่ใช่ของจริง",
        "Sample data: this recycler is an example, not a real one.",
    ),
    "state": Words("สถานะ", "State"),
    "batch": Words("ชุดแปรรูป", "Batch"),
    "recycler": Words("ผู้รีไซเคิล", "Recycler"),
    "licence": Words("ใบอนุญาต", "Licence"),
    "until": Words("ถึง", "until"),
    "period": Words("ช่วงเวลา", "Period"),
    "grams_in": Words("น้ำหนักเข้า", "Grams in"),
    "grams_out": Words("น้ำหนักออก", "Grams out"),
    "grams_landfill": Words("ฝังกลบ", "Landfilled"),
    "pieces": Words("จำนวนชิ้น", "Pieces"),
    "by_operation": Words("วิธีดำเนินการขั้นสุดท้าย", "By final operation"),
    "by_material": Words("วัสดุที่ได้", "By material"),
    "by_category": Words("ประเภทของที่ทิ้ง", "Pieces by category"),
    "operation": Words("วิธี", "Operation"),
    "material": Words("วัสดุ", "Material"),
    "category": Words("ประเภท", "Category"),
    "grams": Words("กรัม", "Grams"),
    "share": Words("ส่วน", "Share"),
    "process_loss": Words("สูญเสียในกระบวนการที่แจ้งไว้", "Declared process loss"),
    "difference": Words("ผลต่างการชั่ง (ยอมได้ {tolerance})", "Weighing difference (allowed {tolerance})"),
    "total_in": Words("รวมเท่ากับน้ำหนักเข้า", "Together: the input"),
    "coverage": Words("สายการครอบครอง (ISO 22095)", "Chain of custody (ISO 22095)"),
    "identity_preserved": Words("คงเอกลักษณ์ (จากกล่องเดียว)", "Identity preserved (one box)"),
    "broken": Words("สายการครอบครองขาด", "Custody broken"),
    "segregated": Words("แยกจากของผู้อื่น", "Segregated"),
    "mass_balance": Words("สมดุลมวลสาร", "Mass balance"),
    "own_share": Words("ส่วนที่มาจากเทศบาล", "Share from the municipality"),
    "bags": Words("ถุงที่รับรอง {n:,} ถุง", "Bags it covers: {n:,}"),
    "bag": Words("ถุง", "Bag"),
    "evidence": Words("หลักฐาน", "Evidence"),
    "evidence_lead": Words(
        "ใครก็คำนวณใบรับรองนี้ซ้ำได้จากบัญชี และต้องได้ตรงกันทุกไบต์ ค่า SHA-256 ของเอกสาร JSON ต้องเท่ากับค่าด้านล่าง",
        "Anyone can compute this certificate again from the ledger and must get the same bytes; the SHA-256 of the "
        "JSON document must be the digest below.",
    ),
    "records": Words("จำนวนหลักฐาน", "Facts it rests on"),
    "ledger_size": Words("ขนาดบัญชี", "Ledger size"),
    "ledger_root": Words("รากของบัญชี", "Ledger root"),
    "digest": Words("SHA-256 ของเอกสาร", "Digest (SHA-256)"),
    "rules": Words("SHA-256 ของกฎ", "Digest of the rules"),
    "issuer": Words("ผู้ออก", "Issuer"),
    "canonical": Words("เอกสาร JSON ฉบับมาตรฐาน", "The canonical JSON document"),
    "whole_chain": Words("ดูเส้นทางทั้งหมด", "See the whole chain"),
    "verify_here": Words("ตรวจสอบใบรับรองนี้", "Verify this certificate"),
    "document_pdf": Words(
        "ใบรับรอง PDF สำหรับพิมพ์ (มีข้อมูลลงนามแนบในไฟล์)", "PDF to print, with the signed credential inside"
    ),
    "document_credential": Words(
        "ใบรับรองลงนามดิจิทัล (W3C Verifiable Credential)", "Signed credential (W3C Verifiable Credential)"
    ),
    "document_receipt": Words(
        "หลักฐานว่าบันทึกการออกใบรับรองอยู่ในบัญชีที่พยานลงนามร่วม (C2SP tlog-proof)",
        "Proof that its issue stands in the log that witnesses cosign (C2SP tlog-proof)",
    ),
    # Verifying
    "verify_title": Words("ตรวจสอบใบรับรอง", "Verify a certificate"),
    "verify_lead": Words(
        "กรอกเลขที่ใบรับรอง หรือเลือกไฟล์ PDF ระบบจะคำนวณใบรับรองซ้ำจากบัญชี แล้วบอกทีละข้อว่าตรงหรือไม่",
        "Enter the certificate's number, or choose its PDF. It is computed again from the ledger, and each step says "
        "whether it holds.",
    ),
    "verify_number": Words("เลขที่ใบรับรอง", "Certificate number"),
    "verify_button": Words("ตรวจสอบ", "Verify"),
    "verify_file": Words("หรือเลือกไฟล์ใบรับรอง (PDF, JWT หรือ JSON)", "Or choose a certificate's file (PDF, JWT or JSON)"),
    "verify_holds": Words("ใบรับรองนี้ถูกต้องและมีผลวันนี้", "This certificate is genuine and holds today"),
    "verify_fallen": Words(
        "ใบรับรองนี้เป็นของแท้ แต่ไม่มีผลแล้ว ดูสถานะด้านล่าง", "Genuine, but it holds no more: see its status below"
    ),
    "verify_successor": Words("ดูใบรับรองที่แทนที่", "See the certificate that replaces it"),
    "verify_fails": Words(
        "อย่ายอมรับใบรับรองนี้ ดูข้อที่ไม่ผ่านด้านล่าง", "Don't accept this certificate: see what does not hold below"
    ),
    "verify_steps": Words("ผลการตรวจทีละข้อ", "What was checked"),
    "verify_step_signature": Words("ลายเซ็น", "Signature"),
    "verify_step_digest": Words("เนื้อหาไม่ถูกแก้ไข", "Content"),
    "verify_step_recorded": Words("บันทึกในบัญชี", "In the ledger"),
    "verify_step_root": Words("รากของบัญชี", "The ledger's root"),
    "verify_step_derived": Words("คำนวณซ้ำ", "Computed again"),
    "verify_step_status": Words("สถานะวันนี้", "Status today"),
    "verify_step_paper": Words("หน้ากระดาษ", "The pages"),
    "verify_browser": Words("เครื่องของท่านตรวจเองด้วย", "Your own device checks too"),
    "verify_browser_lead": Words(
        "ด้านบนคือผลจากระบบ ส่วนนี้เบราว์เซอร์ของท่านตรวจลายเซ็นและคำนวณ SHA-256 เองโดยไม่ต้องเชื่อระบบ",
        "Above is what the service found. Here your browser checks the signature and computes the SHA-256 by itself.",
    ),
    "verify_no_script": Words(
        "เบราว์เซอร์นี้ปิด JavaScript ผลจากระบบด้านบนยังใช้ได้ตามปกติ",
        "JavaScript is off in this browser; what the service found above is complete without it.",
    ),
    "verify_chain": Words("เส้นทางตั้งแต่กล่องจนถึงใบรับรอง", "The chain from box to certificate"),
    "documents": Words("เอกสาร", "Documents"),
    "document_page": Words("ดูใบรับรองบนหน้าเว็บ", "The certificate as a page"),
    "verify_offline": Words(
        "ตรวจโดยไม่ต้องเชื่อใครและไม่ใช้เครือข่ายได้ด้วยคำสั่ง ewaste-auditor credential",
        "To check without trusting anyone and without a network: ewaste-auditor credential.",
    ),
}
