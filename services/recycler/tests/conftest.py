"""A recycler as the service meets it: keys, signed claims, its own topic."""

import json
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from ewaste.contracts.envelope import source_of_partner
from ewaste.contracts.events.logistics import BinCollected, LoadDispatched
from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, LoadReceived
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import Event, type_for, write_event
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.keys import generate_key, public_jwk
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.signatures import sign_detached
from ewaste.recycler.app import build_app
from ewaste.recycler.settings import Settings
from ewaste.runtime.app import Role
from ewaste.runtime.testing import Stack, client, events_on, eventually, prepared

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
Message = dict[str, Any]


@dataclass
class Recycler:
    """One partner outside: what it signs and sends."""

    partner_id: str = field(default_factory=lambda: f"plant-{secrets.token_hex(3)}")
    jwk: dict[str, str] = field(default_factory=generate_key)
    noon: ClassVar[datetime] = NOON
    opened_before: list[Any] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return partner_topic(self.partner_id)

    def registration(self, **more: Any) -> dict[str, Any]:
        return {
            "partner_id": self.partner_id,
            "name_th": "โรงงานตัวอย่าง",
            "licence_number": "จ3-106-1/50 ชม",
            "licence_valid_from": "2026-01-01",
            "licence_valid_until": "2026-12-31",
            "sample": True,
        } | more

    def public_key(self) -> dict[str, Any]:
        return {"key_id": self.jwk["kid"], "public_key": public_jwk(self.jwk)}

    def value(self, data: Part, *, id: UUID | None = None, time: datetime = NOON, source: str | None = None) -> bytes:
        return write_event(
            type_for(Context.PARTNER, type(data)),
            data,
            id=id or uuid7(),
            source=source or source_of_partner(self.partner_id),
            time=time,
        )

    def sign(self, value: bytes, key: str, **place: Any) -> str:
        expected = {"issuer": self.partner_id, "topic": self.topic, "record_key": key, "key": self.jwk}
        return sign_detached(value, **(expected | place))

    def message(self, data: Part, **told: Any) -> Message:
        """What goes to Kafka."""
        key = type_for(Context.PARTNER, type(data)).key_of(data)
        value = self.value(data, **told)
        return {"key": key.encode(), "value": value, "headers": [("jws", self.sign(value, key).encode())]}

    def record(self, data: Part, **told: Any) -> Record:
        """The same as it comes out of Kafka."""
        message = self.message(data, **told)
        return Record(self.topic, 0, 0, 0, message["key"], tuple(message["headers"]), message["value"])

    def received(self, load_id: str, **bags: int) -> LoadReceived:
        listed = [
            {"bag_id": bag.replace("_", "-"), "seal_read": f"seal-{bag.replace('_', '-')}", "received_grams": grams}
            for bag, grams in bags.items()
        ]
        whole = {"load_id": load_id, "partner_id": self.partner_id, "facility_id": "hall-1", "bags": listed}
        return LoadReceived.model_validate(whole | {"received_grams": sum(bags.values())})

    def opened(self, batch_id: str, bags: dict[str, int], **more: Any) -> BatchOpened:
        inputs = [{"bag_id": bag, "grams": grams} for bag, grams in bags.items()]
        whole = {"batch_id": batch_id, "partner_id": self.partner_id, "facility_id": "hall-1", "inputs": inputs}
        return BatchOpened.model_validate(whole | more)

    def recycled(self, batch_id: str, outputs: dict[str, tuple[Any, ...]], **more: Any) -> BatchRecycled:
        """Each output is its grams, its operation and, where it matters, its country."""
        listed = [
            {"fraction_id": id, "material": id, "grams": grams, "operation": operation, "facility_id": "smelter-1"}
            | ({"facility_country": country[0]} if country else {})
            for id, (grams, operation, *country) in outputs.items()
        ]
        whole = {"batch_id": batch_id, "partner_id": self.partner_id, "outputs": listed}
        return BatchRecycled.model_validate(whole | more)


@pytest.fixture
def recycler() -> Recycler:
    return Recycler()


@pytest.fixture(scope="session")
def one_recycler() -> Recycler:
    return Recycler()


@pytest.fixture
def another() -> Recycler:
    return Recycler()


@dataclass
class Service:
    """The running service: its HTTP, its topics, what it told."""

    http: httpx.AsyncClient
    stack: Stack
    settings: Settings

    @staticmethod
    def collected(bag_id: str, net_grams: int) -> BinCollected:
        """A bag of this net weight, and 300 g of tare."""
        return BinCollected(
            bag_id=bag_id,
            point_id="p",
            seal_number=f"seal-{bag_id}",
            gross_grams=net_grams + 300,
            tare_grams=300,
            carrier_id="c",
        )

    @staticmethod
    def dispatched(load_id: str, **bags: int) -> LoadDispatched:
        """A load of bags of these gross weights."""
        sent = [{"bag_id": bag, "seal_number": f"seal-{bag}", "gross_grams": grams} for bag, grams in bags.items()]
        whole = {"load_id": load_id, "carrier_id": "c", "origin_id": "o", "destination_id": "d", "bags": sent}
        return LoadDispatched.model_validate(whole | {"gross_grams": sum(bags.values())})

    async def logistics(self, *facts: Part, ids: Sequence[UUID] = ()) -> list[UUID]:
        """What logistics tells, in this order; returns the events' ids once the service has learned all of them."""
        ids = list(ids) or [uuid7() for _ in facts]
        messages = []
        for id, data in zip(ids, facts, strict=True):
            told = type_for(Context.LOGISTICS, type(data))
            value = write_event(told, data, id=id, source="urn:ewaste:cm:logistics", time=NOON)
            messages.append({"key": told.key_of(data).encode(), "value": value})
        await self.send("ewaste.logistics", messages)
        await eventually(partial(self._learned, ids), bool)
        return ids

    async def _learned(self, ids: list[UUID]) -> bool:
        connection = await asyncpg.connect(self.settings.database_url)
        try:
            query = "SELECT count(*) FROM inbox WHERE event_id = ANY($1::uuid[])"
            return bool(await connection.fetchval(query, ids) == len(ids))
        finally:
            await connection.close()

    async def judged(self, recycler: Recycler, *claims: Message) -> list[Event]:
        """Send these, in one partition, and wait for the verdict on each; verdicts in their order."""
        ids = {json.loads(claim["value"])["id"] for claim in claims}
        await self.send(recycler.topic, [{"partition": 0, **claim} for claim in claims])
        return await self.told(len(ids), lambda event: event.envelope.causationid in ids)

    async def register(self, recycler: Recycler, **more: Any) -> None:
        answer = await self.http.post("/partners", json=recycler.registration(**more))
        assert answer.status_code == 201, answer.text
        answer = await self.http.post(f"/partners/{recycler.partner_id}/keys", json=recycler.public_key())
        assert answer.status_code == 201, answer.text

    async def send(self, topic: str, messages: Sequence[Message]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.stack.kafka_servers, max_request_size=4_000_000, acks="all")
        await producer.start()
        try:
            for message in messages:
                await producer.send_and_wait(topic, **message)
        finally:
            await producer.stop()

    async def told(self, count: int, about: Callable[[Event], bool]) -> list[Event]:
        """The first `count` of this service's facts that `about` picks, in the order of their sequence."""

        async def look() -> list[Event]:
            events = [
                e for e in await events_on(self.stack, "ewaste.recycler") if e.envelope.source == self.settings.source
            ]
            return sorted(filter(about, events), key=lambda each: each.envelope.sequence or "")

        return await eventually(look, lambda found: len(found) >= count, seconds=40)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settings(stack: Stack) -> Settings:
    return await prepared(stack, Settings, city=f"test-{secrets.token_hex(3)}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(stack: Stack, settings: Settings) -> AsyncIterator[Service]:
    async with client(build_app(settings), Role.ALL) as http:
        yield Service(http, stack, settings)
