"""The command: exit codes, JSON, both languages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.contracts.events.logistics import BagSettlement, DifferenceCause, ResolutionStated, Settlement
from ewaste.contracts.events.recycler import BatchRecycled, LoadReceived
from ewaste.contracts.examples import examples
from ewaste.contracts.registry import read_event
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.custody.fold import fold, read_evidence
from ewaste.evidence.custody.trace import trace
from typer.testing import CliRunner, Result

Books = Any
Save = Callable[[Books], Path]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_clean_is_0_findings_are_1_and_what_could_not_run_is_2(books: Books, save: Save, tmp_path: Path) -> None:
    path = save(books)
    assert run("verify", path).exit_code == 0

    assert run("verify", tmp_path / "nothing").exit_code == 2
    assert "holds no checkpoint" in run("verify", tmp_path / "nothing").output
    del books.records[3]
    assert run("verify", save(books)).exit_code == 1


def test_people_read_what_was_checked_and_what_to_do(books: Books, save: Save) -> None:
    clean = run("verify", save(books)).output
    assert books.root().hex() in clean
    assert "3 accepted, 2 refused (1 key_unknown, 1 undecodable)" in clean
    assert "1 derived again, byte for byte" in clean
    assert "not checked: no --policy says whom to trust" in clean

    del books.records[3]
    told = run("verify", save(books)).output
    assert "offset_wrong" in told
    assert "index 3 · ewaste.dropoff · partition 0 · offset 2" in told
    assert "→ Compare with the topic on Kafka at this offset" in told


def test_machines_read_json(books: Books, save: Save) -> None:
    del books.records[3]

    report = json.loads(run("verify", save(books), "--json").stdout)

    assert report["clean"] is False
    assert report["checkpoint"]["signed_by"] is None
    (offset,) = [each for each in report["findings"] if each["code"] == "offset_wrong"]
    assert {name: offset[name] for name in ("index", "topic", "partition", "offset")} == {
        "index": 3,
        "topic": "ewaste.dropoff",
        "partition": 0,
        "offset": 2,
    }
    assert offset["do"]


def test_a_policy_says_who_must_have_signed(books: Books, save: Save, signers: Any, tmp_path: Path) -> None:
    path, policy = save(books), tmp_path / "policy"
    policy.write_bytes(signers.policy_text())

    told = run("verify", path, "--policy", policy)

    assert told.exit_code == 0
    assert "witness.example/a at 2025-11-13T02:13:20Z" in told.output
    report = json.loads(run("verify", path, "--policy", policy, "--json").stdout)
    assert [each["name"] for each in report["checkpoint"]["signed_by"]][:2] == [books.origin, "witness.example/a"]

    policy.write_text("trust me\n")
    assert run("verify", path, "--policy", policy).exit_code == 2
    assert run("verify", path, "--policy", tmp_path / "none").exit_code == 2


def test_a_root_seen_earlier_is_compared(books: Books, save: Save) -> None:
    path = save(books)

    assert run("verify", path, "--root", books.root().hex()).exit_code == 0
    both = (f"9:{books.root(9).hex()}", f"7:{books.root(7).hex()}")
    assert run("verify", path, "--root", both[0], "--root", both[1]).exit_code == 0
    assert run("verify", path, "--root", f"9:{books.root(8).hex()}").exit_code == 1
    assert run("verify", path, "--root", f"999:{books.root().hex()}").exit_code == 1
    for wrong in ("abc", "9:", f"-1:{books.root().hex()}", f"x:{books.root().hex()}"):
        assert run("verify", path, "--root", wrong).exit_code == 2


def test_the_past_is_verified_as_it_was(books: Books, save: Save) -> None:
    path = save(books)

    for until in ("9", "2026-11-02T08:08:30+07:00"):
        report = json.loads(run("verify", path, "--until", until, "--json").stdout)
        assert report["computed"] == {"size": 9, "root": books.root(9).hex()}
        assert report["records"]["events"] == 9
        assert report["clean"], "what came later is not missing then"
    assert run("verify", path, "--until", 999).exit_code == 2


def test_files_alone_can_be_checked(books: Books, save: Save) -> None:
    del books.records[3]

    told = run("verify", save(books), "--files-only")

    assert told.exit_code == 0, "the files are as the checkpoint says; what they say was not looked at"
    assert "certificates" not in told.output


def test_a_chain_is_told_in_english_thai_or_both(books: Books, save: Save) -> None:
    path = save(books)

    english = run("trace", path, "item/I-1").output
    thai = run("trace", path, "item/I-1", "--lang", "th").output
    both = run("trace", path, "item/I-1", "--lang", "both").output

    assert "Item I-1: certified" in english
    assert "Warorot Market" in english
    assert "ตลาดวโรรส" in thai
    assert "Warorot Market" not in thai
    assert "Item I-1: certified · ชิ้น I-1" in both
    claim = books.index_of(BatchRecycled)
    assert f"#{claim + 1} ← signed #{claim}" in english


def test_a_dispute_is_told_with_what_each_side_said(books: Books, save: Save) -> None:
    received = read_event(books.records[books.index_of(LoadReceived)].value).data
    other = received.bags[0].model_copy(update={"seal_read": "S-other"})
    books.accept(received.model_copy(update={"bags": (other,)}))
    settled = BagSettlement(
        bag_id="B-1", settlement=Settlement.ACCEPTED, gross_grams=10_050, cause=DifferenceCause.SEAL_MISREAD
    )
    said = books.accept(ResolutionStated(load_id="L-1", party_id=received.partner_id, bags=(settled,)))

    shown = run("trace", save(books), "bag/B-1").output

    assert "Dispute: the seal does not match" in shown
    assert "accepted, 10,050 g (seal misread)" in " ".join(shown.split())
    assert f"#{said}" in shown


@pytest.mark.parametrize("node", ["item/I-1", "bag/B-1", "load/L-1", "batch/X-1"])
def test_a_chain_is_the_fold_of_the_whole_ledger(books: Books, save: Save, node: str) -> None:
    read = [read_evidence(index, each.topic, each.value) for index, each in enumerate(books.records)]
    expected = trace(fold(each for each in read if each is not None), node).to_dict()

    told = json.loads(run("trace", save(books), node, "--json").stdout)

    assert told["chain"] == json.loads(json.dumps(expected))
    assert (told["size"], told["root"]) == (len(books.records), books.root().hex())


def test_a_chain_as_of_an_earlier_size_knows_nothing_later(books: Books, save: Save) -> None:
    path = save(books)

    then = run("trace", path, "item/I-1", "--until", 9).output

    assert "Item I-1: collected" in then
    assert books.root(9).hex() in then
    assert "not handed over yet" in then


def test_what_is_not_known_could_not_run(books: Books, save: Save) -> None:
    path = save(books)
    for arguments in (["item/none"], ["planet/earth"], ["nonsense"], ["item/I-1", "--until", 10_000]):
        assert run("trace", path, *arguments).exit_code == 2


def test_every_event_that_was_ever_released_can_be_audited(new_books: Callable[[], Books], save: Save) -> None:
    """The golden examples tell of partners without signatures and certificates of a ledger that is not here."""
    books = new_books()
    for values in examples().values():
        for value in values:
            event = read_event(value)
            partner = event.envelope.source.rpartition(":")[2]
            topic = partner_topic(partner) if event.type.context == "partner" else event.type.topic
            books.put(topic, event.type.key_of(event.data), value)

    result = run("verify", save(books), "--json")

    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["records"] == {"events": len(books.records), "repeated": 0, "unreadable": 0, "out_of_place": 0}
    codes = set(report["finding_counts"])
    assert {"claim_not_signed", "rules_unknown"} <= codes
    assert not codes & {"leaf_broken", "file_differs", "root_differs", "offset_wrong"}
