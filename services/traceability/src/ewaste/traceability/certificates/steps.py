"""What each step of a verification found, in words."""

from collections.abc import Mapping
from typing import Final

from ewaste.traceability.certificates.verification import Step, StepCode
from ewaste.web.language import Words

__all__ = ["STEP_TEXTS", "said"]

STEP_TEXTS: Final[Mapping[tuple[StepCode, str], Words]] = {
    (StepCode.SIGNATURE, "signed"): Words(
        "ลายเซ็นดิจิทัลถูกต้อง: ลงนามโดย {issuer}", "The signature is good: {issuer} signed it"
    ),
    (StepCode.SIGNATURE, "unsigned"): Words(
        "เอกสารชนิดนี้ไม่มีลายเซ็น จึงตรวจกับบัญชีแทน", "This kind of document is not signed; the ledger vouches for it instead"
    ),
    (StepCode.SIGNATURE, "malformed"): Words("ลายเซ็นเสียหาย อ่านไม่ได้", "The signature is broken: {detail}"),
    (StepCode.SIGNATURE, "algorithm_not_allowed"): Words(
        "วิธีลงนามไม่เป็นที่ยอมรับ", "The signature is not accepted: {detail}"
    ),
    (StepCode.SIGNATURE, "key_unknown"): Words("ลงนามด้วยกุญแจที่ไม่ใช่ของผู้ออก", "Not the issuer's key: {detail}"),
    (StepCode.SIGNATURE, "bad_signature"): Words(
        "ลายเซ็นไม่ตรงกับเอกสาร: เอกสารถูกแก้ไข", "The signature does not fit: the document was changed"
    ),
    (StepCode.SIGNATURE, "not_ours"): Words("ไม่ใช่เอกสารของใบรับรอง", "Not a certificate's document: {detail}"),
    (StepCode.DIGEST, "same"): Words(
        "เนื้อหาตรงกับลายนิ้วมือ SHA-256 ของเอกสาร", "The content has the digest that the document says"
    ),
    (StepCode.DIGEST, "other"): Words(
        "เนื้อหาไม่ตรงกับลายนิ้วมือของเอกสาร: เอกสารถูกแก้ไข", "The content has another digest: the document was changed"
    ),
    (StepCode.DIGEST, "computed"): Words("คำนวณลายนิ้วมือ SHA-256 ของเนื้อหาแล้ว", "The digest of the content was computed"),
    (StepCode.RECORDED, "recorded"): Words(
        "บันทึกอยู่ในบัญชี ลำดับที่ {index} ด้วยลายนิ้วมือเดียวกัน", "Announced in the ledger at index {index} with this digest"
    ),
    (StepCode.RECORDED, "other_id"): Words(
        "บัญชีบันทึกเนื้อหานี้เป็นใบรับรองเลขที่อื่น: {certificate_id}",
        "The ledger has this content under another number: {certificate_id}",
    ),
    (StepCode.RECORDED, "unknown"): Words(
        "ไม่มีใบรับรองที่มีเนื้อหานี้ในบัญชี: อย่ายอมรับ", "The ledger has no certificate with this content: don't accept it"
    ),
    (StepCode.ROOT, "same"): Words(
        "รากของบัญชี {size:,} รายการแรกตรงกับใบรับรอง",
        "The root of the ledger's first {size:,} records is the one it names",
    ),
    (StepCode.ROOT, "other"): Words("รากของบัญชีไม่ตรงกับใบรับรอง", "The ledger has another root at size {size:,}"),
    (StepCode.ROOT, "not_kept"): Words(
        "ไม่ได้เก็บรากของบัญชี ณ {size:,} รายการ ใช้ ewaste-auditor ตรวจ",
        "The root at size {size:,} is not kept here: use ewaste-auditor",
    ),
    (StepCode.DERIVED, "same"): Words(
        "คำนวณซ้ำจากหลักฐานในบัญชีแล้ว ได้ตรงกันทุกไบต์", "Computed again from the records: the same, byte for byte"
    ),
    (StepCode.DERIVED, "other"): Words(
        "คำนวณซ้ำจากหลักฐานในบัญชีแล้วได้ผลไม่ตรงกัน", "Computed again from the records: the result differs"
    ),
    (StepCode.DERIVED, "other_rules"): Words(
        "ออกตามกฎรุ่นอื่น คำนวณซ้ำที่นี่ไม่ได้", "Issued under other rules; it can't be computed again here"
    ),
    (StepCode.STATUS, "valid"): Words(
        "วันนี้ยังมีผล: ไม่ถูกระงับและไม่ถูกแทนที่", "It holds today: neither suspended nor replaced"
    ),
    (StepCode.STATUS, "announced"): Words("กำลังบันทึกลงบัญชี", "On its way into the ledger"),
    (StepCode.STATUS, "suspended"): Words(
        "ถูกระงับ: หลักฐานเปลี่ยนไปหลังออกใบรับรอง", "Suspended: its evidence changed after it was issued"
    ),
    (StepCode.STATUS, "replaced"): Words("ถูกแทนที่ด้วยใบรับรอง {replaced_by}", "Replaced by certificate {replaced_by}"),
    (StepCode.PAPER, "same"): Words(
        "หน้ากระดาษตรงกับที่ระบบออกทุกไบต์", "The pages are the ones that are issued here, byte for byte"
    ),
    (StepCode.PAPER, "other"): Words(
        "ไฟล์ PDF ไม่เหมือนที่ระบบออกในวันนี้ทุกไบต์: ให้ถือตามใบรับรองในระบบ ไม่ใช่ข้อความบนหน้ากระดาษ",
        "The PDF is not the very file that is issued here today: rely on the certificate here, not on printed words",
    ),
    (StepCode.PAPER, "not_compared"): Words("ไม่ได้เทียบหน้ากระดาษ", "The pages were not compared"),
}


def said(step: Step) -> Words:
    """What this step found."""
    words = STEP_TEXTS[step.code, step.why]
    return Words(words.th.format(**step.values), words.en.format(**step.values))
