"""The command `ewaste` on real Kafka and PostgreSQL, as a person at the keyboard uses it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from ewaste.local.infra import Infra
from ewaste.local.ports import free_ports
from ewaste.local.settings import SERVICES, WITNESSES, port_variable
from ewaste.local.supervision.handle import Handle
from ewaste.local.supervision.status import read_status

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Ewaste = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ports() -> dict[str, int]:
    names = ["kafka", "kafka-controller", "postgres", *SERVICES, *WITNESSES]
    return dict(zip(names, free_ports(len(names)), strict=True))


@pytest.fixture
def ewaste(state_dir: Path, ports: dict[str, int]) -> Iterator[Ewaste]:
    environ = {**os.environ, "EWASTE_STATE_DIR": str(state_dir), "EWASTE_DATABASE_URL": ""}
    environ |= {port_variable(name): str(port) for name, port in ports.items()}

    def run(*arguments: str, exit_code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ewaste.local", *arguments]
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**environ, **variables},
            check=False,
        )
        assert answer.returncode == exit_code, answer.stdout + answer.stderr
        return answer

    yield run
    run("reset", "--yes")


def _units(ewaste: Ewaste, exit_code: int = 0) -> dict[str, Any]:
    return {unit["name"]: unit for unit in json.loads(ewaste("status", "--json", exit_code=exit_code).stdout)["units"]}


def _database(state_dir: Path, ports: dict[str, int]) -> str:
    password = (state_dir / "postgres.password").read_text()
    return f"postgresql://ewaste:{password}@127.0.0.1:{ports['postgres']}/ewaste_traceability"


async def _query(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _send(port: int, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{port}", acks="all") as producer:
        await producer.send_and_wait("ewaste.dropoff", value, key=b"bag")


async def _first(port: int) -> bytes | None:
    servers = f"127.0.0.1:{port}"
    consumer = AIOKafkaConsumer("ewaste.dropoff", bootstrap_servers=servers, auto_offset_reset="earliest")
    async with consumer, asyncio.timeout(60):
        value: bytes | None = (await consumer.getone()).value
        return value


async def test_data_survives_down_and_up(ewaste: Ewaste, state_dir: Path, ports: dict[str, int]) -> None:
    ewaste("up", "--only-infra")
    before = _units(ewaste)
    assert "already up" in ewaste("up", "--only-infra").stdout
    assert {name: unit["pid"] for name, unit in _units(ewaste).items()} == {
        name: unit["pid"] for name, unit in before.items()
    }
    await _send(ports["kafka"], b"kept")
    await _query(_database(state_dir, ports), "CREATE TABLE kept AS SELECT 42 AS value")

    assert "the data stays" in ewaste("down").stdout
    assert {unit["state"] for unit in _units(ewaste, exit_code=3).values()} == {"stopped", "done"}
    assert "nothing was running" in ewaste("down").stdout

    # Other ports on the same data: nothing in it remembers the old ones.
    moved = dict(zip(("kafka", "kafka-controller", "postgres"), free_ports(3), strict=True))
    ewaste("up", "--only-infra", *(f"--port={name}={port}" for name, port in moved.items()))
    assert await _first(moved["kafka"]) == b"kept"
    assert await _query(_database(state_dir, moved), "SELECT value FROM kept") == 42


def test_a_taken_port_is_named_before_anything_starts(ewaste: Ewaste, state_dir: Path, ports: dict[str, int]) -> None:
    with socket.create_server(("127.0.0.1", ports["recycler"])):
        answer = ewaste("up", exit_code=1)
    assert f"port {ports['recycler']} for recycler is taken" in answer.stderr
    assert "EWASTE_RECYCLER_PORT" in answer.stderr
    assert read_status(state_dir) is None
    assert not (state_dir / "postgres").exists()


def test_kafka_killed_comes_back_and_a_killed_supervisor_is_replaced(
    ewaste: Ewaste, state_dir: Path, eventually: Callable[[Callable[[], object]], None]
) -> None:
    ewaste("up", "--only-infra")
    killed = _units(ewaste)["kafka"]["pid"]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: _units(ewaste)["kafka"]["restarts"] == 1 and _units(ewaste)["kafka"]["state"] == "ready")

    status = read_status(state_dir)
    assert status is not None
    os.kill(status.pid, signal.SIGKILL)
    assert Handle(status.supervisor).wait(10)
    before = _units(ewaste, exit_code=3)
    assert "abandoned" in ewaste("status", exit_code=3).stdout
    ewaste("up", "--only-infra")
    after = _units(ewaste)
    assert [after[name]["pid"] for name in ("kafka", "postgres")] == [
        before[name]["pid"] for name in ("kafka", "postgres")
    ]


async def test_a_database_elsewhere_is_used_instead_of_our_own(
    ewaste: Ewaste, state_dir: Path, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Infra(kafka=False) as elsewhere:
        ewaste("up", "--only-infra", EWASTE_DATABASE_URL=elsewhere.database_url)
        assert "postgres" not in _units(ewaste)
        assert not (state_dir / "postgres").exists()
        url = f"{elsewhere.database_url}/ewaste_education"
        assert await _query(url, "SELECT current_database()") == "ewaste_education"
        ewaste("down")


def test_logs_are_shown_and_reset_deletes_only_what_is_ours(ewaste: Ewaste, state_dir: Path) -> None:
    (state_dir / "unrelated.txt").write_text("not ours")
    ewaste("up", "--only-infra")
    assert "database system is ready" in ewaste("logs", "postgres").stdout
    assert "kafka      | " in ewaste("logs", "-n", "3").stdout
    assert "there are: databases, kafka, postgres" in ewaste("logs", "kafak", exit_code=1).stderr
    ewaste("reset", exit_code=1)  # nobody to answer the question
    assert "kafka" in _units(ewaste)
    ewaste("reset", "--yes")
    assert "nothing was ever started" in ewaste("status", exit_code=3).stdout
    assert (state_dir / "unrelated.txt").exists()
    assert not [path for path in state_dir.rglob("*") if path.name not in ("kafka", "unrelated.txt")]
