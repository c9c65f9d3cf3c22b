"""What a citizen sees with a receipt code in hand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from xml.etree.ElementTree import Element

import httpx
import pytest
from ewaste.contracts.ids import uuid7
from ewaste.dropoff.app import build_app
from ewaste.dropoff.pages import receipt_code
from ewaste.dropoff.settings import Settings
from ewaste.dropoff.storage.progress import Heard, Kind, hear
from ewaste.dropoff.texts import TEXTS
from ewaste.runtime.app import App
from ewaste.runtime.testing import client
from ewaste.web.language import Language
from ewaste.web.testing import check_page, check_texts, text_of
from pydantic import ValidationError

HOSTILE = "ตลาด<script>alert(1)</script>&เกต"
SITE = "https://trace.example.org"
# 31 December in Thailand too, one hour before the year 2570.
AT = datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.fixture
async def linked(settings: Settings) -> AsyncIterator[tuple[App, httpx.AsyncClient]]:
    """The service, told where certificates are shown."""
    app = build_app(settings.model_copy(update={"traceability_url": SITE}))
    async with client(app) as http:
        yield app, http


async def _dropped(http: httpx.AsyncClient, id: str) -> dict[str, str]:
    point = {
        "point_id": id, "name_th": HOSTILE, "name_en": "Market <b>", "khwaeng": "kawila", "sample": True,
        "latitude_microdegrees": 18_790_000, "longitude_microdegrees": 99_003_000,
    }  # fmt: skip
    assert (await http.post("/drop-points/bulk", json={"lines": [point]})).json()["refused"] == 0
    assert (await http.post(f"/drop-points/{id}/bags", json={"bag_id": f"{id}-bag"})).status_code == 204
    answer = await http.post("/drops", json={"point_id": id, "category": "power_bank"})
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


async def _goes_on(app: App, id: str, stage: str) -> None:
    """What the others tell of the bag, up to this stage."""
    bag, batch = f"{id}-bag", f"{id}-batch"
    told = []
    if stage != "dropped":
        told.append((bag, Kind.COLLECTED, AT, None))
    if stage in ("delivered", "certified"):
        told.append((bag, Kind.DELIVERED, AT + timedelta(hours=2), None))
    if stage in ("processed", "certified"):
        told.append((bag, Kind.BATCHED, AT + timedelta(hours=3), batch))
        told.append((batch, Kind.PROCESSED, AT + timedelta(days=1), None))
    if stage == "certified":
        told.append((batch, Kind.CERTIFIED, AT + timedelta(days=1), f"cert-{id}"))
    async with app.database.transaction() as tx:
        await hear(tx, [Heard(uuid7(), subject, kind, at, detail) for subject, kind, at, detail in told])


def _stages(root: Element) -> list[str]:
    (steps,) = (each for each in root.iter("ol") if each.get("class") == "stages")
    return [f"{step.get('class')}{' *' if step.get('aria-current') == 'step' else ''}" for step in steps]


STAGES = {
    "dropped": ["done now *", "ahead", "ahead", "ahead", "ahead"],
    "collected": ["done", "done now *", "ahead", "ahead", "ahead"],
    "delivered": ["done", "done", "done now *", "ahead", "ahead"],
    # Delivery was never told: a later fact stands, and the page says that the time is not known.
    "processed": ["done", "done", "done", "done now *", "ahead"],
    "certified": ["done", "done", "done", "done", "done now *"],
}


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("stage", STAGES)
async def test_the_page_shows_how_far_a_piece_has_come(
    linked: tuple[App, httpx.AsyncClient], stage: str, lang: str
) -> None:
    app, http = linked
    id = f"p-{stage}-{lang}"
    receipt = await _dropped(http, id)
    await _goes_on(app, id, stage)

    answer = await http.get(f"/r/{receipt['receipt_code']}", params={"lang": lang})

    assert answer.status_code == 200
    root = check_page(answer.text, answer.headers)
    shown = text_of(root)
    assert _stages(root) == STAGES[stage]
    assert ("แบตเตอรี่สำรอง" if lang == "th" else "power bank") in shown
    if stage != "dropped":
        told = "31 ธันวาคม 2569 เวลา 23:00 น." if lang == "th" else "31 December 2026, 23:00"
        assert told in shown
    assert (TEXTS["no_time"].of(Language(lang)) in shown) == (stage == "processed")
    links = {link.attrib["href"] for link in root.iter("a")}
    assert f"{SITE}/pages/trace/item/{receipt['item_id']}?lang={lang}" in links
    assert (f"{SITE}/pages/certificates/cert-{id}?lang={lang}" in links) == (stage == "certified")


async def test_names_are_text_and_never_markup(linked: tuple[App, httpx.AsyncClient]) -> None:
    _, http = linked
    code = (await _dropped(http, "p-names"))["receipt_code"]
    answer = await http.get(f"/r/{code}")
    assert "<script" not in answer.text
    assert HOSTILE in text_of(check_page(answer.text, answer.headers))


async def test_a_receipt_is_for_its_holder_alone(linked: tuple[App, httpx.AsyncClient]) -> None:
    """Its address is its key: no search engine, no referrer, no shared cache."""
    _, http = linked
    answer = await http.get(f"/r/{(await _dropped(http, 'p-holder'))['receipt_code']}")
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_the_form_leads_to_the_page_however_the_code_is_typed(linked: tuple[App, httpx.AsyncClient]) -> None:
    _, http = linked
    code = (await _dropped(http, "p-form"))["receipt_code"]
    form = await http.get("/r")
    assert any(field.get("name") == "code" for field in check_page(form.text, form.headers).iter("input"))

    typed = f" {code[:4]}-{code[4:8]} {code[8:].lower()}".replace("0", "o").replace("1", "l")
    answer = await http.get("/r", params={"code": typed, "lang": "en"})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{code}?lang=en")
    assert (await http.get(f"/r/{code.lower()}")).status_code == 200


@pytest.mark.parametrize("code", ["NOTACODE0000", '"><script>alert(1)</script>', "ก" * 40, "\x00", "x" * 500])
async def test_an_unknown_code_gets_a_friendly_page_and_another_try(http: httpx.AsyncClient, code: str) -> None:
    english = {"Accept-Language": "en"}
    for path in (f"/r?code={quote(code)}", f"/r/{quote(code.replace('/', ''))}"):
        answer = await http.get(path, headers=english, follow_redirects=True)
        assert answer.status_code == 404
        root = check_page(answer.text, answer.headers)
        assert text_of(root).startswith("No piece has this receipt code")
        assert any(field.get("name") == "code" for field in root.iter("input"))


async def test_without_the_other_sites_address_the_certificate_is_named(app: App, http: httpx.AsyncClient) -> None:
    code = (await _dropped(http, "p-named"))["receipt_code"]
    await _goes_on(app, "p-named", "certified")
    answer = await http.get(f"/r/{code}")
    root = check_page(answer.text, answer.headers)
    assert "cert-p-named" in text_of(root)
    assert all(link.attrib["href"][0] in "/#?" for link in root.iter("a"))


async def test_the_api_goes_on_answering_with_problems(http: httpx.AsyncClient) -> None:
    answer = await http.get("/items/NOTACODE0000")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert not [path for path in (await http.get("/openapi.json")).json()["paths"] if path.startswith("/r")]


def test_only_a_web_address_may_be_linked() -> None:
    for wrong in ("javascript:alert(1)", "trace.example.org", "https://trace.example.org/"):
        with pytest.raises(ValidationError):
            Settings(traceability_url=wrong)


def test_a_code_is_read_as_crockford_meant_it() -> None:
    assert receipt_code("ab-cd o1 IL") == "ABCD0111"
    assert receipt_code("ก") is None
    assert receipt_code("") is None


def test_no_text_is_missing_or_left_over() -> None:
    check_texts("ewaste.dropoff", TEXTS)
