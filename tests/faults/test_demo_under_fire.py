"""The whole day while services are killed, records repeated and poison written: nothing lost, nothing counted twice.

Runs the commands a user runs, as processes: `ewaste demo`, `ewaste status`, `ewaste-auditor`. What must hold afterwards
is read over HTTP and from Kafka, not from any service's memory.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from ewaste.contracts.events.dropoff import ItemDropped
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_event
from ewaste.contracts.topics import dead_letter_topic
from ewaste.local.ports import free_ports
from ewaste.local.settings import DEFAULT_PORTS, SERVICES
from ewaste.runtime.testing import Stack, records_on

ITEMS = 1_200
PUPILS = 240
BATCHES_CERTIFIED = 7
POISON: dict[str, tuple[bytes, list[tuple[str, bytes]]]] = {
    "undecodable": (b'{"specversion": "1.0", "id"', []),
    "envelope": (b'{"hello": "world"}', [("content-type", b"\xff\xfe not utf-8")]),
    "unknown_type": (
        (
            b'{"specversion":"1.0","id":"01a20408-8a2e-74d2-9435-e393eba189b5","source":"urn:ewaste:x:logistics",'
            b'"type":"ewaste.logistics.BinCollected.v9","time":"2026-11-20T08:00:00Z","data":{}}'
        ),
        [],
    ),
    "too_large": (b"x" * 2_000_000, []),
}
"""Reason to value and headers."""


@dataclass
class Fire:
    """Kills every service in turn, and writes poison and repetitions, until told to cease."""

    state_dir: Path
    kafka_servers: str
    kills: Counter[str] = field(default_factory=Counter)
    cease: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        asyncio.run(self._poison())
        while not self.cease.is_set():
            for name in SERVICES:
                if self.cease.wait(1.0):
                    return
                self._kill(name)

    def _kill(self, name: str) -> None:
        for unit in _status(self.state_dir)["units"]:
            if unit["name"] == name and unit["state"] == "ready" and unit["pid"]:
                os.kill(unit["pid"], signal.SIGKILL)
                self.kills[name] += 1

    async def _poison(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka_servers, acks="all", max_request_size=4_000_000)
        await producer.start()
        try:
            for value, headers in POISON.values():
                await producer.send_and_wait("ewaste.logistics", value, headers=headers)
        finally:
            await producer.stop()


def _status(state_dir: Path) -> Any:
    answer = subprocess.run([*EWASTE, "status", "--json", "--state-dir", state_dir], capture_output=True, check=False)
    return json.loads(answer.stdout)


EWASTE = (sys.executable, "-m", "ewaste.local")


@dataclass(frozen=True)
class Burnt:
    """The stack after the fire, still up."""

    stack: Stack
    urls: dict[str, str]
    kills: Counter[str]
    output: str

    def get(self, url: str) -> Any:
        service, _, path = url.partition("/")
        return httpx.get(f"{self.urls[service]}/{path}", timeout=60).raise_for_status().json()


@pytest.fixture(scope="module")
def burnt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Burnt]:
    state_dir = tmp_path_factory.mktemp("fire") / "state"
    ports = dict(zip(DEFAULT_PORTS, free_ports(len(DEFAULT_PORTS)), strict=True))
    where = [
        "--state-dir",
        str(state_dir),
        *(part for name, port in ports.items() for part in ("--port", f"{name}={port}")),
    ]
    try:
        subprocess.run([*EWASTE, "up", *where], check=True, timeout=240)
        fire = Fire(state_dir, f"127.0.0.1:{ports['kafka']}")
        thread = threading.Thread(target=fire.run)
        demo = subprocess.Popen(
            [*EWASTE, "demo", *where, "--items", str(ITEMS), "--pupils", str(PUPILS)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        thread.start()
        try:
            output, _ = demo.communicate(timeout=420)
        finally:
            fire.cease.set()
            thread.join()
        assert demo.returncode == 0, output
        password = (state_dir / "postgres.password").read_text()
        stack = Stack(fire.kafka_servers, f"postgresql://ewaste:{password}@127.0.0.1:{ports['postgres']}")
        urls = {name: f"http://127.0.0.1:{ports[name]}" for name in SERVICES}
        _until(lambda: _status(state_dir)["phase"] == "up" and _all_ready(urls), 120)
        yield Burnt(stack, urls, fire.kills, output)
    finally:
        subprocess.run([*EWASTE, "reset", "--yes", "--state-dir", state_dir], check=False, timeout=240)


def _all_ready(urls: dict[str, str]) -> bool:
    try:
        return all(httpx.get(f"{url}/readyz", timeout=5).is_success for url in urls.values())
    except httpx.TransportError:
        return False


def _until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.5)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(700)]


def test_every_service_was_killed_in_the_middle(burnt: Burnt) -> None:
    assert set(burnt.kills) == set(SERVICES), f"the fire was too short: {burnt.kills}\n{burnt.output}"


async def test_every_dropped_item_is_published_once_with_a_contiguous_sequence(burnt: Burnt) -> None:
    for service in ("dropoff", "logistics", "recycler", "traceability"):
        values: dict[Any, set[bytes]] = {}
        sequences = set()
        for record in await records_on(burnt.stack, f"ewaste.{service}"):
            if (record.value, list(record.headers)) in POISON.values():
                continue
            envelope = read_event(record.value).envelope
            values.setdefault(envelope.id, set()).add(record.value or b"")
            sequences.add(envelope.sequence_number)
        assert all(len(different) == 1 for different in values.values()), "one id, two contents"
        assert sequences == set(range(1, len(values) + 1)), f"{service}: the sequence has gaps"
    events = [read_event(record.value).data for record in await records_on(burnt.stack, "ewaste.dropoff")]
    assert len({data.item_id for data in events if isinstance(data, ItemDropped)}) == ITEMS


def test_every_item_is_in_exactly_one_batch_and_the_grams_close(burnt: Burnt) -> None:
    certificates = burnt.get("traceability/certificates?limit=500")["items"]
    assert len(certificates) == BATCHES_CERTIFIED
    contents = [burnt.get(f"traceability/certificates/{one['certificate_id']}") for one in certificates]
    landfilled = burnt.get("traceability/trace/batch/batch-001-8")
    counted = sum(content["items"]["total"] for content in contents)
    counted += sum(len(bag["inside"]) for bag in landfilled["inside"])
    assert counted == ITEMS
    assert all(content["items"]["in_two_bags"] == 0 for content in contents)
    for content in contents:
        grams = content["grams"]
        assert grams["input"] == grams["output"] + grams["process_loss"], content["batch_id"]
        assert grams["landfill"] == 0
    assert landfilled["state"] != "certified"


async def test_the_ledger_holds_every_record_of_every_evidence_topic(burnt: Burnt) -> None:
    topics = [
        "ewaste.dropoff",
        "ewaste.logistics",
        "ewaste.recycler",
        "ewaste.traceability",
        "ewaste.partner.sample-recycler",
    ]
    records = await records_on(burnt.stack, *topics)
    head = burnt.get("traceability/ledgers/custody")
    assert head["size"] == head["projected"] == len(records)


@pytest.mark.parametrize("service", [Context.DROPOFF, Context.RECYCLER])
async def test_poison_is_in_the_dead_letters_of_those_who_read_the_topic(burnt: Burnt, service: Context) -> None:
    found = {}
    for letter in await records_on(burnt.stack, dead_letter_topic(service)):
        told = {name: (value or b"").decode("utf-8", "replace") for name, value in letter.headers}
        assert told["ewaste-dead-reason"] in POISON, told
        found[told["ewaste-dead-reason"]] = letter.value
    assert found == {reason: value for reason, (value, _) in POISON.items()}


def test_the_citizen_sees_the_item_certified(burnt: Burnt) -> None:
    code = burnt.output.split("/r/")[1].split()[0]
    _until(lambda: burnt.get(f"dropoff/items/{code}")["stage"] == "certified", 60)


def test_an_auditor_who_trusts_nobody_finds_the_ledger_whole(burnt: Burnt, tmp_path: Path) -> None:
    auditor = (sys.executable, "-m", "ewaste.auditor")
    size, mirror = burnt.get("traceability/ledgers/custody")["size"], tmp_path / "custody"

    def mirrored() -> bool:
        subprocess.run([*auditor, "mirror", burnt.urls["traceability"], str(mirror)], check=True, timeout=120)
        return int((mirror / "checkpoint").read_text().split("\n")[1]) >= size

    _until(mirrored, 60)
    answer = subprocess.run([*auditor, "verify", str(mirror)], capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stdout + answer.stderr
