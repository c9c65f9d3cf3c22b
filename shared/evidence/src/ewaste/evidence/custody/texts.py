"""One line in English and Thai for every fact of a chain, and for what it lacks."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ewaste.contracts.events import dropoff, logistics, recycler, traceability
from ewaste.contracts.fields import Part
from ewaste.evidence.custody.model import Dispute, Statement
from ewaste.evidence.custody.words import KINDS, STATES, WORDS

__all__ = ["MISSING_TEXTS", "WORDS", "Names", "describe", "dispute_texts", "headline", "statement_texts"]

Names = Callable[[str, str], tuple[str, str]]
"""`names(kind, id)`: the English and the Thai name of a `point` or `party` (actor or partner); its id without one."""

_DELEGATED: Final = (
    "; confirmed by {confirmer} for {absent} (not registered)",
    " โดย {confirmer} ยืนยันแทน {absent} (ไม่ได้ขึ้นทะเบียน)",
)
_COUNTED: Final[Mapping[str, str]] = {"bags": "bag", "fractions": "fraction"}
_NAMED: Final[Mapping[str, tuple[str, str]]] = {
    "point_id": ("point", "place"),
    "partner_id": ("party", "partner"),
    "destination_id": ("party", "destination"),
    "giver_id": ("party", "giver"),
    "receiver_id": ("party", "receiver"),
    "carrier_id": ("party", "carrier"),
    "party_id": ("party", "party"),
    "decided_by": ("party", "decider"),
    "declared_by": ("party", "declarer"),
    "confirmed_by": ("party", "confirmer"),
    "confirmed_for": ("party", "absent"),
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


def _handed_over(data: logistics.HandoverRecorded) -> dict[str, Any]:
    told = _load(
        "handover_id", "giver_id", "receiver_id", "place_id", "given_grams", "received_grams", "difference", "purpose"
    )(data)
    side = data.delegation
    return told | ({"confirmed_by": side.by_id, "confirmed_for": side.for_id} if side else {})


def _broken(data: logistics.CustodyBreakDeclared) -> dict[str, Any]:
    return {**_named("break_id", "declared_by", "place_id", "reason")(data), "bags": len(data.bag_ids)}


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
        "Bag {bag_id} sealed with {seal_number}, {gross_grams} g, taken by {carrier}",
        "ปิดผนึกถุง {bag_id} ด้วยซีล {seal_number} หนัก {gross_grams} กรัม เก็บโดย {carrier}",
    ),
    logistics.LoadDispatched: (
        _load("carrier_id", "destination_id", "gross_grams", "manifest_number"),
        "Load {load_id} left with {carrier}: {bags}, {gross_grams} g, for {destination}",
        "เที่ยวขนส่ง {load_id} ออกกับ {carrier}: {bags} ถุง {gross_grams} กรัม ไปยัง {destination}",
    ),
    logistics.HandoverRecorded: (
        _handed_over,
        "Load {load_id}, {giver} to {receiver}, {purpose}: gave {given_grams} g, read {received_grams} g, {difference}",
        "เที่ยว {load_id} จาก {giver} ให้ {receiver} {purpose}: ส่ง {given_grams} กรัม รับ {received_grams} กรัม {difference}",
    ),
    logistics.ResolutionStated: (
        _load("party_id"),
        "{party} stated how a dispute about load {load_id} ends: {bags}",
        "{party} แจ้งข้อยุติของข้อโต้แย้งเที่ยว {load_id}: {bags} ถุง",
    ),
    logistics.DisputeDecided: (
        _load("decided_by"),
        "{decider} decided a dispute about load {load_id}: {bags}",
        "{decider} ตัดสินข้อโต้แย้งเที่ยว {load_id}: {bags} ถุง",
    ),
    logistics.CustodyBreakDeclared: (
        _broken,
        "{declarer} declared that the contents of {bags} can't be told apart any more: {reason}",
        "{declarer} แจ้งว่าแยกของใน {bags} ถุงไม่ได้แล้ว: {reason}",
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


def headline(kind: str, id: str, state: str, details: Mapping[str, Any]) -> tuple[str, str]:
    """The English and the Thai line over a branch; of a fraction also what it is and where it went."""
    english, thai = f"{KINDS[kind][0]} {id}", f"{KINDS[kind][1]} {id}"
    if kind == "fraction":
        english += ", {material}, {grams:,} g to {operation}".format(**details)
        thai += " {material} {grams:,} กรัม ไปยัง {operation}".format(**details)
    return f"{english}: {STATES[state][0]}", f"{thai}: {STATES[state][1]}"


def describe(data: Part, names: Names) -> tuple[dict[str, Any], str, str] | None:
    """Details as plain values, the English and the Thai line; None for a fact that no chain shows."""
    entry = _FACTS.get(type(data))
    if entry is None:
        return None
    detail, english, thai = entry
    details = {key: value for key, value in detail(data).items() if value is not None}
    if "confirmed_by" in details:
        english, thai = english + _DELEGATED[0], thai + _DELEGATED[1]
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


_ENDS: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("open, the municipality may decide from {date}", "ยังไม่ยุติ เทศบาลตัดสินได้ตั้งแต่ {date}"),
    "resolved": ("both sides agree: {settlement}", "ทั้งสองฝ่ายเห็นตรงกัน: {settlement}"),
    "decided": ("decided by the municipality: {settlement}", "เทศบาลตัดสิน: {settlement}"),
}


def dispute_texts(dispute: Dispute, names: Names) -> tuple[str, str]:
    """The English and the Thai line of a dispute about a bag: what differs, between whom, and how it stands."""
    return _dispute_text(dispute, names, 0), _dispute_text(dispute, names, 1)


def _dispute_text(dispute: Dispute, names: Names, language: int) -> str:
    kinds = ", ".join(WORDS["dispute"][kind][language] for kind in dispute.kinds)
    giver, receiver = (names("party", id)[language] if id else "?" for id in (dispute.giver_id, dispute.receiver_id))
    end = _ENDS[dispute.state][language].format(
        date=f"{dispute.decidable_from:%Y-%m-%d}",
        settlement=_settlement(dispute.settlement, dispute.gross_grams, language),
    )
    between = (f"between {giver} and {receiver}", f"ระหว่าง {giver} กับ {receiver}")[language]
    return f"{('Dispute', 'ข้อโต้แย้ง')[language]}: {kinds}, {between}; {end}"


def statement_texts(statement: Statement, names: Names) -> tuple[str, str]:
    """The English and the Thai line of one word about a dispute, also why it does not count."""
    return _statement_text(statement, names, 0), _statement_text(statement, names, 1)


def _statement_text(statement: Statement, names: Names, language: int) -> str:
    said = _settlement(statement.settlement, statement.gross_grams, language)
    cause = WORDS["cause"][statement.cause][language]
    text = f"{names('party', statement.party_id)[language]}: {said} ({cause})"
    if statement.ignored is None:
        return text
    why = WORDS["ignored"][statement.ignored][language]
    return f"{text}; {('does not count', 'ไม่นับ')[language]}: {why}"


def _settlement(settlement: str | None, gross_grams: int | None, language: int) -> str:
    if settlement is None:
        return ""
    said = WORDS["settlement"][settlement][language]
    return said if gross_grams is None else f"{said}, {gross_grams:,} {('g', 'กรัม')[language]}"
