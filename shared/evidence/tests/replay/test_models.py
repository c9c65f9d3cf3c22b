"""What a service's tables must hold follows from the records: row by row, at every size, without keeping them."""

from hashlib import sha256
from typing import Any

from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.evidence.replay.code import code_digest
from ewaste.evidence.replay.digest import CHUNK_ENTRIES, ModelDigest, row
from ewaste.evidence.replay.models import CERTIFICATES, SEQUENCES, TOUCHES, ReadModels, Snapshot
from ewaste.evidence.replay.numbers import Ranges
from hypothesis import given
from hypothesis import strategies as st

ROOT = bytes(32)


def replayed(records: list[tuple[str, bytes]]) -> ReadModels:
    models = ReadModels()
    for index, (topic, value) in enumerate(records):
        try:
            envelope = open_envelope(value)
        except InvalidEvent:
            envelope = None
        models.see(index, topic, envelope)
    return models


def model(snapshot: Snapshot, name: str) -> Any:
    return next(each for each in snapshot.state(ROOT, {}).models if each.name == name)


def test_touches_are_rows_by_index_then_node(world: Any) -> None:
    world.deliver("L-1", "B-1")
    rows = [
        b"0\tbag/B-1\t\n",
        b"1\titem/I-B-1\tbag/B-1\n",
        b"2\tbag/B-1\t\n",
        *(line for index in (3, 4) for line in (b"%d\tbag/B-1\tload/L-1\n" % index, b"%d\tload/L-1\t\n" % index)),
    ]
    found = model(replayed(world.records[:5]).snapshot(), TOUCHES)
    assert found.rows == 7
    assert found.digest == sha256(b"0:%s\n" % sha256(b"".join(rows)).hexdigest().encode()).hexdigest()


def test_a_state_is_the_same_however_far_the_ledger_went_on(world: Any) -> None:
    world.partner()
    world.deliver("L-1", "B-1", "B-2")
    world.certificate("C-1", "X-1")
    for size in range(1, len(world.records)):
        early = replayed(world.records[:size]).snapshot().state(ROOT, {})
        models = replayed(world.records[:size])
        at = models.snapshot()
        for index, (topic, value) in enumerate(world.records[size:], size):
            models.see(index, topic, open_envelope(value))
        assert at.state(ROOT, {}).digest == early.digest != models.snapshot().state(ROOT, {}).digest


def test_a_certificate_counts_with_its_content_and_its_standing(world: Any) -> None:
    def certificates() -> Any:
        return replayed(world.records).snapshot().state(ROOT, {"C-1": "aa", "C-2": "bb"}).models[-1]

    world.certificate("C-1", "X-1")
    valid = certificates()
    assert valid.name == CERTIFICATES
    assert (
        valid.digest
        == sha256(b"0:" + sha256(row(0, "C-1", "X-1", "aa", "valid")).hexdigest().encode() + b"\n").hexdigest()
    )
    world.suspend("C-1")
    suspended = certificates()
    world.certificate("C-2", "X-1", replaces="C-1")
    replaced = certificates()
    world.certificate("C-2", "X-1")
    assert certificates() == replaced, "announced again is announced once"
    assert [valid.rows, suspended.rows, replaced.rows] == [1, 1, 2]
    assert len({valid.digest, suspended.digest, replaced.digest}) == 3


def test_what_is_no_event_or_not_in_its_place_touches_nothing_and_counts_as_an_entry(world: Any) -> None:
    world.install("B-1")
    topic, value = world.records[0]
    strange = [("ewaste.dropoff", b"\xff"), ("ewaste.partner.green-metals", value)]
    models = replayed([*strange, (topic, value)])
    assert models.size == 3
    assert model(models.snapshot(), TOUCHES).rows == 1
    assert model(models.snapshot(), SEQUENCES).rows == 1


@given(st.lists(st.integers(1, 30)))
def test_ranges_hold_each_number_once_and_read_as_a_multirange(numbers: list[int]) -> None:
    ranges = Ranges()
    for number in numbers:
        ranges.add(number)
    found = set[int]()
    for pair in str(ranges)[2:-2].split("),[") if numbers else ():
        start, end = map(int, pair.split(","))
        assert start - 1 not in found
        found |= set(range(start, end))
    assert found == set(numbers)


@given(st.lists(st.tuples(st.integers(0, CHUNK_ENTRIES * 3), st.binary(max_size=4)), max_size=40))
def test_chunks_digested_elsewhere_give_the_same_digest(rows: list[tuple[int, bytes]]) -> None:
    rows = sorted(rows, key=lambda each: each[0])
    streamed, chunked = ModelDigest(), ModelDigest()
    chunks: dict[int, bytes] = {}
    for index, line in rows:
        streamed.add(index, line)
        chunks[index // CHUNK_ENTRIES] = chunks.get(index // CHUNK_ENTRIES, b"") + line
    for number, lines in chunks.items():
        rows_in = sum(index // CHUNK_ENTRIES == number for index, _ in rows)
        chunked.add_chunk(number, sha256(lines).digest(), rows_in)
    assert streamed.model("m") == chunked.model("m")


def test_the_code_has_one_digest() -> None:
    assert code_digest() == code_digest()
    assert len(code_digest()) == 64
