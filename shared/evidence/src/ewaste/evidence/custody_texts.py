"""One line in English and Thai for every fact of a chain, and for what it lacks."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ewaste.contracts.events import dropoff, logistics, recycler, traceability
from ewaste.contracts.fields import Part

__all__ = ["MISSING_TEXTS", "WORDS", "Names", "describe", "headline"]

Names = Callable[[str, str], tuple[str, str]]
"""`names(kind, id)`: the English and the Thai name of a `point` or `partner`; its id where it has none."""

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
}
WORDS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "category": _CATEGORIES,
    "difference": _DIFFERENCES,
    "reported_by": _FILLED_BY,
    "reason": _REASONS,
}
"""What the values of these fields are called: English, Thai."""
_COUNTED: Final[Mapping[str, str]] = {"bags": "bag", "fractions": "fraction"}
_NAMED: Final[Mapping[str, tuple[str, str]]] = {
    "point_id": ("point", "place"),
    "partner_id": ("partner", "partner"),
    "destination_id": ("partner", "destination"),
    "receiver_id": ("partner", "receiver"),
}

_Detail = Callable[[Any], dict[str, Any]]


def _named(*fields: str) -> _Detail:
    return lambda data: {field: getattr(data, field) for field in fields}


def _load(*fields: str) -> _Detail:
    return lambda data: {**_named("load_id", *fields)(data), "bags": len(data.bags)}


def _opened(data: recycler.BatchOpened) -> dict[str, Any]:
    grams = sum(each.grams for each in data.inputs)
    return {**_named("batch_id", "partner_id", "other_client_grams")(data), "bags": len(data.inputs), "grams": grams}


def _processed(*fields: str) -> _Detail:
    return lambda data: {
        **_named("batch_id", "partner_id", "process_loss_grams", *fields)(data),
        "fractions": len(data.outputs),
        "output_grams": sum(output.grams for output in data.outputs),
    }


def _rejected(data: recycler.LoadRejected) -> dict[str, Any]:
    return {**_named("load_id", "partner_id", "reason")(data), "bags": len(data.bag_ids) or None}


# What is told of a fact, and how: English, Thai. `place`, `partner`, `destination` and `receiver` are names.
_FACTS: Final[Mapping[type[Part], tuple[_Detail, str, str]]] = {
    dropoff.ItemDropped: (
        _named("item_id", "bag_id", "point_id", "category", "channel", "estimated_grams"),
        "Dropped into bag {bag_id} at {place}: {category}",
        "ทิ้ง{category}ลงถุง {bag_id} ที่ {place}",
    ),
    dropoff.BagInstalled: (
        _named("bag_id", "point_id"),
        "Bag {bag_id} hung in the box at {place}",
        "ติดตั้งถุง {bag_id} ที่ {place}",
    ),
    dropoff.BagFillReported: (
        _named("bag_id", "fill_percent", "reported_by"),
        "Bag {bag_id} {fill_percent} % full ({reported_by})",
        "ถุง {bag_id} เต็ม {fill_percent} % ({reported_by})",
    ),
    logistics.BinCollected: (
        _named("bag_id", "point_id", "seal_number", "gross_grams", "tare_grams", "carrier_id"),
        "Bag {bag_id} sealed with {seal_number}, {gross_grams} g, taken by {carrier_id}",
        "ปิดผนึกถุง {bag_id} ด้วยซีล {seal_number} หนัก {gross_grams} กรัม เก็บโดย {carrier_id}",
    ),
    logistics.LoadDispatched: (
        _load("carrier_id", "destination_id", "gross_grams", "manifest_number"),
        "Load {load_id} left with {bags}, {gross_grams} g, for {destination}",
        "เที่ยวขนส่ง {load_id} ออกพร้อม {bags} ถุง {gross_grams} กรัม ไปยัง {destination}",
    ),
    logistics.HandoverRecorded: (
        _load("handover_id", "giver_id", "receiver_id", "given_grams", "received_grams", "difference"),
        "Load {load_id} handed to {receiver}: {given_grams} g given, {received_grams} g received, {difference}",
        "ส่งมอบเที่ยว {load_id} ให้ {receiver}: ส่ง {given_grams} กรัม รับ {received_grams} กรัม {difference}",
    ),
    recycler.LoadReceived: (
        _load("partner_id", "facility_id", "received_grams"),
        "{partner} weighed in load {load_id}: {bags}, {received_grams} g",
        "{partner} ชั่งรับเที่ยว {load_id}: {bags} ถุง {received_grams} กรัม",
    ),
    recycler.LoadRejected: (
        _rejected,
        "{partner} refused load {load_id}: {reason}",
        "{partner} ปฏิเสธเที่ยว {load_id}: {reason}",
    ),
    recycler.BatchOpened: (
        _opened,
        "{partner} opened {bags}, {grams} g, for batch {batch_id}",
        "{partner} เปิด {bags} ถุง {grams} กรัม เข้าชุด {batch_id}",
    ),
    recycler.BatchRecycled: (
        _processed(),
        "{partner} processed batch {batch_id} into {fractions}, {output_grams} g",
        "{partner} แปรรูปชุด {batch_id} ได้ {fractions} ส่วน {output_grams} กรัม",
    ),
    recycler.FractionTreated: (
        _processed("treatment_id", "fraction_id", "facility_id", "grams"),
        "{partner} treated {grams} g of fraction {fraction_id} into {fractions}",
        "{partner} บำบัดส่วน {fraction_id} {grams} กรัม ได้ {fractions} ส่วน",
    ),
    traceability.CertificateIssued: (
        _named("certificate_id", "batch_id", "ledger_size", "input_grams", "landfill_grams"),
        "Certificate {certificate_id}: {input_grams} g, {landfill_grams} g landfilled",
        "ใบรับรอง {certificate_id}: {input_grams} กรัม ฝังกลบ {landfill_grams} กรัม",
    ),
    traceability.CertificateSuspended: (
        _named("certificate_id", "reason"),
        "Certificate {certificate_id} suspended: {reason}",
        "ระงับใบรับรอง {certificate_id}: {reason}",
    ),
}

MISSING_TEXTS: Final[Mapping[type[Part], tuple[str, str]]] = {
    dropoff.ItemDropped: ("no drop is recorded", "ไม่มีบันทึกการทิ้ง"),
    dropoff.BagInstalled: ("not recorded where the bag was hung", "ไม่มีบันทึกว่าติดตั้งถุงที่ใด"),
    logistics.BinCollected: ("not collected, sealed and weighed yet", "ยังไม่ได้เก็บ ปิดผนึก และชั่ง"),
    logistics.LoadDispatched: ("not dispatched yet", "ยังไม่ได้ขนส่ง"),
    logistics.HandoverRecorded: ("not handed over yet", "ยังไม่ได้ส่งมอบ"),
    recycler.LoadReceived: ("the recycler has not confirmed receiving it", "ผู้รีไซเคิลยังไม่ยืนยันการรับ"),
    recycler.BatchOpened: ("not opened for processing yet", "ยังไม่ได้เปิดเพื่อแปรรูป"),
    traceability.CertificateIssued: ("not certified yet", "ยังไม่มีใบรับรอง"),
}
"""What is said when no fact of this type is there."""


_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "item": ("Item", "ชิ้น"),
    "bag": ("Bag", "ถุง"),
    "load": ("Load", "เที่ยวขนส่ง"),
    "batch": ("Batch", "ชุดแปรรูป"),
    "fraction": ("Fraction", "ส่วนที่แยกได้"),
    "certificate": ("Certificate", "ใบรับรอง"),
}
_STATES: Final[Mapping[str, tuple[str, str]]] = {
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


def headline(kind: str, id: str, state: str, details: Mapping[str, Any]) -> tuple[str, str]:
    """The English and the Thai line over a branch; of a fraction also what it is and where it went."""
    english, thai = f"{_KINDS[kind][0]} {id}", f"{_KINDS[kind][1]} {id}"
    if kind == "fraction":
        english += ", {material}, {grams:,} g to {operation}".format(**details)
        thai += " {material} {grams:,} กรัม ไปยัง {operation}".format(**details)
    return f"{english}: {_STATES[state][0]}", f"{thai}: {_STATES[state][1]}"


def describe(data: Part, names: Names) -> tuple[dict[str, Any], str, str] | None:
    """Details as plain values, the English and the Thai line; None for a fact that no chain shows."""
    entry = _FACTS.get(type(data))
    if entry is None:
        return None
    detail, english, thai = entry
    details = {key: value for key, value in detail(data).items() if value is not None}
    return details, english.format(**_spoken(details, names, 0)), thai.format(**_spoken(details, names, 1))


def _spoken(details: Mapping[str, Any], names: Names, language: int) -> dict[str, str]:
    spoken = {key: _say(key, value, language) for key, value in details.items()}
    for field, (kind, word) in _NAMED.items():
        if field in details:
            spoken[word] = names(kind, details[field])[language]
    return spoken


def _say(key: str, value: object, language: int) -> str:
    if key in WORDS:
        return WORDS[key][str(value)][language]
    if key in _COUNTED and language == 0:
        return f"{value:,} {_COUNTED[key]}{'' if value == 1 else 's'}"
    # The comma of the format is the same in every locale.
    return f"{value:,}" if isinstance(value, int) else str(value)
