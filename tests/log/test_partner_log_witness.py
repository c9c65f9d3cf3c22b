"""A partner, the log and a witness, each as it is installed: what was published comes back as a receipt.

The witness is killed in between: nothing it has not cosigned is shown to anybody, and nothing is lost by it.
"""

import asyncio
import json
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from ewaste.contracts.topics import partner_topic_spec
from ewaste.evidence.notes.policy import parse_policy
from ewaste.runtime.app import Role
from ewaste.runtime.testing import Stack, eventually, prepared
from ewaste.traceability.app import build_app
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.keys import LogKeys
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.settings import Settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run(module: str, *arguments: object) -> tuple[int, str]:
    """One of the clients' commands; its exit code and standard output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"ewaste.{module}", *map(str, arguments),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    told, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, told.decode()


class World:
    """A fresh service whose log asks one witness, and a partner with its key."""

    def __init__(self, settings: Settings, folder: Path, partner: str) -> None:
        self.settings, self.folder, self.partner = settings, folder, partner
        origin = origin_of(settings.city, Ledger.CUSTODY)
        self.log_key = LogKeys(settings.log_key_file(Ledger.CUSTODY), origin).signers()[0].key
        self.port, self.witness_port = free_port(), free_port()
        self.file, self.key, self.policy = folder / "day.jsonl", folder / "key.json", folder / "my-policy"

    @asynccontextmanager
    async def witness(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The installed witness; killed at the end. Its line goes into both policies."""
        arguments = ["--folder", self.folder / "w", "--key", self.folder / "w.json", "--log", self.log_key]
        arguments += ["--port", self.witness_port]
        arguments += [] if (self.folder / "w.json").exists() else ["--name", "witness.example/ours"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ewaste.auditor", "witness", *map(str, arguments),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        key = (await process.stdout.readline()).decode().strip()
        policy = f"witness ours {key} http://127.0.0.1:{self.witness_port}/\nquorum ours\n"
        assert self.settings.log_policy_file is not None
        self.settings.log_policy_file.write_text(policy)
        self.policy.write_text(f"log {self.log_key}\n{policy}")
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def service(self) -> AsyncIterator[None]:
        """The traceability service: ledger and log, without what this test does not look at."""
        app = build_app(self.settings)
        app.background = tuple(each for each in app.background if each.name == "log-custody")
        server = uvicorn.Server(uvicorn.Config(app.api, port=self.port, log_level="warning", lifespan="off"))
        async with app.running(Role.ALL):
            serving = asyncio.create_task(server.serve())
            try:
                yield
            finally:
                server.should_exit = True
                await serving

    async def publish(self, stack: Stack, count: int) -> None:
        lines = [self._opened(number) for number in range(count)]
        self.file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        arguments = [self.file, "--key", self.key, "--kafka", stack.kafka_servers]
        assert (await run("partner", "publish", *arguments))[0] == 0

    async def receipts(self) -> dict[str, Any]:
        arguments = [self.file, "--key", self.key, "--url", f"http://127.0.0.1:{self.port}", "--policy", self.policy]
        code, told = await run("partner", "receipts", *arguments, "--json")
        found: dict[str, Any] = json.loads(told)
        assert code == (0 if found["ok"] else 1), told
        return found

    def kept(self) -> list[Path]:
        return sorted(self.folder.glob("*.receipts/*.tlog-proof"))

    def _opened(self, number: int) -> dict[str, Any]:
        inputs = [{"bag_id": f"{self.partner}-bag-{number}", "grams": 1000 + number}]
        data = {"batch_id": f"{self.partner}-{number}", "facility_id": "hall-1", "inputs": inputs}
        return {"type": "BatchOpened", "time": "2026-11-20T09:10:00+07:00", "data": data}


@pytest.fixture
async def world(stack: Stack, infra: Any, tmp_path: Path) -> World:
    partner, policy = f"client-{secrets.token_hex(3)}", tmp_path / "policy"
    infra.create_topics([partner_topic_spec(partner)])
    settings = await prepared(
        stack, Settings, city=f"t-{secrets.token_hex(3)}", state_dir=tmp_path / "state", log_policy_file=policy,
        checkpoint_seconds=0.2, witness_timeout_seconds=2.0, stale_after_seconds=1,
    )  # fmt: skip
    found = World(settings, tmp_path, partner)
    assert (await run("partner", "keygen", "--partner", partner, "--out", found.key))[0] == 0
    return found


async def test_what_was_published_comes_back_as_a_receipt(world: World, stack: Stack) -> None:
    async with world.witness() as witness, world.service():
        await world.publish(stack, 3)
        first = await eventually(world.receipts, lambda told: bool(told["ok"]))
        assert first["held"] == 3

        witness.kill()
        await witness.wait()
        await world.publish(stack, 4)
        later = await eventually(world.receipts, lambda told: told["pending"] == 1)
        assert (later["held"], later["ok"]) == (3, False)

        async with world.witness():
            assert (await eventually(world.receipts, lambda told: bool(told["ok"])))["held"] == 4

    assert len(world.kept()) == 4
    for receipt in world.kept():
        code, told = await run("auditor", "check", receipt, "--policy", world.policy, "--json")
        assert (code, json.loads(told)["cosigned"][0]["witness"]) == (0, "witness.example/ours")
    assert parse_policy(world.policy.read_bytes()).quorum == "ours"
