"""What the values of events and states are called, in English and Thai."""

from collections.abc import Mapping
from typing import Final

__all__ = ["KINDS", "STATES", "WORDS"]

_CATEGORIES: Final[Mapping[str, tuple[str, str]]] = {
    "phone": ("phone", "โทรศัพท์มือถือ"),
    "tablet": ("tablet", "แท็บเล็ต"),
    "laptop": ("laptop", "คอมพิวเตอร์พกพา"),
    "cable": ("cable", "สายชาร์จ"),
    "charger": ("charger", "ที่ชาร์จ"),
    "earphones": ("earphones", "หูฟัง"),
    "battery": ("battery", "แบตเตอรี่"),
    "power_bank": ("power bank", "แบตเตอรี่สำรอง"),
    "small_it": ("small IT device", "อุปกรณ์ไอทีขนาดเล็ก"),
    "small_electronics": ("small electronic device", "เครื่องใช้อิเล็กทรอนิกส์ขนาดเล็ก"),
}
_DIFFERENCES: Final[Mapping[str, tuple[str, str]]] = {
    "matched": ("matched", "ตรงกัน"),
    "minor": ("minor difference", "ต่างกันเล็กน้อย"),
    "significant": ("significant difference", "ต่างกันอย่างมีนัยสำคัญ"),
    "seal_mismatch": ("seal does not match", "หมายเลขซีลไม่ตรง"),
}
_FILLED_BY: Final[Mapping[str, tuple[str, str]]] = {
    "sensor": ("sensor", "เซนเซอร์"),
    "crew": ("crew", "เจ้าหน้าที่เก็บ"),
    "citizen": ("citizen", "ประชาชน"),
}
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "contaminated": ("contaminated", "ปนเปื้อน"),
    "not_e_waste": ("not e-waste", "ไม่ใช่ขยะอิเล็กทรอนิกส์"),
    "seal_broken": ("seal broken", "ซีลขาด"),
    "weight_difference": ("weight difference", "น้ำหนักไม่ตรง"),
    "no_capacity": ("no capacity", "รับเพิ่มไม่ได้"),
    "not_licensed": ("not licensed", "ไม่มีใบอนุญาต"),
    "evidence_corrected": ("its evidence was corrected", "หลักฐานถูกแก้ไข"),
    "dispute_opened": ("a dispute was opened", "มีข้อโต้แย้ง"),
    "over_allocated": ("grams were counted twice", "นับน้ำหนักซ้ำ"),
    "recycler_licence": ("the recycler's licence", "ใบอนุญาตของผู้รีไซเคิล"),
    "custody_broken": ("custody was broken", "สายการครอบครองขาด"),
    "evidence_arrived": ("a late record changes it", "มีบันทึกมาภายหลังที่เปลี่ยนผล"),
    "rules_changed": ("the rules changed", "กฎเกณฑ์เปลี่ยน"),
    "mixed": ("contents mixed", "ของปนกัน"),
    "emptied": ("emptied", "ถูกเทออก"),
    "lost": ("lost", "สูญหาย"),
    "stolen": ("stolen", "ถูกขโมย"),
    "disaster": ("fire, flood or accident", "ไฟไหม้ น้ำท่วม หรืออุบัติเหตุ"),
}
_PURPOSES: Final[Mapping[str, tuple[str, str]]] = {
    "carrier_change": ("change of carrier", "เปลี่ยนผู้ขนส่ง"),
    "storage_in": ("into storage", "นำเข้าที่พักเก็บ"),
    "storage_out": ("out of storage", "นำออกจากที่พักเก็บ"),
    "delivery": ("delivery", "ส่งถึงปลายทาง"),
}
_SETTLEMENTS: Final[Mapping[str, tuple[str, str]]] = {
    "accepted": ("accepted", "ยอมรับถุงนี้"),
    "lost": ("lost", "สูญหาย"),
}
_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    "scale": ("the scale", "เครื่องชั่ง"),
    "seal_replaced": ("seal replaced", "เปลี่ยนซีล"),
    "seal_misread": ("seal misread", "อ่านซีลผิด"),
    "mistyped": ("mistyped", "พิมพ์ผิด"),
    "mixed_up": ("bags mixed up", "สลับถุง"),
    "tampered": ("tampered with", "ถูกเปิดหรือแก้ไข"),
    "not_found": ("not found", "หาไม่พบ"),
}
_KINDS_OF_DISPUTE: Final[Mapping[str, tuple[str, str]]] = {
    "seal_mismatch": ("the seal does not match", "หมายเลขซีลไม่ตรง"),
    "significant": ("the weight differs significantly", "น้ำหนักต่างกันอย่างมีนัยสำคัญ"),
    "count": ("the number of bags does not match", "จำนวนถุงไม่ตรง"),
}
_IGNORED: Final[Mapping[str, tuple[str, str]]] = {
    "not_a_party": ("not the giver or receiver", "ไม่ใช่ผู้ส่งหรือผู้รับ"),
    "not_by_itself": ("not in the partner's own signed record", "ไม่ใช่บันทึกที่ผู้รีไซเคิลลงนามเอง"),
    "no_grams": ("no weight given", "ไม่ระบุน้ำหนัก"),
    "too_early": ("too early", "แจ้งก่อนเวลา"),
}
_BREAKS: Final[Mapping[str, tuple[str, str]]] = {
    "in_two_bags": ("recorded in two bags", "มีบันทึกในสองถุง"),
    "seal_mismatch": ("the seal is in dispute", "ซีลมีข้อโต้แย้ง"),
    "over_allocated": ("two batches claim the same grams", "สองชุดนับน้ำหนักเดียวกัน"),
    "custody_broken": ("the holder declared that the contents can't be told apart", "ผู้ถือแจ้งว่าแยกของในถุงไม่ได้แล้ว"),
    "lost": ("lost, as a dispute ended", "สูญหายตามผลข้อโต้แย้ง"),
}
WORDS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "break_reason": _REASONS,
    "broken": _BREAKS,
    "category": _CATEGORIES,
    "cause": _CAUSES,
    "difference": _DIFFERENCES,
    "dispute": _KINDS_OF_DISPUTE,
    "ignored": _IGNORED,
    "purpose": _PURPOSES,
    "reason": _REASONS,
    "reported_by": _FILLED_BY,
    "settlement": _SETTLEMENTS,
}
"""What the values of these fields are called: English, Thai."""

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "item": ("Item", "ชิ้น"),
    "bag": ("Bag", "ถุง"),
    "load": ("Load", "เที่ยวขนส่ง"),
    "batch": ("Batch", "ชุดแปรรูป"),
    "fraction": ("Fraction", "ส่วนที่แยกได้"),
    "certificate": ("Certificate", "ใบรับรอง"),
}
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "installed": ("installed", "ติดตั้งแล้ว"),
    "filling": ("filling", "กำลังรับของ"),
    "sealed": ("sealed", "ปิดผนึกแล้ว"),
    "in_transit": ("in transit", "อยู่ระหว่างขนส่ง"),
    "delivered": ("delivered", "ส่งถึงแล้ว"),
    "opened": ("opened", "เปิดแล้ว"),
    "dispatched": ("dispatched", "ออกเดินทางแล้ว"),
    "stored": ("in storage", "พักเก็บอยู่"),
    "accepted": ("accepted", "รับแล้ว"),
    "partly_accepted": ("partly accepted", "รับบางส่วน"),
    "rejected": ("rejected", "ถูกปฏิเสธ"),
    "disputed": ("disputed", "มีข้อโต้แย้ง"),
    "open": ("open", "เปิดชุดแล้ว"),
    "processed": ("processed", "แปรรูปแล้ว"),
    "final": ("final", "ดำเนินการขั้นสุดท้ายแล้ว"),
    "certified": ("certified", "ได้รับการรับรองแล้ว"),
    "suspended": ("suspended", "ถูกระงับ"),
    "valid": ("valid", "มีผล"),
    "replaced": ("replaced", "ถูกแทนที่"),
    "dropped": ("dropped", "ทิ้งแล้ว"),
    "collected": ("collected", "เก็บแล้ว"),
    "broken": ("chain broken", "สายการครอบครองขาด"),
    "waiting": ("waiting for treatment", "รอการบำบัด"),
    "treated": ("treated further", "บำบัดต่อแล้ว"),
}
