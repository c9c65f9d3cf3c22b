"""Why a balance does not close or a certificate is not issued: one line per reason, each naming the thing at fault."""

from dataclasses import dataclass
from enum import StrEnum

from ewaste.evidence.custody.graph import NodeId

__all__ = ["LineCode", "OpenLine", "in_order"]


class LineCode(StrEnum):
    """What is open; the texts are in English and Thai."""

    BATCH_NOT_OPENED = "batch_not_opened"
    BATCH_OPENED_TWICE = "batch_opened_twice"
    BATCH_NOT_RECYCLED = "batch_not_recycled"
    BATCH_RECYCLED_TWICE = "batch_recycled_twice"
    BATCH_OF_ANOTHER_PARTNER = "batch_of_another_partner"
    BAG_NOT_WEIGHED = "bag_not_weighed"
    BAG_WEIGHED_TWICE = "bag_weighed_twice"
    BAG_OVER_ALLOCATED = "bag_over_allocated"
    SORTED_GRAMS_DIFFER = "sorted_grams_differ"
    FRACTION_NOT_TREATED = "fraction_not_treated"
    FRACTION_GRAMS_DIFFER = "fraction_grams_differ"
    FRACTION_NAMED_TWICE = "fraction_named_twice"
    FRACTION_ALREADY_FINAL = "fraction_already_final"
    FRACTION_UNKNOWN = "fraction_unknown"
    TREATMENT_RECORDED_TWICE = "treatment_recorded_twice"
    TREATMENT_NOT_BALANCED = "treatment_not_balanced"
    FINAL_OUTPUT_ABROAD = "final_output_abroad"
    BASEL_NUMBERS_MISSING = "basel_numbers_missing"
    GRAMS_NOT_BALANCED = "grams_not_balanced"
    BAG_NOT_DISPATCHED = "bag_not_dispatched"
    BAG_NOT_RECEIVED = "bag_not_received"
    BAG_IN_TWO_LOADS = "bag_in_two_loads"
    SEAL_USED_TWICE = "seal_used_twice"
    BAG_DISPUTED = "bag_disputed"
    LANDFILLED = "landfilled"
    PARTNER_UNKNOWN = "partner_unknown"
    LICENCE_NOT_VALID = "licence_not_valid"
    CLAIM_NOT_HERE = "claim_not_here"
    CLAIM_DIFFERS = "claim_differs"


TEXTS: dict[LineCode, tuple[str, str]] = {
    LineCode.BATCH_NOT_OPENED: (
        "{id}: no record says which bags went into it",
        "{id}: ยังไม่มีบันทึกว่าถุงใดเข้าชุดนี้",
    ),
    LineCode.BATCH_OPENED_TWICE: (
        "{id}: opened by more than one record",
        "{id}: มีบันทึกการเปิดชุดมากกว่าหนึ่งรายการ",
    ),
    LineCode.BATCH_NOT_RECYCLED: ("{id}: not processed yet", "{id}: ยังไม่ได้แปรรูป"),
    LineCode.BATCH_RECYCLED_TWICE: (
        "{id}: processed by more than one record",
        "{id}: มีบันทึกการแปรรูปมากกว่าหนึ่งรายการ",
    ),
    LineCode.BATCH_OF_ANOTHER_PARTNER: (
        "{id}: opened and processed by different partners",
        "{id}: ผู้เปิดชุดกับผู้แปรรูปไม่ใช่รายเดียวกัน",
    ),
    LineCode.BAG_NOT_WEIGHED: ("{id}: no weight at collection", "{id}: ไม่มีน้ำหนักตอนเก็บถุง"),
    LineCode.BAG_WEIGHED_TWICE: (
        "{id}: collected by more than one record",
        "{id}: มีบันทึกการเก็บถุงมากกว่าหนึ่งรายการ",
    ),
    LineCode.BAG_OVER_ALLOCATED: (
        "{id}: {grams:,} g went into batches, it weighed {limit:,} g net",
        "{id}: เข้าชุดแปรรูปรวม {grams:,} กรัม แต่หนักสุทธิ {limit:,} กรัม",
    ),
    LineCode.SORTED_GRAMS_DIFFER: (
        "{id}: {grams:,} g sorted by category, {limit:,} g of ours went in",
        "{id}: คัดแยกตามประเภทได้ {grams:,} กรัม แต่เข้าชุด {limit:,} กรัม",
    ),
    LineCode.FRACTION_NOT_TREATED: (
        "{id}: {grams:,} g wait for a final operation",
        "{id}: {grams:,} กรัม ยังรอการดำเนินการขั้นสุดท้าย",
    ),
    LineCode.FRACTION_GRAMS_DIFFER: (
        "{id}: {grams:,} g treated of {limit:,} g",
        "{id}: บำบัดแล้ว {grams:,} กรัม จาก {limit:,} กรัม",
    ),
    LineCode.FRACTION_NAMED_TWICE: (
        "{id}: two outputs carry this name",
        "{id}: มีผลผลิตสองรายการใช้ชื่อนี้",
    ),
    LineCode.FRACTION_ALREADY_FINAL: (
        "{id}: treated again after a final operation",
        "{id}: ถูกบำบัดซ้ำหลังการดำเนินการขั้นสุดท้าย",
    ),
    LineCode.FRACTION_UNKNOWN: (
        "{id}: treated, but no output of the batch leads to it",
        "{id}: มีการบำบัด แต่ไม่มีผลผลิตของชุดที่นำมาถึง",
    ),
    LineCode.TREATMENT_RECORDED_TWICE: (
        "{id}: one treatment is in more than one record",
        "{id}: การบำบัดครั้งเดียวมีมากกว่าหนึ่งบันทึก",
    ),
    LineCode.TREATMENT_NOT_BALANCED: (
        "{id}: a treatment is {grams:,} g off, {limit:,} g allowed",
        "{id}: การบำบัดต่างกัน {grams:,} กรัม ยอมได้ {limit:,} กรัม",
    ),
    LineCode.FINAL_OUTPUT_ABROAD: (
        "{id}: {grams:,} g went straight abroad to a final operation; no treatment with Basel numbers says so",
        "{id}: ส่งออก {grams:,} กรัม ไปดำเนินการขั้นสุดท้ายโดยตรง โดยไม่มีบันทึกการบำบัดพร้อมเลขอนุสัญญาบาเซิล",
    ),
    LineCode.BASEL_NUMBERS_MISSING: (
        "{id}: {grams:,} g treated abroad without Basel notification and movement numbers",
        "{id}: บำบัดในต่างประเทศ {grams:,} กรัม โดยไม่มีเลขแจ้งและเลขเคลื่อนย้ายตามอนุสัญญาบาเซิล",
    ),
    LineCode.GRAMS_NOT_BALANCED: (
        "{id}: inputs and outputs are {grams:,} g apart, {limit:,} g allowed",
        "{id}: น้ำหนักเข้าและออกต่างกัน {grams:,} กรัม ยอมได้ {limit:,} กรัม",
    ),
    LineCode.BAG_NOT_DISPATCHED: ("{id}: no load carried it", "{id}: ไม่มีบันทึกการขนส่งถุงนี้"),
    LineCode.BAG_NOT_RECEIVED: (
        "{id}: the partner of the batch did not confirm receiving it",
        "{id}: ผู้รีไซเคิลของชุดนี้ยังไม่ยืนยันการรับถุง",
    ),
    LineCode.BAG_IN_TWO_LOADS: (
        "{id}: left with two loads without coming back in between",
        "{id}: ออกไปกับสองเที่ยวขนส่งโดยไม่มีบันทึกว่ากลับมา",
    ),
    LineCode.SEAL_USED_TWICE: (
        "{id}: its seal number is also on another bag",
        "{id}: หมายเลขซีลซ้ำกับถุงอื่น",
    ),
    LineCode.BAG_DISPUTED: (
        "{id}: seal, weight or number of bags is in dispute",
        "{id}: ซีล น้ำหนัก หรือจำนวนถุงมีข้อโต้แย้ง",
    ),
    LineCode.LANDFILLED: (
        "{id}: {grams:,} g were landfilled or stored for good",
        "{id}: {grams:,} กรัม ถูกฝังกลบหรือเก็บถาวร",
    ),
    LineCode.PARTNER_UNKNOWN: ("{id}: not a registered partner", "{id}: ไม่ใช่ผู้รีไซเคิลที่ขึ้นทะเบียน"),
    LineCode.LICENCE_NOT_VALID: (
        "{id}: no licence was valid on the day of a confirmation",
        "{id}: ไม่มีใบอนุญาตที่มีผลในวันที่ยืนยัน",
    ),
    LineCode.CLAIM_NOT_HERE: (
        "{id}: the partner's own signed record is not in the ledger yet",
        "{id}: บันทึกที่ผู้รีไซเคิลลงนามเองยังไม่อยู่ในบัญชี",
    ),
    LineCode.CLAIM_DIFFERS: (
        "{id}: the partner's own signed record says something else",
        "{id}: บันทึกที่ผู้รีไซเคิลลงนามเองระบุต่างออกไป",
    ),
}


@dataclass(frozen=True, slots=True)
class OpenLine:
    """One reason; `grams` is the amount found and `limit_grams` what it is held against, where they matter."""

    code: LineCode
    node: NodeId
    grams: int = 0
    limit_grams: int = 0

    @property
    def text_en(self) -> str:
        return self._text(0)

    @property
    def text_th(self) -> str:
        return self._text(1)

    def to_dict(self) -> dict[str, str | int]:
        """Plain values for JSON."""
        return {
            "code": self.code.value,
            "node": self.node,
            "grams": self.grams,
            "limit_grams": self.limit_grams,
            "text_en": self.text_en,
            "text_th": self.text_th,
        }

    def _text(self, language: int) -> str:
        return TEXTS[self.code][language].format(id=self.node, grams=self.grams, limit=self.limit_grams)


def in_order(lines: list[OpenLine]) -> tuple[OpenLine, ...]:
    """Each line once, in an order that only depends on the lines."""
    return tuple(sorted(set(lines), key=lambda line: (line.code, line.node, line.grams, line.limit_grams)))
