"""EPCIS over HTTP, from the facts on the topics."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.fields import Context
from ewaste.contracts.ids import uuid7
from ewaste.evidence.epcis.gs1 import Gs1Keys, Names
from ewaste.runtime.testing import Stack, prepared
from ewaste.traceability.settings import Settings
from jsonschema import Draft7Validator, FormatChecker

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECKOUT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("EWASTE_CONFORMANCE_DIR", CHECKOUT / "../shared/data/conformance"))
PREFIX = "9521234"
Days = Callable[..., Any]
Validate = Callable[[Mapping[str, Any]], None]


@pytest.fixture(scope="module")
def validate() -> Validate:
    path = FOLDER / "epcis/EPCIS-JSON-Schema.json"
    if not path.exists():
        return lambda document: None  # what is said below holds without the schema; shared/evidence skips its own
    validator = Draft7Validator(json.loads(path.read_text()), format_checker=FormatChecker())

    def check(document: Mapping[str, Any]) -> None:
        assert not [each.message for each in validator.iter_errors(document)]

    return check


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settings(stack: Stack) -> Settings:
    """With a company prefix: what fits is a GS1 key."""
    return await prepared(stack, Settings, city=f"test-{secrets.token_hex(3)}", gs1_company_prefix=PREFIX)


@pytest.fixture(scope="module")
def names(settings: Settings) -> Names:
    return Names(settings.city, Gs1Keys(PREFIX))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(service: Any, publisher: Any, new_day: Days) -> Any:
    """A day whose facts are all in the ledger."""
    found = new_day()
    await publisher.publish(*found.messages())
    await service.reaches("custody", len(await publisher.custody_records()))
    return found


def events_in(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    body = document["epcisBody"]
    found: list[dict[str, Any]] = (body.get("queryResults", {}).get("resultsBody") or body)["eventList"]
    return found


async def ask(service: Any, **conditions: Any) -> list[dict[str, Any]]:
    """Every page of an answer."""
    answer = await service.http.get("/epcis/events", params=conditions)
    found = []
    while True:
        assert answer.status_code == 200, answer.text
        found += events_in(answer.json())
        link = answer.links.get("next")
        if link is None:
            return found
        answer = await service.http.get(link["url"])


@pytest.mark.parametrize("kind", ["item", "bag", "load", "batch"])
async def test_the_chain_of_a_thing_is_a_document(service: Any, day: Any, validate: Validate, kind: str) -> None:
    id = {"item": day.item, "bag": day.bag, "load": f"load-{day.tag}", "batch": day.batch}[kind]
    answer = await service.http.get(f"/epcis/{kind}/{id}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/ld+json")
    document = answer.json()
    validate(document)
    steps = [event["bizStep"] for event in events_in(document)]
    assert steps.index("collecting") < steps.index("loading") < steps.index("receiving") < steps.index("disassembling")


async def test_a_certificate_is_a_document_of_its_batch(
    service: Any, publisher: Any, day: Any, names: Names, validate: Validate
) -> None:
    await service.chain_is(f"batch/{day.batch}", "certified")
    certificate_id = (await service.certification(day.batch))["certificate_id"]
    document = (await service.http.get(f"/epcis/certificate/{certificate_id}")).json()
    validate(document)
    issued = [event for event in events_in(document) if event["bizStep"] == "urn:ewaste:step:certifying"]
    assert [event["certificationInfo"] for event in issued] == [names.uri("certificate", certificate_id)]
    weighed = await ask(service, MATCH_anyEPCClass=names.uri("batch", day.batch), eventType="TransactionEvent")
    assert weighed == issued


async def test_what_fits_is_a_gs1_key_and_what_does_not_is_private(service: Any, day: Any, names: Names) -> None:
    events = events_in((await service.http.get(f"/epcis/item/{day.item}")).json())
    begun = next(event for event in events if event["bizStep"] == "commissioning" and event["type"] == "ObjectEvent")
    assert begun["epcList"] == [f"https://id.gs1.org/8004/{PREFIX}{day.item}"]
    closed = next(event for event in events if event["bizStep"] == "collecting")
    assert closed["parentID"] == f"urn:ewaste:{names.city}:bag:{day.bag}"


@pytest.mark.parametrize(
    ("path", "field"),
    [("/epcis/item/nobody", "id"), ("/epcis/planet/earth", "id"), ("/epcis/partner/nobody", "id")],
)
async def test_what_nobody_saw_is_not_found(service: Any, path: str, field: str) -> None:
    answer = await service.http.get(path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("EQ_readPoint=urn:x:y", "query.EQ_readPoint"),
        ("GE_eventTime=yesterday", "query.GE_eventTime"),
        ("GE_eventTime=2026-11-20T05:00:00", "query.GE_eventTime"),
        ("perPage=0", "query.perPage"),
        ("perPage=501", "query.perPage"),
        ("nextPageToken=nonsense", "cursor"),
        ("nextPageToken=WzAsIC0xXQ==", "cursor"),
    ],
)
async def test_a_condition_that_is_not_understood_is_refused(service: Any, query: str, field: str) -> None:
    answer = await service.http.get(f"/epcis/events?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_a_thing_s_events_are_found_by_its_name(service: Any, day: Any, names: Names, validate: Validate) -> None:
    bag = names.uri("bag", day.bag)
    answer = await service.http.get("/epcis/events", params={"MATCH_anyEPC": bag})
    validate(answer.json())
    assert answer.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert "link" not in answer.headers
    steps = [event["bizStep"] for event in events_in(answer.json())]
    assert sorted(steps) == sorted(
        ["installing", "packing", "packing", "collecting", "removing", "loading", "receiving", "receiving", "unpacking"]
    )
    receipts = await ask(service, MATCH_anyEPC=bag, EQ_bizStep="receiving|unpacking", eventType="ObjectEvent")
    assert [event["bizStep"] for event in receipts] == ["receiving", "receiving"]
    weighed = await ask(service, MATCH_anyEPCClass=names.uri("contents", day.bag))
    assert {event["bizStep"] for event in weighed} == {"collecting", "commissioning", "unpacking"}
    assert await ask(service, MATCH_anyEPC="urn:epc:id:giai:4012345.X") == []


async def test_pages_of_any_size_give_the_same_events_once(service: Any, day: Any, names: Names) -> None:
    bag = names.uri("bag", day.bag)
    whole = await ask(service, MATCH_anyEPC=bag)
    for size in (1, 2, 4):
        assert await ask(service, MATCH_anyEPC=bag, perPage=size) == whole
    everything = await ask(service, perPage=500)
    assert len({event["eventID"] for event in everything}) == len(everything)
    assert [event for event in everything if event in whole] == whole


async def test_a_place_is_found_by_walking(service: Any, day: Any, names: Names) -> None:
    told = await ask(service, MATCH_anyEPC=names.uri("point", f"point-{day.tag}"))
    assert {event["bizStep"] for event in told} == {"installing", "removing"}


async def test_times_bound_an_answer(service: Any, day: Any, names: Names) -> None:
    bag = names.uri("bag", day.bag)
    whole = await ask(service, MATCH_anyEPC=bag)
    moments = sorted({event["eventTime"] for event in whole})
    later = await ask(service, MATCH_anyEPC=bag, GE_eventTime=moments[1])
    earlier = await ask(service, MATCH_anyEPC=bag, LT_eventTime=moments[1])
    assert [event for event in whole if event not in later] == earlier
    assert len(earlier) + len(later) == len(whole)
    assert {event["eventTime"] for event in earlier} == {moments[0]}


async def test_a_period_streams_as_one_document_and_goes_on_where_it_ended(
    service: Any, publisher: Any, new_day: Days, day: Any, validate: Validate
) -> None:
    whole = await service.http.get("/epcis/export")
    validate(whole.json())
    assert {event["bizStep"] for event in events_in(whole.json())} >= {"collecting", "disassembling"}
    first = min(event["eventTime"] for event in events_in(whole.json()))
    bounded = await service.http.get("/epcis/export", params={"until": first})
    assert events_in(bounded.json()) == []
    size = whole.headers["Ewaste-Ledger-Size"]
    assert events_in((await service.http.get("/epcis/export", params={"start": size})).json()) == []

    wrong, other = uuid7(), new_day()
    drop = ItemDropped(
        item_id=f"item-w-{other.tag}",
        bag_id=other.bag,
        point_id=f"point-{other.tag}",
        category=Category.PHONE,
        channel=Channel.APP,
    )
    await publisher.publish(other.event(Context.DROPOFF, drop, id=wrong))
    await service.chain_is(f"item/{drop.item_id}", "dropped")
    between = (await service.http.get("/epcis/export", params={"start": size})).headers["Ewaste-Ledger-Size"]
    taken_back = EventCorrected(
        corrected_event_id=str(wrong),
        corrected_source="urn:ewaste:test:dropoff",
        reason=CorrectionReason.DID_NOT_HAPPEN,
    )
    await publisher.publish(other.event(Context.DROPOFF, taken_back))
    await service.reaches("custody", len(await publisher.custody_records()))
    again = await service.http.get("/epcis/export", params={"start": between})
    validate(again.json())
    declared = [event for event in events_in(again.json()) if event["eventID"] == f"urn:uuid:{wrong}"]
    assert [event["errorDeclaration"]["reason"] for event in declared] == ["did_not_occur"]
