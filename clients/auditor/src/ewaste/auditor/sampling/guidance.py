"""What to look at in the field: for each kind of fact, the thing outside the ledger that must agree with it."""

from collections.abc import Mapping
from typing import Final

__all__ = ["look_at"]

_ANY: Final = (
    "Ask its source for the paper, photo or system entry behind it; compare ids, grams and time.",
    "ขอเอกสาร ภาพถ่าย หรือรายการในระบบต้นทาง แล้วเทียบรหัส น้ำหนัก และเวลา",
)
_BY_TYPE: Final[Mapping[str, tuple[str, str]]] = {
    "DropPointRegistered": (
        "Visit the place: does the box stand there, and does it carry this id?",
        "ไปดูสถานที่จริง มีตู้ตั้งอยู่และติดรหัสนี้หรือไม่",
    ),
    "BagInstalled": (
        "The box's log or photo of the day the bag was put in; the id on the bag.",
        "บันทึกหรือภาพถ่ายวันที่ใส่ถุง และรหัสบนถุง",
    ),
    "ItemDropped": (
        "The box's counter or photo, or what the app showed on drop; kind of device and time.",
        "ตัวนับหรือภาพถ่ายของตู้ หรือสิ่งที่แอปแสดงตอนทิ้ง เทียบชนิดอุปกรณ์และเวลา",
    ),
    "BinCollected": (
        "The crew's photo of the seal and the weighing slip: seal number, gross and tare grams.",
        "ภาพซีลและใบชั่งของทีมเก็บ เทียบหมายเลขซีล น้ำหนักรวม และน้ำหนักถุง",
    ),
    "LoadDispatched": (
        "The waybill: bags, seals and grams; the vehicle's route of that day.",
        "ใบกำกับการขนส่ง เทียบถุง ซีล น้ำหนัก และเส้นทางรถในวันนั้น",
    ),
    "HandoverRecorded": (
        "The handover slip signed by both; were both scales verified on that day?",
        "ใบส่งมอบที่ลงนามทั้งสองฝ่าย และเครื่องชั่งทั้งสองผ่านการตรวจสอบในวันนั้นหรือไม่",
    ),
    "LoadReceived": (
        "The plant's weighbridge ticket and its own stock book, with seals as they were read.",
        "ใบชั่งของโรงงานและบัญชีสต๊อกของโรงงาน พร้อมซีลตามที่อ่านได้",
    ),
    "LoadRejected": (
        "The plant's reason on paper or photo, and where the bags went then.",
        "เหตุผลของโรงงานเป็นเอกสารหรือภาพถ่าย และถุงถูกส่งไปที่ใดต่อ",
    ),
    "BatchOpened": (
        "The batch sheet at the machine: bags and grams put in, other clients' grams beside them.",
        "ใบงานรอบการผลิตที่เครื่อง เทียบถุงและน้ำหนักที่ใส่ รวมของลูกค้ารายอื่น",
    ),
    "BatchRecycled": (
        "Invoices and weighing slips of every output, to whom it went; process loss against the machine's usual.",
        "ใบแจ้งหนี้และใบชั่งของทุกผลผลิต ส่งให้ใคร และการสูญเสียเทียบกับปกติของเครื่อง",
    ),
    "FractionTreated": (
        "The downstream plant's receipt and licence; abroad, the Basel movement document.",
        "ใบรับและใบอนุญาตของโรงงานปลายทาง หากอยู่ต่างประเทศ ให้ดูเอกสารเคลื่อนย้ายตามอนุสัญญาบาเซิล",
    ),
    "PartnerRegistered": (
        "The licence at the authority that gave it: number, dates, facility.",
        "ใบอนุญาตที่หน่วยงานผู้ออก เทียบเลขที่ วันที่ และสถานที่",
    ),
    "PartnerKeyRegistered": (
        "Ask the plant on a known telephone number whether this key is its own.",
        "โทรถามโรงงานด้วยหมายเลขที่รู้จักอยู่แล้วว่ากุญแจนี้เป็นของโรงงานจริงหรือไม่",
    ),
    "CertificateIssued": (
        "Run `ewaste-auditor vouch` on it, then visit the plant for one of its outputs.",
        "ใช้คำสั่ง `ewaste-auditor vouch` แล้วไปดูผลผลิตหนึ่งรายการที่โรงงาน",
    ),
}


def look_at(type_name: str | None) -> tuple[str, str]:
    """English and Thai, by an event's short name such as `BinCollected`; None is a record that holds no event."""
    return _BY_TYPE.get(type_name or "", _ANY)
