"""The pages of this service."""

from ewaste.education.credentials.handlers import Badges
from ewaste.education.credentials.pages import add_badge_pages
from ewaste.education.texts import TEXTS
from ewaste.runtime.database import Database
from ewaste.web.language import Words
from ewaste.web.pages import Landing, build_pages
from fastapi import APIRouter

__all__ = ["router"]

_LANDING = Landing(
    Words("การเรียนรู้ความปลอดภัยดิจิทัล", "Digital-safety lessons"),
    Words(
        "บทเรียนและแบบวัดทักษะดิจิทัลของโรงเรียนในเทศบาลนครเชียงใหม่ ชื่อของผู้เรียนไม่ออกจากระบบนี้ ผลที่เผยแพร่ไม่ชี้ถึงตัวบุคคล",
        "Lessons and assessments for the schools of Chiang Mai City Municipality. Learners' names never leave this "
        "service, and published results point to nobody.",
    ),
)


def router(database: Database, badges: Badges) -> APIRouter:
    pages = build_pages(_LANDING, TEXTS, "ewaste.education")
    web = pages.router()
    add_badge_pages(web, pages, database, badges)
    return web
