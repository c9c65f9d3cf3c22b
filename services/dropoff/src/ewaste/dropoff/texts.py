"""What this service's pages say."""

from typing import Final

from ewaste.dropoff.model import Stage
from ewaste.web.language import Texts, Words

__all__ = ["STAGES", "TEXTS"]

# Named, not told: the same words stand for what is done and for what is ahead.
STAGES: Final = {
    Stage.DROPPED: Words("ทิ้งลงกล่อง", "Drop into the box"),
    Stage.COLLECTED: Words("เก็บและปิดผนึกถุง", "Collection, the bag sealed"),
    Stage.DELIVERED: Words("ส่งถึงผู้รีไซเคิล", "Delivery to the recycler"),
    Stage.PROCESSED: Words("แปรรูป", "Processing"),
    Stage.CERTIFIED: Words("ออกใบรับรองว่าไม่ถูกฝังกลบ", "Certificate that none of it was buried"),
}

TEXTS: Final[Texts] = {
    "ask_title": Words("ของที่ท่านทิ้งไปถึงไหนแล้ว", "Where is the piece you dropped?"),
    "ask_lead": Words(
        "กรอกรหัสใบรับ 12 ตัวที่ได้เมื่อทิ้ง แล้วดูได้ว่าตอนนี้อยู่ขั้นใด จนถึงใบรับรองว่าไม่ถูกฝังกลบ",
        "Enter the 12 characters of your receipt and see how far it has come, up to the certificate that it was not "
        "buried.",
    ),
    "code": Words("รหัสใบรับ", "Receipt code"),
    "code_hint": Words("ตัวพิมพ์เล็กหรือใหญ่ก็ได้ มีขีดหรือเว้นวรรคก็ได้", "Small or capital letters, with or without dashes."),
    "show": Words("ดูสถานะ", "Show"),
    "item_title": Words("เส้นทางของ: {category}", "The way of your piece: {category}"),
    "done": Words("เสร็จแล้ว", "done"),
    "now": Words("ขั้นล่าสุด", "latest"),
    "ahead": Words("ยังไม่ถึงขั้นนี้", "not yet"),
    "no_time": Words("ผ่านขั้นนี้แล้ว ยังไม่ได้รับเวลา", "Passed; its time has not arrived yet"),
    "place": Words("จุดทิ้ง", "Box"),
    "bag": Words("หมายเลขถุง", "Bag"),
    "item": Words("หมายเลขชิ้น", "Piece"),
    "certificate": Words("ใบรับรอง", "Certificate"),
    "chain": Words("ดูเส้นทางทั้งหมดพร้อมหลักฐาน", "See the whole chain with its evidence"),
    "certified_lead": Words(
        "ครบทุกขั้นแล้ว ขยะชิ้นนี้ผ่านการรีไซเคิลและไม่มีส่วนใดถูกฝังกลบ ขอบคุณ",
        "It went all the way: recycled, and none of it was buried. Thank you.",
    ),
    "under_way": Words(
        "กำลังเดินทาง หน้านี้จะเปลี่ยนเองเมื่อถึงขั้นต่อไป เก็บที่อยู่นี้ไว้ดูได้",
        "It is on its way. This page changes with the next stage; keep its address.",
    ),
    "keep_private": Words(
        "ผู้ที่มีรหัสนี้ดูหน้านี้ได้ ไม่มีข้อมูลส่วนตัวของท่านอยู่ในหน้านี้",
        "Whoever has the code can see this page. Nothing on it is about you.",
    ),
    "unknown_title": Words("ไม่พบรหัสใบรับนี้", "No piece has this receipt code"),
    "unknown_lead": Words(
        "โปรดตรวจสอบทีละตัวแล้วลองใหม่ รหัสมี 12 ตัว และไม่มีตัวอักษร I, L, O และ U",
        "Check it letter by letter and try again. A code has 12 characters and no letters I, L, O or U.",
    ),
}
