"""On the real broker: every confirmation stands there once, whatever happens to the program in between."""

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.registry import read_event
from ewaste.contracts.topics import partner_topic, partner_topic_spec
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.signatures import verify_detached
from ewaste.partner.journal import Place, default_journal, sent_to
from ewaste.runtime.testing import Stack, records_on


@pytest.fixture
def partner_id(infra: Any) -> str:
    found = f"client-{secrets.token_hex(3)}"
    infra.create_topics([partner_topic_spec(found)])
    return found


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "ewaste.partner", *map(str, arguments)]


def run(*arguments: object) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def publish(stack: Stack, file: Path, *more: object) -> tuple[int, dict[str, Any], str]:
    return run("publish", file, "--kafka", stack.kafka_servers, "--json", *more)


def killed_in_the_middle(journal: Path, *arguments: object) -> int:
    """Start a run and kill it once the journal has a first part; returns how it ended."""
    running = subprocess.Popen(command(*arguments), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (journal.exists() and b'"sent"' in journal.read_bytes()) and time.monotonic() < deadline:
        time.sleep(0.002)
    running.kill()
    return running.wait()


async def records_of(stack: Stack, partner_id: str) -> list[Record]:
    return await records_on(stack, partner_topic(partner_id))


async def test_a_file_stands_on_the_topic_keyed_and_signed(
    stack: Stack, partner_id: str, key_file: Any, batches: Any
) -> None:
    key, file = key_file(partner_id), batches(partner_id, 20)
    code, told, _ = publish(stack, file, "--key", key)

    assert (code, told["published"], told["published_before"]) == (0, 20, 0)
    public = json.loads(key.read_text())
    records = await records_of(stack, partner_id)
    assert len(records) == 20
    for record in records:
        jws = dict(record.headers)["jws"] or b""
        verify_detached(jws, record.value, public, issuer=partner_id, topic=record.topic, record_key=record.key)
        assert record.key == read_event(record.value).data.model_dump()["batch_id"].encode()
    # A receipt is for partition, offset and time as they stand in Kafka.
    sent = sent_to(default_journal(file, partner_topic(partner_id)), partner_topic(partner_id))
    assert set(sent.values()) == {Place(each.partition, each.offset, each.timestamp_ms) for each in records}


async def test_the_same_file_again_sends_nothing_and_a_longer_one_the_rest(
    stack: Stack, partner_id: str, key_file: Any, batches: Any
) -> None:
    key = key_file(partner_id)
    assert publish(stack, batches(partner_id, 5), "--key", key)[0] == 0

    again = publish(stack, batches(partner_id, 5), "--key", key)[1]
    longer = publish(stack, batches(partner_id, 8), "--key", key)[1]

    assert (again["published"], again["published_before"]) == (0, 5)
    assert (longer["published"], longer["published_before"]) == (3, 5)
    assert len(await records_of(stack, partner_id)) == 8


async def test_a_killed_publish_goes_on_and_sends_nothing_twice(
    stack: Stack, partner_id: str, key_file: Any, batches: Any, tmp_path: Path
) -> None:
    key, file, journal = key_file(partner_id), batches(partner_id, 6000), tmp_path / "journal"
    arguments = ("publish", file, "--kafka", stack.kafka_servers, "--key", key, "--journal", journal)
    assert killed_in_the_middle(journal, *arguments) == -9, "it was done before it could be killed: lengthen the file"

    code, told, errors = publish(stack, file, "--key", key, "--journal", journal)

    assert code == 0, errors
    assert 0 < told["published_before"] < 6000
    ids = [read_event(record.value).envelope.id for record in await records_of(stack, partner_id)]
    assert (len(ids), len(set(ids))) == (6000, 6000)


async def test_what_was_sent_but_not_written_down_is_found_on_the_topic(
    stack: Stack, partner_id: str, key_file: Any, batches: Any, tmp_path: Path
) -> None:
    key, file, journal = key_file(partner_id), batches(partner_id, 30), tmp_path / "journal"
    assert publish(stack, file, "--key", key, "--journal", journal)[0] == 0
    begun, _, _ = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(begun + b'{"cluster": "torn')

    code, told, _ = publish(stack, file, "--key", key, "--journal", journal)

    assert (code, told["published"], told["published_before"]) == (0, 0, 30)
    assert len(await records_of(stack, partner_id)) == 30


async def test_a_file_signed_offline_is_sent_without_the_key(
    stack: Stack, partner_id: str, key_file: Any, batches: Any, tmp_path: Path
) -> None:
    signed = tmp_path / "signed.jsonl"
    assert run("sign", batches(partner_id, 4), "--key", key_file(partner_id), "--out", signed)[0] == 0

    code, told, _ = publish(stack, signed)

    assert (code, told["published"]) == (0, 4)
    assert [dict(record.headers).keys() for record in await records_of(stack, partner_id)] == [
        {"content-type", "jws"}
    ] * 4


async def test_one_wrong_line_and_nothing_is_sent(stack: Stack, partner_id: str, key_file: Any, batches: Any) -> None:
    file = batches(partner_id, 5)
    file.write_text(file.read_text() + '{"type": "BatchOpened"}\n')

    code, told, _ = publish(stack, file, "--key", key_file(partner_id))

    assert (code, told["ok"]) == (1, False)
    assert [(one["line"], one["field"]) for one in told["findings"]] == [(6, "data")]
    assert await records_of(stack, partner_id) == []


def test_what_cannot_be_done_says_what_to_do(stack: Stack, key_file: Any, batches: Any, tmp_path: Path) -> None:
    file, key = batches("not-there", 1), key_file("not-there")
    code, told, _ = publish(stack, file, "--key", key)
    assert (code, told["ok"]) == (2, False)
    assert "must be registered first" in told["error"]
    code, told, _ = run("publish", file, "--kafka", "127.0.0.1:1", "--key", key, "--json")
    assert (code, "check --kafka" in told["error"]) == (2, True)
    code, told, _ = publish(stack, tmp_path / "absent.jsonl", "--key", key)
    assert code == 2
    assert publish(stack, file)[0] == 2


def test_people_read_plain_text_without_colours(batches: Any) -> None:
    done = subprocess.run(
        command("check", batches("green-north", 3)), capture_output=True, text=True, check=False, env={"NO_COLOR": "1"}
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("3 confirmations, nothing to correct\n")
    assert "\x1b" not in done.stderr
