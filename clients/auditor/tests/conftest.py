"""A small ledger as the services would leave it, written record by record, and its mirror in a folder."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
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
    ConfirmationRefused,
    LoadReceived,
    Operation,
    OutputFraction,
    PartnerKeyRegistered,
    PartnerRegistered,
    PublicKey,
    ReceivedBag,
    RefusalReason,
)
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.registry import type_for, write_event
from ewaste.contracts.topics import partner_topic, topic_of
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.custody.fold import read_evidence
from ewaste.evidence.keys import generate_key, public_jwk
from ewaste.evidence.ledger.contents import contents_of
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.ledger.record import Headers, Record, leaf_of
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules
from ewaste.evidence.signatures import sign_detached

PARTNER = "green-metals"
START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)

sys.path.insert(0, str(Path(__file__).parent))

from signedlogs import ORIGIN, Signers, write_log  # noqa: E402 - it stands beside this file


class Books:
    """Records in ledger order; a minute passes with each. One partition per topic."""

    origin = ORIGIN
    start = START

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.key = generate_key()
        self._sequences: dict[str, int] = {}
        self._ids = 0

    def put(self, topic: str, key: str, value: bytes | None, headers: Headers = ()) -> int:
        """Append a record as Kafka would hold it; returns its index."""
        index, offset = len(self.records), sum(each.topic == topic for each in self.records)
        timestamp_ms = int((START + timedelta(minutes=index)).timestamp() * 1000)
        self.records.append(Record(topic, 0, offset, timestamp_ms, key.encode(), headers, value))
        return index

    def say(self, context: Context, data: Part, *, id: UUID | None = None, causation_id: str | None = None) -> int:
        """A service's event, numbered as its relay does."""
        source = source_of("cm", context)
        event_type = type_for(context, type(data))
        return self.put(event_type.topic, event_type.key_of(data), self._value(context, data, source, id, causation_id))

    def claim(self, data: Part, *, signed_with: dict[str, str] | None = None, id: UUID | None = None) -> int:
        """A partner's signed claim."""
        event_type, topic = type_for(Context.PARTNER, type(data)), partner_topic(PARTNER)
        key, value = event_type.key_of(data), self._value(Context.PARTNER, data, source_of_partner(PARTNER), id, None)
        jws = sign_detached(value, signed_with or self.key, issuer=PARTNER, topic=topic, record_key=key)
        return self.put(topic, key, value, (("jws", jws.encode()),))

    def accept(self, data: Part) -> int:
        """The claim, then the recycler service's fact."""
        return self.say(Context.RECYCLER, data, causation_id=self.id_at(self.claim(data)))

    def refuse(self, index: int, reason: RefusalReason) -> int:
        record = self.records[index]
        return self.say(
            Context.RECYCLER,
            ConfirmationRefused(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                value_sha256=sha256(record.value or b"").hexdigest(),
                reason=reason,
                partner_id=PARTNER,
            ),
        )

    def certificate(self, batch_id: str, rules: Rules = DEFAULT_RULES) -> Certificate:
        """Certify from everything so far, and say so."""
        read = (read_evidence(index, each.topic, each.value) for index, each in enumerate(self.records))
        found = certify(
            [each for each in read if each is not None],
            batch_id,
            issuer=source_of("cm", Context.TRACEABILITY),
            ledger_size=len(self.records),
            ledger_root=self.root(),
            rules=rules,
        )
        assert isinstance(found, Certificate), found
        self.say(Context.TRACEABILITY, found.event_data())
        return found

    def id_at(self, index: int) -> str:
        return str(json.loads(self.records[index].value or b"")["id"])

    def index_of(self, model: type[Part]) -> int:
        """Where the first event of this type stands."""
        name = f".{model.__name__}.v1".encode()
        return next(index for index, each in enumerate(self.records) if name in (each.value or b""))

    def root(self, size: int | None = None) -> bytes:
        return root_of(leaf_hash(leaf_of(record)) for record in self.records[:size])

    def leaves(self) -> list[bytes]:
        return [leaf_of(record) for record in self.records]

    def contents(self) -> list[bytes]:
        """What leaves hold by digest only."""
        return [content for record in self.records for content in contents_of(record, leaf_of(record))]

    def _value(self, context: Context, data: Part, source: str, id: UUID | None, causation_id: str | None) -> bytes:
        self._ids += 1
        sequence = self._sequences[source] = self._sequences.get(source, 0) + 1
        value = write_event(
            type_for(context, type(data)),
            data,
            id=id or UUID(int=self._ids << 80 | 0x7 << 76 | 0b10 << 62),
            source=source,
            time=START + timedelta(minutes=len(self.records)),
            causation_id=causation_id,
        )
        return with_sequence(value, sequence)


def write_chain(books: Books, rules: Rules = DEFAULT_RULES) -> None:
    """One bag with three items from the box to its certificate, with what also happens on a real day."""
    public = PublicKey.model_validate(public_jwk(books.key))
    books.say(Context.RECYCLER, _partner())
    books.say(Context.RECYCLER, PartnerKeyRegistered(partner_id=PARTNER, key_id=books.key["kid"], public_key=public))
    books.say(Context.DROPOFF, _point())
    books.say(Context.DROPOFF, BagInstalled(bag_id="B-1", point_id="P-1"))
    for item_id in ("I-1", "I-2", "I-3"):
        books.say(Context.DROPOFF, _drop(item_id))
    books.say(Context.LOGISTICS, _collected())
    books.say(Context.LOGISTICS, _dispatched())
    books.say(Context.LOGISTICS, _handed_over())
    books.accept(_received())
    books.put(topic_of(Context.DROPOFF), "x", b"\xff no event")
    stranger = books.claim(_opened("B-9"), signed_with=generate_key())
    books.refuse(stranger, RefusalReason.KEY_UNKNOWN)
    books.accept(_opened("B-1"))
    again = books.records[books.index_of(LoadDispatched)]
    books.put(again.topic, (again.key or b"").decode(), again.value, again.headers)
    books.put(partner_topic(PARTNER), "big", b"{" + b" " * 70_000)
    books.refuse(len(books.records) - 1, RefusalReason.UNDECODABLE)
    books.accept(_recycled())
    books.certificate("X-1", rules)
    for item_id in ("I-8", "I-9"):
        books.say(Context.DROPOFF, _drop(item_id, "B-2"))


def _partner() -> PartnerRegistered:
    return PartnerRegistered(
        partner_id=PARTNER,
        name_th="กรีนเมทัล",
        name_en="Green Metals",
        licence_number="L-106-1",
        licence_valid_from=date(2026, 1, 1),
        licence_valid_until=date(2027, 12, 31),
    )


def _point() -> DropPointRegistered:
    return DropPointRegistered(
        point_id="P-1",
        name_th="ตลาดวโรรส",
        name_en="Warorot Market",
        khwaeng=Khwaeng.KAWILA,
        latitude_microdegrees=18_790_000,
        longitude_microdegrees=99_000_000,
        sample=True,
    )


def _drop(item_id: str, bag_id: str = "B-1") -> ItemDropped:
    return ItemDropped(item_id=item_id, bag_id=bag_id, point_id="P-1", category=Category.PHONE, channel=Channel.APP)


def _collected() -> BinCollected:
    return BinCollected(
        bag_id="B-1", point_id="P-1", seal_number="S-1", gross_grams=10_050, tare_grams=50, carrier_id="C-1"
    )


def _dispatched() -> LoadDispatched:
    return LoadDispatched(
        load_id="L-1",
        carrier_id="C-1",
        origin_id="Y-1",
        destination_id=PARTNER,
        bags=(BagInLoad(bag_id="B-1", seal_number="S-1", gross_grams=10_050),),
        gross_grams=10_050,
    )


def _handed_over() -> HandoverRecorded:
    bag = BagHandover(
        bag_id="B-1",
        seal_given="S-1",
        seal_read="S-1",
        given_grams=10_050,
        received_grams=10_050,
        difference=Difference.MATCHED,
    )
    return HandoverRecorded(
        handover_id="H-1",
        load_id="L-1",
        giver_id="C-1",
        receiver_id=PARTNER,
        place_id="GATE-1",
        bags=(bag,),
        given_grams=10_050,
        received_grams=10_050,
        difference=Difference.MATCHED,
    )


def _received() -> LoadReceived:
    bag = ReceivedBag(bag_id="B-1", seal_read="S-1", received_grams=10_050)
    return LoadReceived(load_id="L-1", partner_id=PARTNER, facility_id="F-1", bags=(bag,), received_grams=10_050)


def _opened(bag_id: str) -> BatchOpened:
    inputs = (BatchInput(bag_id=bag_id, grams=10_000),)
    return BatchOpened(batch_id="X-1", partner_id=PARTNER, facility_id="F-1", inputs=inputs)


def _recycled() -> BatchRecycled:
    copper = OutputFraction(
        fraction_id="F-1", material="copper", grams=9_900, operation=Operation.R4, facility_id="F-1"
    )
    return BatchRecycled(batch_id="X-1", partner_id=PARTNER, outputs=(copper,), process_loss_grams=100)


@pytest.fixture
def books() -> Books:
    found = Books()
    write_chain(found)
    return found


@pytest.fixture
def books_under() -> Callable[[Rules], Books]:
    """The same chain, its certificate under other rules."""

    def written(rules: Rules) -> Books:
        found = Books()
        write_chain(found, rules)
        return found

    return written


@pytest.fixture
def new_books() -> Callable[[], Books]:
    return Books


@pytest.fixture(scope="session")
def long_books() -> Callable[[int, Callable[[Books], None]], Books]:
    """The chain, then items until there are so many records; `between` may say something after each."""

    def written(size: int, between: Callable[[Books], None]) -> Books:
        found = Books()
        write_chain(found)
        while len(found.records) < size:
            found.say(Context.DROPOFF, _drop(f"I-{len(found.records)}", "B-2"))
            between(found)
        return found

    return written


@pytest.fixture
def signers() -> Signers:
    """Who signs the log's checkpoints."""
    return Signers()


@pytest.fixture
def save(tmp_path: Path, signers: Signers) -> Callable[[Books], Path]:
    """Write books as a mirror, in place of one that was written before."""

    def saved(books: Books) -> Path:
        folder = tmp_path / "custody"
        shutil.rmtree(folder, ignore_errors=True)
        write_log(folder, books.leaves(), books.contents(), signers)
        return folder

    return saved
