"""The writer against a list: appends, repeats, power cuts at any step, tampering; nothing confirmed is ever lost."""

from hashlib import sha256
from pathlib import Path

import pytest
from disks import Crash, MemoryDisk
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.notes.checkpoints import Checkpoint, HistoryForked
from ewaste.evidence.notes.note import Note, NoteSignature
from ewaste.evidence.tiles.audit import audit
from ewaste.evidence.tiles.files import BytesDiffer, LogFolder
from ewaste.evidence.tiles.layout import content_path, tile_in
from ewaste.evidence.tiles.tree import TileTree
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

ORIGIN = "log.example/custody"
ROOT = "/log"
# Names of new folders matter where a tile has just become full: 0 stands for "up to there".
COUNTS = st.one_of(st.just(0), st.integers(1, 300))


class Writer(RuleBasedStateMachine):
    """`given` is the ledger's table: what was given to the log; `confirmed` of it the log has acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = MemoryDisk()
        self.given: list[bytes] = []
        self.confirmed = 0
        self.published = 0

    @initialize()
    def start(self) -> None:
        self.log = LogFolder(Path(ROOT), ORIGIN, self.disk)

    @rule(count=COUNTS, again=st.integers(0, 5))
    def append(self, count: int, again: int) -> None:
        start = len(self.given)
        self.give(count)
        self.feed(max(start - again, 0))

    @rule(count=COUNTS, steps=st.integers(0, 60), data=st.data())
    def append_with_a_power_cut(self, count: int, steps: int, data: st.DataObject) -> None:
        start = len(self.given)
        self.give(count)
        self.disk.steps = steps
        try:
            self.feed(start)
        except Crash:
            self.power_cut(data)
        self.disk.steps = None

    @rule(data=st.data())
    def power_cut(self, data: st.DataObject) -> None:
        self.disk.crash(lambda count: data.draw(st.integers(0, count - 1)))
        self.log = LogFolder(Path(ROOT), ORIGIN, self.disk)
        assert self.confirmed <= self.log.head.size <= len(self.given)
        published = self.log.published()
        assert (published is None) is (self.published == 0)
        self.feed(data.draw(st.integers(0, self.log.head.size)))

    @rule()
    def restart(self) -> None:
        self.log.close()
        self.log = LogFolder(Path(ROOT), ORIGIN, self.disk)
        assert self.log.head.size == self.confirmed

    @precondition(lambda self: self.confirmed > 0)
    @rule(data=st.data())
    def give_another_entry(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, self.confirmed - 1))
        with pytest.raises(BytesDiffer, match=f"entry {index} "):
            self.log.append(index, [b"another"])

    @precondition(lambda self: self.confirmed > 0)
    @rule()
    def publish(self) -> None:
        text = self.log.head.text()
        self.log.publish(Note(text, (NoteSignature(ORIGIN, bytes(4), bytes(64)),)).to_bytes())
        self.published = self.confirmed

    @precondition(lambda self: self.published > 0)
    @rule(data=st.data())
    def publish_another_history(self, data: st.DataObject) -> None:
        size = data.draw(st.integers(1, self.confirmed))
        text = Checkpoint(ORIGIN, size, bytes(32)).text()
        with pytest.raises(HistoryForked):
            self.log.publish(Note(text, (NoteSignature(ORIGIN, bytes(4), bytes(64)),)).to_bytes())

    @precondition(lambda self: self.confirmed > 0)
    @rule(data=st.data())
    def tamper_and_mend(self, data: st.DataObject) -> None:
        """Whoever reads the whole log finds a changed byte, and in which file."""
        level = data.draw(st.sampled_from([-1, 0]))
        index = data.draw(st.integers(0, (self.confirmed - 1) // 256))
        path = tile_in(level, index, self.confirmed).path
        node = self.disk.seen[f"{ROOT}/{path}"]
        assert node is not None
        at, old = data.draw(st.integers(0, len(node.seen) - 1)), node.seen
        node.seen = old[:at] + bytes([old[at] ^ 1 << data.draw(st.integers(0, 7))]) + old[at + 1 :]
        faults = audit(self.log.read, self.confirmed, self.log.head.root)
        assert path in {fault.path for fault in faults}
        node.seen = old

    @invariant()
    def the_log_is_the_list(self) -> None:
        root = root_of(map(leaf_hash, self.given[: self.confirmed]))
        assert self.log.head == Checkpoint(ORIGIN, self.confirmed, root)
        tree = TileTree(self.log.read, self.confirmed)
        assert tree.root() == self.log.head.root
        if self.confirmed:
            assert tree.entry(self.confirmed - 1) == self.given[self.confirmed - 1]

    def give(self, count: int) -> None:
        start = len(self.given)
        self.given += [f"{number}".encode() for number in range(start, start + (count or 256 - start % 256))]

    def feed(self, start: int) -> None:
        self.confirmed = self.log.append(start, self.given[start:]).size

    def teardown(self) -> None:
        assert audit(self.log.read, self.confirmed, self.log.head.root) == []


Writer.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestWriter = Writer.TestCase


def test_a_power_cut_after_an_append_takes_nothing_of_it() -> None:
    """The worst disk: of what was not synced, nothing lasts."""
    log = [f"{number}".encode() for number in range(1_000)]
    for sizes in ([256, 266], [250, 256, 257], [1, 2, 512, 513], [1_000]):
        disk, size = MemoryDisk(), 0
        writer = LogFolder(Path(ROOT), ORIGIN, disk)
        for end in sizes:
            writer.append(size, log[size:end], [b"content"])
            size = end
        disk.crash(lambda _: 0)
        again = LogFolder(Path(ROOT), ORIGIN, disk)
        assert again.head == writer.head
        assert again.read(content_path(sha256(b"content").digest())) == b"content"
        assert audit(again.read, size, again.head.root) == []
