"""Why a balance does not close or a certificate is not issued: one line per reason, each naming the thing at fault."""

from dataclasses import dataclass
from enum import StrEnum

from ewaste.evidence.custody_graph import NodeId

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
    BAG_OVER_WEIGHT = "bag_over_weight"
    BAG_IN_TWO_BATCHES = "bag_in_two_batches"
    FRACTION_NOT_TREATED = "fraction_not_treated"
    FRACTION_GRAMS_DIFFER = "fraction_grams_differ"
    FRACTION_NAMED_TWICE = "fraction_named_twice"
    FRACTION_ALREADY_FINAL = "fraction_already_final"
    FRACTION_UNKNOWN = "fraction_unknown"
    TREATMENT_RECORDED_TWICE = "treatment_recorded_twice"
    TREATMENT_NOT_BALANCED = "treatment_not_balanced"
    GRAMS_NOT_BALANCED = "grams_not_balanced"
    BAG_NOT_DISPATCHED = "bag_not_dispatched"
    BAG_NOT_RECEIVED = "bag_not_received"
    BAG_DISPUTED = "bag_disputed"
    LANDFILLED = "landfilled"
    PARTNER_UNKNOWN = "partner_unknown"
    LICENCE_NOT_VALID = "licence_not_valid"


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
    LineCode.BAG_OVER_WEIGHT: (
        "{id}: {grams:,} g entered the batch, weighed {limit:,} g net",
        "{id}: เข้าชุด {grams:,} กรัม แต่ชั่งสุทธิได้ {limit:,} กรัม",
    ),
    LineCode.BAG_IN_TWO_BATCHES: (
        "{id}: the same bag is an input of more than one batch",
        "{id}: ถุงเดียวกันถูกนับเข้ามากกว่าหนึ่งชุด",
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
    LineCode.GRAMS_NOT_BALANCED: (
        "{id}: inputs and outputs are {grams:,} g apart, {limit:,} g allowed",
        "{id}: น้ำหนักเข้าและออกต่างกัน {grams:,} กรัม ยอมได้ {limit:,} กรัม",
    ),
    LineCode.BAG_NOT_DISPATCHED: ("{id}: no load carried it", "{id}: ไม่มีบันทึกการขนส่งถุงนี้"),
    LineCode.BAG_NOT_RECEIVED: (
        "{id}: the partner of the batch did not confirm receiving it",
        "{id}: ผู้รีไซเคิลของชุดนี้ยังไม่ยืนยันการรับถุง",
    ),
    LineCode.BAG_DISPUTED: (
        "{id}: seal or weight is in dispute",
        "{id}: ซีลหรือน้ำหนักมีข้อโต้แย้ง",
    ),
    LineCode.LANDFILLED: (
        "{id}: {grams:,} g were landfilled or stored for good",
        "{id}: {grams:,} กรัม ถูกฝังกลบหรือเก็บถาวร",
    ),
    LineCode.PARTNER_UNKNOWN: ("{id}: not a registered partner", "{id}: ไม่ใช่ผู้รีไซเคิลที่ขึ้นทะเบียน"),
    LineCode.LICENCE_NOT_VALID: (
        "{id}: no licence was valid when the batch was processed",
        "{id}: ไม่มีใบอนุญาตที่มีผลในวันที่แปรรูป",
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
