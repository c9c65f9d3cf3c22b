"""What a reader and a service rely on: language, safety, caching, errors as pages."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.web.assets import ASSETS
from ewaste.web.language import Words
from ewaste.web.pages import Landing, Link, build_pages
from ewaste.web.testing import check_page, check_texts, text_of
from ewaste.web.texts import SHARED_TEXTS
from fastapi import FastAPI, Request, Response

LANDING = Landing(
    Words("บริการ <ทดสอบ>", "A <test> service"),
    Words("ไว้ทดสอบ", "For tests"),
    (Link("/things", Words("สิ่งของ", "Things")),),
)


def _app() -> FastAPI:
    pages = build_pages(LANDING)
    router = pages.router()

    @router.get("/things/{id}")
    async def thing(request: Request, id: Identifier, number: int = 1) -> Response:
        if id == "broken":
            raise RuntimeError("the reason is not for readers")
        if id == "moved":
            return pages.redirect(request, "/?from=moved")
        raise Refused("thing-unknown", f"no thing {id}", status=NOT_FOUND)

    app = FastAPI()
    app.include_router(router)
    return app


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://test") as http:
        yield http


@pytest.mark.parametrize(("lang", "title"), [("th", "บริการ <ทดสอบ>"), ("en", "A <test> service")])
async def test_the_start_page_says_what_the_service_is_for(http: httpx.AsyncClient, lang: str, title: str) -> None:
    answer = await http.get("/", params={"lang": lang})

    root = check_page(answer.text, answer.headers)
    assert (root.get("lang"), answer.headers["content-language"]) == (lang, lang)
    assert text_of(root).startswith(title)
    links = {link.attrib["href"] for link in root.iter("a")}
    assert {f"/docs?lang={lang}", f"/readyz?lang={lang}", f"/things?lang={lang}"} <= links


async def test_thai_is_the_default_and_the_reader_can_switch(http: httpx.AsyncClient) -> None:
    thai = check_page((answer := await http.get("/?a=1&a=%26")).text, answer.headers)
    assert thai.get("lang") == "th"
    (english,) = (link for link in thai.iter("a") if link.get("hreflang") == "en")
    assert english.attrib["href"] == "?a=1&a=%26&lang=en", "the rest of the address stays"

    answer = await http.get("/", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert check_page(answer.text, answer.headers).get("lang") == "en"
    assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/things/unknown", 404, "Not found"),
        ("/things/no%20id!", 404, "Not found"),
        ("/things/%00", 404, "Not found"),
        ("/things/one?number=many", 422, "This can't be done"),
        ("/things/broken", 500, "Something failed on our side"),
    ],
)
async def test_errors_are_pages_and_give_nothing_away(
    http: httpx.AsyncClient, path: str, status: int, says: str
) -> None:
    answer = await http.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert text_of(check_page(answer.text, answer.headers)).startswith(says)
    assert "reason" not in answer.text


async def test_a_redirect_keeps_the_language(http: httpx.AsyncClient) -> None:
    answer = await http.get("/things/moved?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?from=moved&lang=en")


async def test_assets_are_cached_for_good_under_the_name_of_their_content(http: httpx.AsyncClient) -> None:
    page = (await http.get("/")).text
    for address in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page):
        answer = await http.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    old = await http.get("/assets/ewaste.0000000000000000.css")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    assert old.content == ASSETS["ewaste.css"].content
    assert (await http.get("/assets/nothing.css")).status_code == 404


async def test_below_a_proxys_path_every_link_stays_below_it() -> None:
    transport = httpx.ASGITransport(_app(), root_path="/drop")
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get("/drop/")
    root = check_page(answer.text, answer.headers)
    addresses = [element.attrib.get("href") or element.attrib.get("src") for element in root.iter() if element.attrib]
    inside = [each for each in addresses if each and each[0] not in "#?"]
    assert inside
    assert all(each.startswith("/drop/") for each in inside), inside


def test_every_shared_text_is_used_and_every_used_one_exists() -> None:
    check_texts("ewaste.web", SHARED_TEXTS)


def test_a_catalogue_can_not_hide_a_shared_text() -> None:
    with pytest.raises(ValueError, match="skip exist in"):
        build_pages(LANDING, {"skip": Words("ก", "a")})
