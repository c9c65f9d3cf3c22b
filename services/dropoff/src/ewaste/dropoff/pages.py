"""Pages for citizens: where the piece behind a receipt code is."""

import re
from collections.abc import Mapping
from typing import Any, Final

from ewaste.contracts.refusal import NOT_FOUND
from ewaste.dropoff.api import ItemStatus
from ewaste.dropoff.model import Stage, stage_of
from ewaste.dropoff.storage import boxes
from ewaste.dropoff.storage.progress import item_progress
from ewaste.dropoff.texts import STAGES, TEXTS
from ewaste.evidence.custody.texts import WORDS
from ewaste.runtime.database import Database
from ewaste.web.language import Words
from ewaste.web.pages import Landing, Link, Pages, build_pages
from fastapi import APIRouter, Request, Response

__all__ = ["receipt_code", "router"]

_LANDING: Final = Landing(
    Words("จุดทิ้งขยะอิเล็กทรอนิกส์", "Drop-off"),
    Words(
        "ทิ้งโทรศัพท์ สายชาร์จ หูฟัง และอุปกรณ์เล็กได้ที่กล่องในทุกชุมชนของเทศบาลนครเชียงใหม่ แล้วติดตามได้ทุกขั้น",
        "Drop phones, cables, earphones and small devices into the boxes in every community of Chiang Mai, and follow "
        "them all the way.",
    ),
    (Link("/r", Words("ติดตามของที่ทิ้ง", "Follow your piece")),),
)
_LOOKALIKES: Final = str.maketrans("OIL", "011")
_CODE: Final = re.compile(r"[0-9A-Z]{1,32}", re.ASCII)


def router(database: Database, traceability_url: str | None = None) -> APIRouter:
    """`traceability_url` is where the pages of certificates and chains are; None: they are named, not linked."""
    pages = build_pages(_LANDING, TEXTS, "ewaste.dropoff")
    web = pages.router()

    @web.get("/r")
    async def ask(request: Request, code: str = "") -> Response:
        asked = receipt_code(code)
        if not code.strip():
            return pages.render(request, "ask.html")
        return pages.redirect(request, f"/r/{asked}") if asked else _unknown(pages, request, code)

    @web.get("/r/{code}")
    async def show(request: Request, code: str) -> Response:
        found = await _item(database, code)
        if found is None:
            return _unknown(pages, request, code)
        return pages.render(request, "item.html", **found, site=traceability_url)

    return web


def receipt_code(typed: str) -> str | None:
    """The code as it is stored, from what a hand typed: any case, dashes and spaces, letters for digits.

    The alphabet is Crockford's Base32: O is read as 0, I and L as 1. None for what can't be a code.
    """
    plain = re.sub(r"[\s-]", "", typed).upper().translate(_LOOKALIKES)
    return plain if _CODE.fullmatch(plain) else None


async def _item(database: Database, typed: str) -> dict[str, Any] | None:
    code = receipt_code(typed)
    if code is None:
        return None
    async with database.transaction() as tx:
        found = await item_progress(tx, code)
        point = await boxes.point(tx, found[0]["point_id"]) if found else None
    if found is None:
        return None
    item = ItemStatus(**found[0], stage=stage_of(found[1]))
    place = Words(point.name_th, point.name_en or point.name_th) if point else Words(item.point_id, item.point_id)
    return {"code": code, "item": item, "place": place, "category": _category(item), "stages": _stages(item)}


def _category(item: ItemStatus) -> Words:
    english, thai = WORDS["category"][item.category]
    return Words(thai, english)


def _stages(item: ItemStatus) -> list[Mapping[str, Any]]:
    """The five stages in order; one before the latest is done even where its own fact has not arrived."""
    order = list(Stage)
    latest = order.index(item.stage)
    return [
        {"stage": stage, "label": STAGES[stage], "at": getattr(item, f"{stage}_at", None), "place": number - latest}
        for number, stage in enumerate(order)
    ]


def _unknown(pages: Pages, request: Request, code: str) -> Response:
    typed = "".join(letter for letter in code if letter.isprintable())
    return pages.render(request, "unknown.html", NOT_FOUND, code=typed[:40])
