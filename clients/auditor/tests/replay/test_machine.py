"""The whole against a list: a log that is appended to, stopped, told twice, sealed, attested and tampered with.

The tiles' writer has a machine of its own with power cuts at every step (shared/evidence/tests/tiles/test_machine.py).
"""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from ewaste.auditor.archive.rebuilding import FileState, rebuild
from ewaste.auditor.replay.replaying import replay
from ewaste.contracts.envelope import InvalidEvent, open_envelope, source_of, with_sequence
from ewaste.contracts.events.dropoff import BagInstalled, Category, Channel, ItemDropped
from ewaste.contracts.events.traceability import ReadModelAttested
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.registry import type_for, write_event
from ewaste.evidence.archive.layout import file_name
from ewaste.evidence.archive.writer import write_archive
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.ledger.record import Record, leaf_of
from ewaste.evidence.notes.checkpoints import sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.evidence.replay.code import code_digest
from ewaste.evidence.replay.digest import State
from ewaste.evidence.replay.models import ReadModels
from ewaste.evidence.tiles.files import LogFolder
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from signedlogs import ORIGIN

START = datetime(2026, 11, 2, 1, tzinfo=UTC)


class City(RuleBasedStateMachine):
    """`records` is the model: what the ledger's table would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ewaste-machine-"))
        self.records: list[Record] = []
        self.sealed = 0
        self.attested = 0
        self.said = 0
        self.signer = NoteSigner(ORIGIN, SigningKey(generate_key()), KeyKind.NOTE)

    @initialize()
    def start(self) -> None:
        self.log = LogFolder(self.folder / "log", ORIGIN)

    @rule(count=st.integers(1, 40), bag=st.integers(0, 3))
    def drops(self, count: int, bag: int) -> None:
        self.say(Context.DROPOFF, BagInstalled(bag_id=f"B-{bag}", point_id="P-1"))
        for number in range(count):
            data = {"item_id": f"I-{number}", "bag_id": f"B-{bag}", "point_id": "P-1"}
            self.say(Context.DROPOFF, ItemDropped(**data, category=Category.PHONE, channel=Channel.APP))
        self.append()

    @rule(value=st.one_of(st.none(), st.binary(max_size=40)))
    def nonsense(self, value: bytes | None) -> None:
        self.put("ewaste.dropoff", value)
        self.append()

    @precondition(lambda self: self.records)
    @rule(data=st.data())
    def said_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.records))
        self.put(again.topic, again.value)
        self.append()

    @rule()
    def stopped(self) -> None:
        self.log.close()
        self.log = LogFolder(self.folder / "log", ORIGIN)

    @precondition(lambda self: self.records)
    @rule()
    def told_twice(self) -> None:
        """The writer begins earlier than it ended."""
        self.log.append(0, [leaf_of(each) for each in self.records])

    @precondition(lambda self: len(self.records) > self.sealed)
    @rule()
    def seal(self) -> None:
        entries = [(leaf_of(each), ()) for each in self.records[self.sealed :]]
        end = len(self.records)
        with self.path(end).open("wb") as file:
            written = write_archive(file, ORIGIN, self.sealed, entries)
        self.say(Context.TRACEABILITY, written.event_data(ORIGIN, self.root(end)))
        self.sealed = end
        self.append()

    @precondition(lambda self: self.records)
    @rule()
    def attest(self) -> None:
        state = self.folded()
        told = {"size": state.size, "root": state.root.hex(), "state_digest": state.digest, "models": state.models}
        data = {"origin": ORIGIN, "code_digest": code_digest(), **told}
        self.say(Context.TRACEABILITY, ReadModelAttested.model_validate(data))
        self.attested += 1
        self.append()

    @precondition(lambda self: self.sealed)
    @rule(data=st.data())
    def tampered(self, data: st.DataObject) -> None:
        """Somebody writes a sealed file anew with one record edited, taken out or put in: it is named."""
        path = data.draw(st.sampled_from(sorted(self.archive().iterdir())))
        start, end = (int(part) for part in path.stem.split("-"))
        at = data.draw(st.integers(start, end - 1))
        leaves = [leaf_of(each) for each in self.records[start:end]]
        how = data.draw(st.sampled_from(["edited", "taken out", "put in"]))
        middle = [] if how == "taken out" else [b"forged", *([leaves[at - start]] if how == "put in" else [])]
        whole = path.read_bytes()
        with path.open("wb") as file:
            write_archive(
                file, ORIGIN, start, [(x, ()) for x in (*leaves[: at - start], *middle, *leaves[at - start + 1 :])]
            )
        told = [finding.message for finding in rebuild(self.mirror(), self.archive()).findings.kept]
        path.write_bytes(whole)
        twins = {n for n in range(start, end) if leaves[n - start] == leaves[at - start]}
        assert any(f"record {n} " in message for n in {at, *twins} for message in told), (at, how, told)

    def teardown(self) -> None:
        self.log.close()
        if self.records:
            self.holds()
        shutil.rmtree(self.folder)

    def holds(self) -> None:
        found = replay(self.mirror())
        assert found.clean
        assert found.state == self.folded()
        assert len(found.attested) == self.attested
        files = rebuild(self.folder / "log", self.archive()).files
        assert {each.state for each in files} <= {FileState.SAME}
        assert files[-1].end == self.sealed if files else self.sealed == 0

    def folded(self) -> State:
        models = ReadModels()
        for index, record in enumerate(self.records):
            try:
                envelope = open_envelope(record.value)
            except InvalidEvent:
                envelope = None
            models.see(index, record.topic, envelope)
        return models.snapshot().state(self.root(len(self.records)), {})

    def root(self, size: int) -> bytes:
        return root_of(leaf_hash(leaf_of(each)) for each in self.records[:size])

    def mirror(self) -> Path:
        note = sign_checkpoint(self.log.head, [self.signer]).to_bytes()
        (self.folder / "log" / "checkpoint").write_bytes(note)
        return self.folder / "log"

    def archive(self) -> Path:
        (self.folder / "archive").mkdir(exist_ok=True)
        return self.folder / "archive"

    def path(self, end: int) -> Path:
        return self.archive() / file_name(self.sealed, end)

    def say(self, context: Context, data: Part) -> None:
        self.said += 1
        event_type = type_for(context, type(data))
        id = UUID(int=self.said << 80 | 0x7 << 76 | 0b10 << 62)
        value = write_event(event_type, data, id=id, source=source_of("cm", context), time=START)
        self.put(event_type.topic, with_sequence(value, self.said))

    def put(self, topic: str, value: bytes | None) -> None:
        self.records.append(Record(topic, 0, len(self.records), 0, b"k", (), value))

    def append(self) -> None:
        size = self.log.head.size
        self.log.append(size, [leaf_of(each) for each in self.records[size:]])


TestCity = City.TestCase
TestCity.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
