"""How the municipality reads alerts: page by page, as a stream that goes on where it broke off, and in a browser."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import httpx
import pytest
import uvicorn
from ewaste.contracts.events.traceability import GapKind
from ewaste.runtime.app import Role
from ewaste.runtime.testing import eventually
from ewaste.traceability.alerts.texts import ALERTS
from ewaste.traceability.app import build_app
from ewaste.web.testing import check_page, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Bags = Callable[..., Any]


async def mismatch(service: Any, publisher: Any, bag: Any) -> dict[str, Any]:
    """A bag whose seal was read otherwise, as soon as that is an alert."""
    await publisher.publish(bag.dispatched(), bag.received(seal="S-9"))
    found = await eventually(lambda: service.json(f"/alerts?subject={bag.node}"), lambda page: bool(page["items"]))
    alert: dict[str, Any] = found["items"][0]
    return alert


async def test_alerts_come_in_pages_newest_first_and_by_kind(service: Any, publisher: Any, new_bag: Bags) -> None:
    bags = [new_bag() for _ in range(3)]
    for bag in bags:
        await mismatch(service, publisher, bag)
    listed: list[str] = []
    cursor = ""
    while True:
        page = await service.json(f"/alerts?kind=seal_mismatch&state=all&limit=2{cursor}")
        listed += [each["subject"]["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert listed[:3] == [bag.id for bag in reversed(bags)]
    assert len(set(listed)) == len(listed)
    none = await service.json(f"/alerts?kind=batch_stalled&subject={bags[0].node}&state=all")
    assert none["items"] == []


@pytest.mark.parametrize(
    "query", ["kind=nonsense", "subject=bag", "subject=%00/x", "state=half", "cursor=x", "limit=0"]
)
async def test_what_nobody_can_mean_is_refused_with_its_field(service: Any, query: str) -> None:
    answer = await service.http.get(f"/alerts?{query}")
    assert answer.status_code == 422
    assert query.split("=", maxsplit=1)[0] in answer.text


@asynccontextmanager
async def served(service: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The same service's API on a real port: a stream that does not end needs one."""
    app = build_app(service.settings)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app.api, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    async with app.running(Role.API):
        task = asyncio.create_task(server.serve([listening]))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as http:
            yield http
        server.should_exit = True
        await task


async def changes(http: httpx.AsyncClient, bag_id: str, count: int, **ask: Any) -> list[tuple[int, str, Any]]:
    """The stream's next events about a bag: id, event, data. Topics, and so alerts, are shared by all tests."""
    found: list[tuple[int, str, Any]] = []
    fields: dict[str, str] = {}
    async with asyncio.timeout(60), http.stream("GET", "/alerts/stream", **ask) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                fields[name] = value
            elif not line and "data" in fields:
                if (data := json.loads(fields["data"]))["subject"]["id"] == bag_id:
                    found.append((int(fields["id"]), fields["event"], data))
                fields = {}
            if len(found) == count:
                break
    return found


async def test_the_stream_tells_what_happens_and_goes_on_where_it_broke_off(
    service: Any, publisher: Any, new_bag: Bags
) -> None:
    bag = new_bag()
    async with served(service) as http:
        listening = asyncio.create_task(changes(http, bag.id, 1))
        await asyncio.sleep(1)
        alert = await mismatch(service, publisher, bag)
        ((first, event, data),) = await listening
        assert (event, data["gap_id"], data["evidence"]) == ("opened", alert["gap_id"], alert["evidence"])
        assert data["text_th"] == ALERTS[GapKind.SEAL_MISMATCH].name.th

        await publisher.publish(*bag.settled())
        ((second, event, data),) = await changes(http, bag.id, 1, headers={"Last-Event-ID": str(first)})

        assert (event, data["gap_id"]) == ("closed", alert["gap_id"])
        again = await changes(http, bag.id, 2, params={"after": first - 1})
        assert [(id, event) for id, event, _ in again] == [(first, "opened"), (second, "closed")]


async def test_the_page_groups_alerts_and_leads_to_evidence_and_chain(
    service: Any, publisher: Any, new_bag: Bags
) -> None:
    bag = new_bag()
    alert = await mismatch(service, publisher, bag)
    for lang in ("en", "th"):
        answer = await service.http.get("/pages/alerts?kind=seal_mismatch", headers={"Accept-Language": lang})
        root = check_page(answer.text, answer.headers)
        shown, links = text_of(root), {link.attrib["href"] for link in root.iter("a")}
        name, then = ALERTS[GapKind.SEAL_MISMATCH]
        assert bag.id in shown
        assert (name.th if lang == "th" else name.en) in shown
        assert (then.th if lang == "th" else then.en) in shown
        assert f"/pages/trace/{bag.node}" in links
        assert {f"/ledgers/custody/entries?start={index}&limit=1" for index in alert["evidence"]} <= links

    await publisher.publish(*bag.settled())
    await eventually(lambda: service.json(f"/alerts?subject={bag.node}"), lambda page: not page["items"])
    closed = await service.http.get("/pages/alerts?state=closed")
    assert bag.id in text_of(check_page(closed.text, closed.headers))


@pytest.mark.parametrize("path", ["/pages/alerts?kind=x", "/pages/alerts?cursor=made-up", "/pages/alerts?state=x"])
async def test_a_wrong_address_is_a_page(service: Any, path: str) -> None:
    answer = await service.http.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "This can't be done" in text_of(check_page(answer.text, answer.headers))


async def test_every_kind_has_its_words_and_its_picture() -> None:
    pictures = files("ewaste.traceability").joinpath("templates/alert_pictures.html").read_text("utf-8")
    assert set(ALERTS) == set(GapKind)
    for kind, (name, then) in ALERTS.items():
        assert name.th != name.en
        assert then.th != then.en
        assert f'"{kind}": "M' in pictures
