"""A mirror gives back every record as it was, from any place, and says what to do where there is none."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import parse_until, size_at
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.ledger.record import LeafError, Record, leaf_of
from ewaste.evidence.tiles.tree import TileMissing

Books = Any
Save = Callable[[Books], Path]


@pytest.fixture
def mirror(books: Books, save: Save) -> Mirror:
    for number in range(600):
        books.put("ewaste.dropoff", str(number), b"%d" % number)
    return Mirror.open(save(books))


def test_records_come_back_as_kafka_held_them(mirror: Mirror, books: Books) -> None:
    assert [record for _, record in mirror.records()] == books.records
    assert [index for index, _ in mirror.records(250, 520)] == [*range(250, 520)]
    assert mirror.record(300) == books.records[300]
    assert mirror.leaf(599) == leaf_of(books.records[599])
    assert (mirror.origin, mirror.size, mirror.checkpoint.root) == (books.origin, len(books.records), books.root())
    assert mirror.tree.root(9) == books.root(9)


def test_a_large_record_is_made_whole_from_its_content(mirror: Mirror, books: Books) -> None:
    (at,) = [index for index, each in enumerate(books.records) if len(each.value or b"") > 60_000]
    assert mirror.record(at) == books.records[at]

    for content in mirror.folder.glob("content/*/*"):
        content.unlink()

    with pytest.raises(LeafError, match="are not here"):
        mirror.record(at)


def test_what_the_log_has_not_is_not_read(mirror: Mirror) -> None:
    for wrong in (-1, mirror.size):
        with pytest.raises(IndexError):
            mirror.leaf(wrong)
    with pytest.raises(IndexError):
        [*mirror.leaves(3, mirror.size + 1)]
    (mirror.folder / "tile/entries/001").unlink()
    with pytest.raises(TileMissing):
        [*mirror.leaves()]


@pytest.mark.parametrize("note", [None, b"", b"no note\n", b"a note\n\n\xe2\x80\x94 x AAAAAAAA\n"])
def test_a_folder_without_a_checkpoint_could_not_run(tmp_path: Path, note: bytes | None) -> None:
    if note is not None:
        (tmp_path / "checkpoint").write_bytes(note)
    with pytest.raises(CannotRun, match="mirror"):
        Mirror.open(tmp_path)


def test_time_travel_by_number_and_by_time(mirror: Mirror, books: Books) -> None:
    assert size_at(mirror, parse_until(None)) == mirror.size
    assert size_at(mirror, parse_until("9")) == 9
    # A minute passes with each record.
    assert size_at(mirror, parse_until("2026-11-02T08:08:30+07:00")) == 9
    assert size_at(mirror, parse_until("2026-11-02T01:09:00Z")) == 10
    assert size_at(mirror, parse_until("2020-01-01T00:00Z")) == 0
    assert size_at(mirror, parse_until("2036-01-01T00:00Z")) == mirror.size


def test_a_partners_clock_does_not_stop_the_travel(books: Books, save: Save) -> None:
    late = int((books.start + timedelta(days=9_999)).timestamp() * 1000)
    books.records.insert(3, Record(partner_topic("green-metals"), 9, 0, late, None, (), b""))
    assert size_at(Mirror.open(save(books)), parse_until("2026-11-02T01:04:00Z")) == 6


@pytest.mark.parametrize("text", ["-1", "yesterday", "2026-11-20", "2026-11-20T12:00", "٣"])
def test_what_is_no_place_in_the_ledger_could_not_run(text: str) -> None:
    with pytest.raises(CannotRun, match="give a number of records, or a time"):
        parse_until(text)


def test_more_records_than_there_are_could_not_run(mirror: Mirror) -> None:
    with pytest.raises(CannotRun, match="at most that"):
        size_at(mirror, mirror.size + 1)
