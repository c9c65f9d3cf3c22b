"""How a batch stands against each scheme, in words; what this version does not know stands under its own name.

A scheme's numbers were applied to the batch's grams here. That is no certification by the scheme's owner, and the paper
says so.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ewaste.traceability.certificates.words import Pair, pair
from ewaste.web.language import Words
from ewaste.web.numbers import say_share

__all__ = ["assessment_sections", "levels"]

_SCHEMES: Final[Mapping[str, Words]] = {
    "landfill": Words("ฝังกลบ", "Landfill"),
    "ul2799": Words("ตามเกณฑ์ UL 2799 (ไม่ส่งฝังกลบ)", "By the numbers of UL 2799 (diversion)"),
    "true": Words("ตามเกณฑ์ TRUE (ไม่นับการเผาผลิตพลังงาน)", "By the numbers of TRUE (without energy recovery)"),
    "weee-eu": Words("เป้าหมาย WEEE ของสหภาพยุโรป", "Targets of the WEEE directive, European Union"),
    "weee-fr": Words("เป้าหมาย WEEE ของฝรั่งเศส", "Targets of the WEEE directive, French set"),
    "coverage": Words("สายการครอบครอง (ISO 22095)", "Chain of custody (ISO 22095)"),
    "upcycle": Words("ใช้ซ้ำและรีไซเคิล", "Re-use and recycling"),
    "climate": Words("ก๊าซเรือนกระจกที่เลี่ยงได้ (ประมาณการ)", "Greenhouse gas avoided (an estimate)"),
}
_FIELDS: Final[Mapping[str, Words]] = {
    "level": Words("ระดับ", "Level"),
    "reached": Words("ถึงเกณฑ์", "Reached"),
    "zero_landfill": Words("ไม่มีการฝังกลบ", "Zero landfill"),
    "landfill": Words("ฝังกลบ", "Landfilled"),
    "interim": Words("ยังรอขั้นตอนสุดท้าย", "Waiting for a final operation"),
    "diverted": Words("ไม่ส่งฝังกลบ", "Diverted from disposal"),
    "without_energy": Words("ไม่รวมการผลิตพลังงาน", "Of it without energy recovery"),
    "energy_recovery": Words("ผลิตพลังงาน", "Energy recovery"),
    "not_diverted": Words("ส่วนที่เหลือ", "Not diverted"),
    "determined": Words("คำนวณได้", "Determined"),
    "reason": Words("เหตุผล", "Reason"),
    "rates_of": Words("อัตราของ", "Rates of"),
    "entered": Words("น้ำหนักเข้าที่เป็นเครื่องใช้ไฟฟ้า", "Equipment that entered"),
    "outside": Words("อยู่นอกเกณฑ์ (แบตเตอรี่)", "Outside the directive (batteries)"),
    "recovered": Words("นำกลับมาใช้ประโยชน์", "Recovered"),
    "recycled": Words("รีไซเคิล", "Recycled"),
    "reuse": Words("เตรียมใช้ซ้ำ", "Prepared for re-use"),
    "own": Words("น้ำหนักจากเทศบาล", "From the municipality"),
    "weee": Words("หมวด WEEE", "WEEE category"),
    "recycling_target": Words("เป้าหมายรีไซเคิล", "Recycling target"),
    "recovery_target": Words("เป้าหมายนำกลับ", "Recovery target"),
    "estimate": Words("เป็นค่าประมาณ", "An estimate"),
    "basis_published": Words("เปิดเผยที่มาของค่าประมาณ", "Its basis is published"),
    "pieces": Words("จำนวนชิ้น", "Pieces"),
    "grams_co2e": Words("กรัมคาร์บอนไดออกไซด์เทียบเท่า", "Grams of CO2 equivalent"),
    "weakest": Words("ระดับที่อ่อนที่สุด", "Weakest model"),
    "identity_preserved": Words("รักษาตัวตนของกล่อง", "Identity preserved"),
    "segregated": Words("แยกจากของผู้อื่น", "Segregated"),
    "mass_balance": Words("สมดุลมวลสาร", "Mass balance"),
    "broken": Words("เส้นทางขาดตอน", "Custody broken"),
}
_VALUES: Final[Mapping[object, Words]] = {
    "True": Words("ใช่", "yes"),
    "False": Words("ไม่", "no"),
    "None": Words("ไม่มี", "none"),
    "not_sorted": Words("ไม่ได้คัดแยกและชั่งตามประเภท", "not sorted and weighed by category"),
    "no_equipment": Words("ไม่มีเครื่องใช้ไฟฟ้า", "no equipment in it"),
    "batch": Words("ทั้งชุดแปรรูป", "the whole batch"),
    "platinum": Words("Platinum", "Platinum"),
    "gold": Words("Gold", "Gold"),
    "silver": Words("Silver", "Silver"),
}
# Told elsewhere on the paper: the rule files with their digests, and the coverage in its own section.
_ELSEWHERE: Final = frozenset(("rules", "coverage"))
Row = dict[str, Any]


def assessment_sections(assessments: Mapping[str, Any]) -> list[Row]:
    """A section per scheme."""
    return [
        {"title": pair(_SCHEMES.get(name, Words(name, ""))), "rows": list(_rows(said))}
        for name, said in _in_order(assessments, _SCHEMES)
        if name not in _ELSEWHERE
    ]


def levels(assessments: Mapping[str, Any]) -> Pair | None:
    """The levels that were reached, in one line; None where none was."""
    ul2799, true = (_mapping(assessments.get(name)) for name in ("ul2799", "true"))
    thai, english = [], []
    if level := ul2799.get("level"):
        share = say_share(int(ul2799.get("diverted_basis_points", 0)))
        thai.append(f"UL 2799: {str(level).title()} ({share})")
        english.append(f"UL 2799: {str(level).title()}")
    if true.get("reached") is True:
        thai.append("TRUE: ถึงเกณฑ์")
        english.append("TRUE: reached")
    if not thai:
        return None
    return {"th": " · ".join(thai), "en": " · ".join([*english, "by their numbers, not certified"])}


def _rows(said: object, within: str = "") -> Iterator[Row]:
    fields = _mapping(said)
    for name, value in _in_order(fields, _FIELDS):
        if name in _ELSEWHERE or _is_share_of_grams(name, fields):
            continue
        elif isinstance(value, Mapping):
            yield from _rows(value, name)
        elif isinstance(value, list | tuple):
            for number, each in enumerate(value, 1):
                yield from _rows(each, f"{name} {number}")
        else:
            yield _row(name, value, fields, within)


def _in_order(said: Mapping[str, Any], known: Mapping[str, Words]) -> list[tuple[str, Any]]:
    """As this file has them, not as canonical JSON sorts them; what it does not know comes last."""
    places = {name: place for place, name in enumerate(known)}
    return sorted(said.items(), key=lambda each: (places.get(_stem(each[0]), len(places)), each[0]))


def _stem(name: str) -> str:
    return name.removesuffix("_grams").removesuffix("_basis_points")


def _is_share_of_grams(name: str, fields: Mapping[str, Any]) -> bool:
    """Told beside the grams."""
    return name.endswith("_basis_points") and f"{name.removesuffix('_basis_points')}_grams" in fields


def _row(name: str, value: object, fields: Mapping[str, Any], within: str) -> Row:
    stem = _stem(name)
    words = _FIELDS.get(stem, Words(name, ""))
    prefix = "" if not within or words.en else f"{within} "
    said = _said(name, value, fields.get(f"{stem}_basis_points"))
    return {"name": {"th": prefix + words.th, "en": words.en}, "value": said}


def _said(name: str, value: object, share: object) -> Pair:
    if name.endswith("_basis_points") and type(value) is int:
        return {"th": say_share(value), "en": ""}
    if type(value) is int:
        unit = " g" if name.endswith("_grams") or name == "grams_co2e" else ""
        told = f"{value:,}{unit}" + (f" · {say_share(share)}" if type(share) is int else "")
        return {"th": told, "en": ""}
    words = _VALUES.get(str(value), Words(str(value), ""))
    return {"th": words.th, "en": words.en if words.en != words.th else ""}


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
