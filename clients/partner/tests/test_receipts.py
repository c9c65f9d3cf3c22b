"""A partner learns for each confirmation whether the log holds exactly what it signed."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ewaste.evidence.ledger.record import Record
from ewaste.partner.cli import main
from ewaste.partner.journal import Journal, Place, default_journal
from ewaste.partner.keyfile import read_key_file
from ewaste.partner.reading import read_claims, read_text
from ewaste.partner.signing import SignedClaim, sign
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parent))

from logs import ServedLog

PARTNER = "green-north"
COUNT = 6
TIME_MS = 1_763_600_000_000


class World:
    """A published file, its journal, and a log that holds its records among others."""

    def __init__(self, folder: Path, file: Path, key: Path) -> None:
        self.file, self.key, self.log = file, key, ServedLog()
        self.policy = folder / "policy"
        self.policy.write_bytes(self.log.policy)
        claims = read_claims(file, read_text(file), PARTNER, datetime(2026, 11, 25, tzinfo=UTC))
        self.signed = list(sign(claims, read_key_file(key, PARTNER).key))
        self.places = [Place(number % 2, number, TIME_MS + number) for number in range(len(self.signed))]
        self.journal = default_journal(file, self.signed[0].topic)
        self.remember(self.places)
        self.log.put([stranger(0), *map(record, self.signed, self.places), stranger(1)])
        self.folder = self.journal.with_name(f"{self.journal.name}.receipts")

    def remember(self, places: list[Place]) -> None:
        self.journal.unlink(missing_ok=True)
        with Journal(self.journal, "c", self.signed[0].topic) as journal:
            journal.add({one.id: place for one, place in zip(self.signed, places, strict=False)})

    def run(self, url: str) -> tuple[int, dict[str, Any]]:
        arguments = [self.file, "--url", url, "--policy", self.policy, "--key", self.key, "--json"]
        done = CliRunner().invoke(main, ["receipts", *map(str, arguments)])
        return done.exit_code, json.loads(done.stdout)

    def receipts(self) -> list[Path]:
        return sorted(self.folder.glob("[!.]*.tlog-proof"))


def record(one: SignedClaim, place: Place) -> Record:
    timestamp_ms = place.timestamp_ms or TIME_MS
    return Record(one.topic, place.partition, place.offset, timestamp_ms, one.key.encode(), one.headers, one.value)


def stranger(offset: int) -> Record:
    return Record("ewaste.dropoff", 0, offset, TIME_MS, b"k", (), b"another's")


@pytest.fixture
def world(tmp_path: Path, batches: Any, key_file: Any) -> World:
    return World(tmp_path, batches(PARTNER, COUNT), key_file(PARTNER))


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with world.log.served() as found:
        yield found


def test_every_confirmation_gets_a_receipt_that_is_kept(world: World, url: str) -> None:
    code, told = world.run(url)
    assert (code, told["ok"], told["held"]) == (0, True, COUNT)
    assert [each["index"] for each in told["confirmations"]] == list(range(1, COUNT + 1))
    assert len(world.receipts()) == COUNT


def test_the_next_run_asks_for_nothing_that_it_has(world: World, url: str) -> None:
    world.run(url)
    world.receipts()[2].unlink()
    world.receipts()[3].write_bytes(b"scribbled")
    world.log.asked.clear()
    assert world.run(url)[0] == 0
    assert len(world.log.asked) == 2


def test_pending_ones_come_later(world: World, url: str) -> None:
    world.log.covered = 4
    code, told = world.run(url)
    assert (code, told["held"], told["pending"]) == (1, 3, 3)
    world.log.covered = len(world.log.records)
    assert world.run(url)[0] == 0


def test_too_few_witnesses_are_pending_too(world: World, url: str) -> None:
    world.log.cosigning = world.log.witnesses[:1]
    code, told = world.run(url)
    assert (code, told["pending"]) == (1, COUNT)
    assert "w1.example" in told["confirmations"][0]["message"]
    assert not world.receipts()


def test_a_record_that_the_log_lost_is_missing(world: World, url: str) -> None:
    world.log.put([each for each in world.log.records if each.offset != 3])
    code, told = world.run(url)
    assert (code, told["held"], told["missing"]) == (1, COUNT - 1, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"value": b"{}"}, "another content"), ({"headers": (("jws", b"x..y"),)}, "another signature")],
)
def test_a_record_that_was_changed_is_false_and_kept(world: World, url: str, change: dict[str, Any], said: str) -> None:
    changed = Record(**{**{name: getattr(world.log.records[2], name) for name in Record.__struct_fields__}, **change})
    world.log.put([*world.log.records[:2], changed, *world.log.records[3:]])
    code, told = world.run(url)
    assert (code, told["false"]) == (1, 1)
    (false,) = (each for each in told["confirmations"] if each["state"] == "false")
    assert said in false["message"]
    assert len(list(world.folder.glob("*.false.tlog-proof"))) == 1


def test_a_receipt_of_another_record_is_false(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = world.log.receipt
    monkeypatch.setattr(world.log, "receipt", lambda index: honest(1 if index == 4 else index))
    code, told = world.run(url)
    assert (code, told["false"]) == (1, 1)
    assert "another record" in told["confirmations"][3]["message"]


def test_a_receipt_without_its_entry_is_checked_with_the_journals_time(world: World, url: str) -> None:
    world.log.brings_entry = False
    assert world.run(url)[0] == 0
    world.log.asked.clear()
    assert (world.run(url)[0], world.log.asked) == (0, [])


def test_a_journal_of_an_older_release_needs_the_entry(world: World, url: str) -> None:
    world.remember([place._replace(timestamp_ms=None) for place in world.places])
    assert world.run(url)[0] == 0
    shutil.rmtree(world.folder)
    world.log.brings_entry = False
    assert world.run(url)[1]["false"] == COUNT


def test_what_was_just_sent_is_not_missing_yet(world: World, url: str) -> None:
    now_ms = time.time_ns() // 1_000_000
    world.remember([place._replace(timestamp_ms=now_ms) for place in world.places])
    world.log.put([])
    assert world.run(url)[1]["pending"] == COUNT


def test_what_was_not_sent_or_is_no_longer_in_the_file_is_told(world: World, url: str) -> None:
    world.remember(world.places[:-1])
    lines = world.file.read_text().splitlines(keepends=True)
    world.file.write_text("".join(lines[1:]))
    code, told = world.run(url)
    assert (code, told["held"], told["not_sent"], told["not_in_file"]) == (1, COUNT - 2, 1, 1)


def test_what_cannot_run_says_so(world: World, url: str) -> None:
    code, told = world.run("http://127.0.0.1:9")
    assert (code, told["ok"]) == (2, False)
    world.policy.write_text("quorum of friends\n")
    assert world.run(url)[0] == 2
    world.policy.unlink()
    assert world.run(url)[0] == 2
    world.journal.unlink()
    assert world.run(url)[0] == 2
