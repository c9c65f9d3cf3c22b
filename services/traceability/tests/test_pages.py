"""What the municipality, an auditor and a citizen read in a browser."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from ewaste.contracts.events.dropoff import DropPointRegistered, Khwaeng
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.fields import Context
from ewaste.runtime.testing import eventually
from ewaste.traceability.alerts.texts import ALERT_TEXTS
from ewaste.traceability.texts import CERTIFICATE_STATES, OPERATION_NAMES, TEXTS
from ewaste.web.testing import check_page, check_texts, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]
HOSTILE = "ตลาด<script>alert(1)</script>&เกต"


async def page(service: Any, path: str, lang: str = "en", status: int = 200) -> Element:
    """A page that keeps the rules of every page."""
    answer = await service.http.get(path, headers={"Accept-Language": lang})
    assert answer.status_code == status, answer.text
    return check_page(answer.text, answer.headers)


def links(root: Element) -> set[str]:
    return {link.attrib["href"] for link in root.iter("a")}


async def certificate_of(service: Any, day: Any) -> str:
    told = await eventually(
        lambda: service.certification(day.batch), lambda told: bool(told) and told["certificate_id"] is not None
    )
    return str(told["certificate_id"])


async def test_a_chain_tells_every_fact_its_place_and_who_signed_it(
    service: Any, publisher: Any, new_day: Days
) -> None:
    day = new_day()
    await publisher.publish(*day.messages())
    certificate_id = await certificate_of(service, day)
    chain = await service.chain_is(f"item/{day.item}", "certified")

    root = await page(service, f"/pages/trace/item/{day.item}")

    shown = text_of(root)
    assert "Complete: nothing is missing" in shown
    for branch in (chain, bag := chain["then"][0], *bag["then"]):
        assert branch["text_en"] in shown
        for step in branch["steps"]:
            assert step["text_en"] in shown
            assert f"/ledgers/custody/entries?start={step['index']}&limit=1" in links(root)
    assert shown.count("Signed by the recycler") == 3, "received, opened, recycled"
    assert f"/pages/trace/certificate/{certificate_id}" in links(root)

    thai = text_of(await page(service, f"/pages/trace/item/{day.item}", "th"))
    assert bag["text_th"] in thai
    assert "20 พฤศจิกายน 2569" in thai


@pytest.mark.parametrize("kind", ["bag", "load", "batch", "certificate"])
async def test_every_kind_of_chain_has_a_page_in_both_languages(
    service: Any, publisher: Any, new_day: Days, kind: str
) -> None:
    day = new_day()
    await publisher.publish(*day.messages())
    ids = {
        "bag": day.bag,
        "load": f"load-{day.tag}",
        "batch": day.batch,
        "certificate": await certificate_of(service, day),
    }
    await service.chain_is(f"certificate/{ids['certificate']}", "valid")
    for lang in ("th", "en"):
        chain = await service.trace(f"{kind}/{ids[kind]}")
        assert text_of(await page(service, f"/pages/trace/{kind}/{ids[kind]}", lang)).startswith(chain[f"text_{lang}"])


async def test_a_chain_says_what_is_missing(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    await publisher.publish(*day.registered(), *day.collected())
    chain = await service.chain_is(f"bag/{day.bag}", "sealed")
    shown = text_of(await page(service, f"/pages/trace/bag/{day.bag}"))
    assert f"Missing or in the way: {len(chain['missing'])}" in shown
    assert all(each["text_en"] in shown for each in chain["missing"])


async def test_a_landfilled_batch_says_why_it_has_no_certificate(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day(operation="D5")
    await publisher.publish(*day.messages())
    await eventually(
        lambda: service.certification(day.batch),
        lambda told: bool(told) and [line["code"] for line in told["open_lines"]] == ["landfilled"],
    )
    root = await page(service, f"/pages/trace/batch/{day.batch}")
    assert "9,900 g were landfilled or stored for good" in text_of(root)
    assert [mark.text for mark in root.iter("span") if mark.get("class") == "mark bad"] == ["D5"]


async def test_a_certificate_is_told_in_tables_with_its_proof(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    await publisher.publish(*day.messages())
    id = await certificate_of(service, day)
    await service.chain_is(f"certificate/{id}", "valid")
    canonical = (await service.http.get(f"/certificates/{id}")).content

    root = await page(service, f"/pages/certificates/{id}")

    shown = text_of(root)
    content = await service.json(f"/certificates/{id}")
    for told in ("State: Valid", "10,000 g Grams in", "9,900 g Grams out", "0 g Landfilled", "copper 9,900 99.00 %",
                 "Declared process loss 100 1.00 %", "Together: the input 10,000 100.00 %", "phone 2",
                 "Identity preserved (one box) 100.00 %", sha256(canonical).hexdigest(), content["ledger"]["root"],
                 f"{content['ledger']['size']:,}", "Sample data"):  # fmt: skip
        assert told in shown, told
    assert {f"/certificates/{id}", f"/pages/trace/batch/{day.batch}", f"/pages/trace/bag/{day.bag}"} <= links(root)

    listed = await page(service, "/pages/certificates")
    assert f"/pages/certificates/{id}" in links(listed)


async def test_names_are_text_and_never_markup(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    point = DropPointRegistered(
        point_id=f"point-{day.tag}", name_th=HOSTILE, khwaeng=Khwaeng.KAWILA, latitude_microdegrees=18_790_000,
        longitude_microdegrees=99_000_000, sample=True,
    )  # fmt: skip
    registered = PartnerRegistered.model_validate(
        {"partner_id": day.partner, "name_th": HOSTILE, "licence_number": "L-1", "licence_valid_from": "2026-01-01",
         "licence_valid_until": "2026-12-31", "sample": True}
    )  # fmt: skip
    named = [day.event(Context.DROPOFF, point), day.event(Context.RECYCLER, registered)]
    await publisher.publish(*day.collected(), *named, *day.delivered(), *day.processed())
    id = await certificate_of(service, day)
    await service.chain_is(f"item/{day.item}", "certified")
    for path in (f"/pages/trace/item/{day.item}", f"/pages/certificates/{id}"):
        answer = await service.http.get(path)
        assert "<script" not in answer.text
        assert HOSTILE in text_of(check_page(answer.text, answer.headers)), path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/pages/trace/item/nobody", 404),
        ("/pages/trace/ship/x", 404),
        ("/pages/trace/item/no%20id", 404),
        ("/pages/trace/item/%00", 404),
        ("/pages/certificates/nobody", 404),
        ("/pages/certificates/%3Cscript%3E", 404),
        ("/pages/certificates?cursor=made-up", 422),
        ("/pages/trace?kind=item&id=%3Cb%3E", 422),
    ],
)
async def test_what_is_not_there_is_a_page_not_a_problem_document(service: Any, path: str, status: int) -> None:
    shown = text_of(await page(service, path, status=status))
    assert shown.startswith("Not found" if status == 404 else "This can't be done")


async def test_the_form_leads_to_the_chain(service: Any) -> None:
    root = await page(service, "/pages/trace")
    assert {field.get("name") for field in (*root.iter("input"), *root.iter("select"))} == {"kind", "id", "lang"}
    answer = await service.http.get("/pages/trace?kind=bag&id=b-1&lang=th")
    assert (answer.status_code, answer.headers["location"]) == (303, "/pages/trace/bag/b-1?lang=th")


async def test_pages_are_not_part_of_the_api(service: Any) -> None:
    answer = await service.http.get("/trace/item/nobody")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert not [path for path in (await service.json("/openapi.json"))["paths"] if path.startswith("/pages")]


async def test_no_text_is_missing_or_left_over() -> None:
    check_texts("ewaste.traceability", {**TEXTS, **ALERT_TEXTS})
    for words in (*OPERATION_NAMES.values(), *(said for _, said in CERTIFICATE_STATES.values())):
        assert words.th != words.en
