"""The page that the QR code of a certificate leads to."""

from uuid import UUID

from ewaste.education.credentials.handlers import Badges
from ewaste.runtime.database import Database
from ewaste.web.language import Language, choose_language
from ewaste.web.pages import Pages
from fastapi import APIRouter, Request, Response

__all__ = ["add_badge_pages"]


def add_badge_pages(web: APIRouter, pages: Pages, database: Database, badges: Badges) -> None:
    @web.get("/pages/credentials/{credential_id}")
    async def show(request: Request, credential_id: UUID) -> Response:
        async with database.transaction() as tx:
            award, course = await badges.read(tx, credential_id)
        language = choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))
        title = course.title_en if language is Language.ENGLISH and course.title_en else course.title_th
        return pages.render(request, "credential.html", award=award, course=course, title=title, issuer=badges.issuer)
