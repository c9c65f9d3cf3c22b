"""`prove` and `check`: a record's place in the log, shown to whoever has the policy and the record."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.evidence.ledger.record import Record, leaf_of
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.notes.proof import Receipt, parse_receipt
from typer.testing import CliRunner


class World:
    """A mirror of the books, its policy, and the two commands."""

    def __init__(self, folder: Path, books: Any, save: Callable[[Any], Path], signers: Any) -> None:
        self.books, self.mirror = books, save(books)
        self.receipt, self.entry, self.policy = folder / "r.tlog-proof", folder / "e", folder / "policy"
        self.policy.write_bytes(signers.policy_text())

    def prove(self, which: str, *more: str) -> int:
        code = CliRunner().invoke(app, ["prove", str(self.mirror), which, "-o", str(self.receipt), *more]).exit_code
        if code == 0:
            self.entry.write_bytes(leaf_of(self.books.records[parse_receipt(self.receipt.read_bytes()).index]))
        return code

    def check(self, *more: object) -> tuple[int, dict[str, Any]]:
        arguments = [self.receipt, "--policy", self.policy, "--json", *more]
        done = CliRunner().invoke(app, ["check", *map(str, arguments)])
        return done.exit_code, json.loads(done.stdout or "{}")


@pytest.fixture
def world(tmp_path: Path, books: Any, save: Callable[[Any], Path], signers: Any) -> World:
    return World(tmp_path, books, save, signers)


def place(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def test_every_record_is_proven_by_index(world: World) -> None:
    for index in range(len(world.books.records)):
        assert world.prove(str(index)) == 0
        code, told = world.check("--entry", world.entry)
        assert (code, told["holds"], told["index"]) == (0, True, index)
        assert (told["size"], len(told["cosigned"])) == (len(world.books.records), 3)


def test_a_record_is_found_by_its_event_and_by_its_place_in_kafka(world: World) -> None:
    for index in (2, 9):
        for which in (world.books.id_at(index), place(world.books.records[index])):
            assert world.prove(which) == 0
            assert world.check("--entry", world.entry)[1]["index"] == index


def test_the_record_may_come_from_kafka(world: World, tmp_path: Path) -> None:
    """As `kcat -J` prints it, headers in one row."""
    index = next(n for n, each in enumerate(world.books.records) if each.headers)
    record = world.books.records[index]
    (name, value), *_ = record.headers
    told = {"topic": record.topic, "partition": 0, "offset": record.offset, "ts": record.timestamp_ms, "broker": 1}
    told |= {"headers": [name, (value or b"").decode()], "key": (record.key or b"").decode()}
    told |= {"payload": (record.value or b"").decode(), "tstype": "create"}
    (tmp_path / "record.json").write_text(json.dumps(told))
    assert world.prove(str(index)) == 0
    assert world.check("--record", tmp_path / "record.json")[0] == 0
    (tmp_path / "record.json").write_text(json.dumps(told | {"offset": record.offset + 1}))
    assert world.check("--record", tmp_path / "record.json")[0] == 1
    (tmp_path / "record.json").write_text("[]")
    assert world.check("--record", tmp_path / "record.json")[0] == 2


def test_a_large_record_is_proven_by_its_digest(world: World) -> None:
    index = next(n for n, each in enumerate(world.books.records) if len(each.value or b"") > 60_000)
    assert world.prove(str(index)) == 0
    assert world.check("--entry", world.entry)[0] == 0


def test_a_receipt_brings_its_record_along(world: World) -> None:
    assert world.prove("5") == 0
    code, told = world.check()
    assert (code, told["record"]["event_id"]) == (0, world.books.id_at(5))
    receipt = parse_receipt(world.receipt.read_bytes())
    for extra, expected in ((leaf_of(world.books.records[6]), 1), (None, 2)):
        world.receipt.write_bytes(Receipt(receipt.index, receipt.proof, receipt.checkpoint, extra).to_bytes())
        assert world.check()[0] == expected
    world.receipt.write_bytes(b"no receipt")
    assert world.check()[0] == 1


def test_another_record_or_another_policy_is_a_finding(world: World, tmp_path: Path) -> None:
    assert world.prove("3") == 0
    world.entry.write_bytes(leaf_of(world.books.records[4]))
    code, told = world.check("--entry", world.entry)
    assert (code, told["holds"]) == (1, False)
    world.entry.write_bytes(leaf_of(world.books.records[3]))
    stricter = world.policy.read_text().replace("group seen 2", "group seen 3")
    world.policy.write_text(stricter)
    assert world.check("--entry", world.entry)[0] == 0
    signature = world.receipt.read_text().splitlines()[-1]
    world.receipt.write_text(world.receipt.read_text().replace(signature + "\n", ""))
    code, told = world.check("--entry", world.entry)
    assert code == 1
    assert "the policy asks for 3" in told["fault"]


def test_an_older_checkpoint_that_the_mirror_kept(world: World, signers: Any) -> None:
    older = signers.sign(Checkpoint(world.books.origin, 10, world.books.root(10)))
    (world.mirror / "checkpoints").mkdir()
    (world.mirror / "checkpoints" / f"{10:012d}-{world.books.root(10).hex()[:16]}.note").write_bytes(older)
    assert world.prove("3", "--until", "12") == 0
    assert world.check("--entry", world.entry)[1]["size"] == 10
    assert world.prove("11", "--until", "12") == 2


def test_what_is_not_there_could_not_run(world: World) -> None:
    for which in ("99999", "ewaste.dropoff/0/99999", "018f0000-0000-7000-8000-000000000000", "no such thing"):
        assert world.prove(which) == 2


def test_a_changed_mirror_proves_nothing(world: World) -> None:
    bundle = next((world.mirror / "tile" / "entries").rglob("*.p/*"))
    bundle.write_bytes(bundle.read_bytes().replace(b"Warorot", b"Warorob"))
    assert world.prove("3") == 2
