"""The start page of this service."""

from ewaste.web.language import Words
from ewaste.web.pages import Landing, build_pages
from fastapi import APIRouter

__all__ = ["router"]

_LANDING = Landing(
    Words("การรีไซเคิล", "Recycling"),
    Words(
        "ผู้รีไซเคิลที่ได้รับอนุญาตส่งคำยืนยันที่ลงลายมือชื่อดิจิทัล ว่ารับ แปรรูป และบำบัดอะไรไปเท่าใด ระบบตรวจลายมือชื่อและน้ำหนักก่อนรับเป็นข้อเท็จจริง",
        "Licensed recyclers send signed confirmations of what they received, processed and treated; signature and "
        "grams are checked before they count as facts.",
    ),
)


def router() -> APIRouter:
    return build_pages(_LANDING).router()
