"""The start page of this service."""

from ewaste.web.language import Words
from ewaste.web.pages import Landing, build_pages
from fastapi import APIRouter

__all__ = ["router"]

_LANDING = Landing(
    Words("การเก็บและขนส่ง", "Collection and transport"),
    Words(
        "เจ้าหน้าที่เก็บถุงจากจุดทิ้ง ปิดผนึกและชั่งน้ำหนัก แล้วส่งมอบให้ผู้รีไซเคิล ทุกการส่งมอบชั่งและตรวจซีลทั้งสองฝ่าย",
        "Crews take the bags from the boxes, seal and weigh them and hand them to the recycler; both sides weigh and "
        "check the seal.",
    ),
)


def router() -> APIRouter:
    return build_pages(_LANDING).router()
