"""The real service on the real broker, and a day of facts to publish in whatever order a test likes.

Topics are shared by all tests of a run and a fresh database reads them from the start: a test looks at its own ids.
"""

import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from ewaste.contracts.envelope import source_of, source_of_partner, with_sequence
from ewaste.contracts.events.dropoff import BagInstalled, Category, Channel, DropPointRegistered, ItemDropped, Khwaeng
from ewaste.contracts.events.logistics import (
    BagHandover,
    BagInLoad,
    BinCollected,
    Difference,
    HandoverRecorded,
    LoadDispatched,
)
from ewaste.contracts.events.recycler import (
    BatchInput,
    BatchOpened,
    BatchRecycled,
    LoadReceived,
    Operation,
    OutputFraction,
    PartnerRegistered,
    ReceivedBag,
)
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.contracts.topics import CUSTODY_TOPICS, partner_topic, partner_topic_spec
from ewaste.evidence.ledger.contents import digests_of
from ewaste.evidence.ledger.record import Record, decode_leaf
from ewaste.evidence.notes.checkpoints import Checkpoint, parse_checkpoint
from ewaste.evidence.notes.note import parse_note
from ewaste.evidence.tiles.layout import content_path
from ewaste.evidence.tiles.tree import TileTree
from ewaste.runtime.app import Role
from ewaste.runtime.broker import ensure_topics
from ewaste.runtime.testing import Stack, client, eventually, prepared, records_on
from ewaste.traceability.app import build_app
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.serving import read_file
from ewaste.traceability.settings import Settings

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True)
class Message:
    """One record to be; `about` tells the messages of a day apart."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    about: str = ""


@dataclass
class Day:
    """One bag with two items from its box to recycled fractions, under ids of its own; said but not yet published."""

    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    loss: int = 100
    operation: str = "R4"
    partner: str = ""
    _minutes: int = 0

    def __post_init__(self) -> None:
        self.partner = self.partner or f"plant-{self.tag}"

    @property
    def batch(self) -> str:
        return f"batch-{self.tag}"

    @property
    def item(self) -> str:
        return f"item-1-{self.tag}"

    @property
    def bag(self) -> str:
        return f"bag-{self.tag}"

    def event(self, context: Context, data: Part, *, id: UUID | None = None, caused_by: str | None = None) -> Message:
        """One event, a minute after the one before."""
        self._minutes += 1
        is_partner = context is Context.PARTNER
        event_type = type_for(context, type(data))
        value = write_event(
            event_type,
            data,
            id=id or uuid7(),
            source=source_of_partner(self.partner) if is_partner else source_of("test", context),
            time=NOON + timedelta(minutes=self._minutes),
            causation_id=caused_by,
        )
        return Message(
            partner_topic(self.partner) if is_partner else event_type.topic,
            event_type.key_of(data).encode(),
            with_sequence(value, self._minutes),
            about=type(data).__name__,
        )

    def accepted(self, data: Part) -> list[Message]:
        """The partner's claim and the recycler service's fact."""
        claim = self.event(Context.PARTNER, data)
        return [claim, self.event(Context.RECYCLER, data, caused_by=json.loads(claim.value or b"")["id"])]

    def messages(self) -> list[Message]:
        """The whole day in the order it happened."""
        return [*self.registered(), *self.collected(), *self.delivered(), *self.processed()]

    def registered(self) -> list[Message]:
        partner = PartnerRegistered(
            partner_id=self.partner,
            name_th="โรงงานตัวอย่าง",
            licence_number="L-1",
            licence_valid_from=date(2026, 1, 1),
            licence_valid_until=date(2026, 12, 31),
            sample=True,
        )
        return [self.event(Context.RECYCLER, partner)]

    def collected(self) -> list[Message]:
        point = DropPointRegistered(
            point_id=f"point-{self.tag}",
            name_th="ตลาด",
            khwaeng=Khwaeng.KAWILA,
            latitude_microdegrees=18_790_000,
            longitude_microdegrees=99_000_000,
            sample=True,
        )
        here = {"bag_id": self.bag, "point_id": point.point_id}
        drops = [
            ItemDropped(**here, item_id=f"item-{number}-{self.tag}", category=Category.PHONE, channel=Channel.APP)
            for number in (1, 2)
        ]
        sealed = BinCollected(**here, seal_number="S-1", gross_grams=10_050, tare_grams=50, carrier_id="C-1")
        return [
            *(self.event(Context.DROPOFF, each) for each in (point, BagInstalled(**here), *drops)),
            self.event(Context.LOGISTICS, sealed),
        ]

    def delivered(self) -> list[Message]:
        load = f"load-{self.tag}"
        sent = BagInLoad(bag_id=self.bag, seal_number="S-1", gross_grams=10_050)
        handed = BagHandover(
            bag_id=self.bag,
            seal_given="S-1",
            seal_read="S-1",
            given_grams=10_050,
            received_grams=10_050,
            difference=Difference.MATCHED,
        )
        weighed = ReceivedBag(bag_id=self.bag, seal_read="S-1", received_grams=10_050)
        return [
            self.event(
                Context.LOGISTICS,
                LoadDispatched(
                    load_id=load,
                    carrier_id="C-1",
                    origin_id="Y-1",
                    destination_id=self.partner,
                    bags=(sent,),
                    gross_grams=10_050,
                ),
            ),
            self.event(
                Context.LOGISTICS,
                HandoverRecorded(
                    handover_id=f"hand-{self.tag}",
                    load_id=load,
                    giver_id="C-1",
                    receiver_id=self.partner,
                    place_id="GATE-1",
                    bags=(handed,),
                    given_grams=10_050,
                    received_grams=10_050,
                    difference=Difference.MATCHED,
                ),
            ),
            *self.accepted(
                LoadReceived(
                    load_id=load, partner_id=self.partner, facility_id="F-1", bags=(weighed,), received_grams=10_050
                )
            ),
        ]

    def processed(self) -> list[Message]:
        inputs = (BatchInput(bag_id=self.bag, grams=10_000),)
        opened = BatchOpened(batch_id=self.batch, partner_id=self.partner, facility_id="F-1", inputs=inputs)
        return [*self.accepted(opened), *self.accepted(self.recycled())]

    def recycled(self) -> BatchRecycled:
        output = OutputFraction(
            fraction_id="F-1", material="copper", grams=9_900, operation=Operation(self.operation), facility_id="F-1"
        )
        return BatchRecycled(
            batch_id=self.batch, partner_id=self.partner, outputs=(output,), process_loss_grams=self.loss
        )


@dataclass
class Publisher:
    """Writes to the topics as the services and partners do."""

    stack: Stack
    settings: Settings

    async def publish(self, *messages: Message) -> None:
        """In this order, each acknowledged before the next is sent."""
        partners = {each.topic.rpartition(".")[2] for each in messages if ".partner." in each.topic}
        if partners:
            await ensure_topics(self.settings, *map(partner_topic_spec, sorted(partners)), replication=1)
        producer = AIOKafkaProducer(bootstrap_servers=self.stack.kafka_servers, max_request_size=4_200_000, acks="all")
        await producer.start()
        try:
            for each in messages:
                await producer.send_and_wait(each.topic, each.value, key=each.key, headers=each.headers)
        finally:
            await producer.stop()

    async def custody_records(self) -> list[Record]:
        """Everything on the custody topics, as of now."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.stack.kafka_servers)
        await admin.start()
        try:
            topics = [topic for topic in await admin.list_topics() if re.fullmatch(CUSTODY_TOPICS, topic)]
        finally:
            await admin.close()
        return await records_on(self.stack, *topics, seconds=30)


@dataclass
class Service:
    """The running service."""

    http: httpx.AsyncClient
    settings: Settings

    async def json(self, path: str) -> dict[str, Any]:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def trace(self, node: str) -> dict[str, Any] | None:
        """The chain, None while it is not known."""
        answer = await self.http.get(f"/trace/{node}")
        return answer.json() if answer.status_code == 200 else None

    async def chain_is(self, node: str, state: str) -> dict[str, Any]:
        """Wait until the chain of a node has this state."""
        found = await eventually(lambda: self.trace(node), lambda chain: bool(chain) and chain["state"] == state)
        assert found is not None
        return found

    async def certification(self, batch_id: str) -> dict[str, Any] | None:
        answer = await self.http.get(f"/batches/{batch_id}/certification")
        return answer.json() if answer.status_code == 200 else None

    async def reaches(self, ledger: str, size: int) -> dict[str, Any]:
        """Wait until the ledger has `size` records, all of them projected."""

        def holds(head: dict[str, Any]) -> bool:
            return head["size"] >= size and head["projected"] in (None, head["size"])

        return await eventually(lambda: self.json(f"/ledgers/{ledger}"), holds)

    async def export(self, ledger: str, start: int = 0) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The published log's leaves with the contents that they hold by digest, and its head; all there is by now."""
        size = (await self.json(f"/ledgers/{ledger}"))["size"]
        head = await eventually(lambda: self.published(ledger), lambda found: found is not None and found.size >= size)
        assert head is not None
        folder = self.settings.log_folder(Ledger(ledger))
        tree = TileTree(lambda path: read_file(folder, path), head.size)
        found = []
        for index in range(start, head.size):
            leaf = tree.entry(index)
            behind = [read_file(folder, content_path(digest)) for digest in digests_of(decode_leaf(leaf))]
            found.append({"index": index, "leaf": leaf, "contents": behind})
        return found, {"origin": head.origin, "size": head.size, "root": head.root.hex()}

    async def published(self, ledger: str) -> Checkpoint | None:
        """The log's checkpoint, None before the first."""
        answer = await self.http.get(f"/log/{ledger}/checkpoint")
        return parse_checkpoint(parse_note(answer.content).text) if answer.status_code == 200 else None


@pytest.fixture(scope="session")
def new_day() -> Callable[..., Day]:
    return Day


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settings(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    own = tmp_path_factory.mktemp("state")
    return await prepared(stack, Settings, city=f"test-{secrets.token_hex(3)}", state_dir=own)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Every role at once, as on one machine."""
    async with client(build_app(settings), Role.ALL) as http:
        yield Service(http, settings)


@pytest.fixture
def service_at() -> Callable[[httpx.AsyncClient, Settings], Service]:
    return Service


@pytest.fixture(scope="module")
def publisher(stack: Stack, settings: Settings) -> Publisher:
    return Publisher(stack, settings)


@pytest.fixture
def message() -> Callable[..., Message]:
    return Message


@pytest.fixture
def in_topic_order() -> Callable[[Sequence[Message], Sequence[str]], list[Message]]:
    """Messages sorted by their topic's place in a list of services, each topic's own order kept."""

    def ordered(messages: Sequence[Message], services: Sequence[str]) -> list[Message]:
        return sorted(messages, key=lambda each: services.index(each.topic.split(".")[1]))

    return ordered
