"""The witness as its clients meet it: addresses, statuses, pages, the installed command killed and started again."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from ewaste.auditor.witness.desk import Desk
from ewaste.auditor.witness.memory import log_id
from ewaste.auditor.witness.web import build_application
from ewaste.evidence.notes.keys import parse_note_key
from ewaste.evidence.notes.witness import SIZE_TYPE, read_answer
from witnesses import LOG, ORIGIN, WITNESS, Log, new_signer, open_witness


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_witness(tmp_path / "w")
    yield found
    found.close()


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_application(desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://witness.example") as found:
        yield found


async def test_every_status_of_the_specification(client: httpx.AsyncClient) -> None:
    stranger, forger = Log(new_signer("log.example/other")), Log(new_signer(ORIGIN))
    asked = [
        (Log().request(0, 10), 200),
        (Log().request(10, 12), 200),
        (Log().request(12, 12), 200),
        (b"what?", 400),
        (Log().request(13, 12), 400),
        (b"x" * 1_000_001, 400),
        (forger.request(12, 13), 403),
        (stranger.request(0, 3), 404),
        (Log().request(10, 14), 409),
        (Log().fork(3).request(12, 12), 409),
        (Log().fork(3).request(12, 14), 422),
    ]
    assert [(await client.post("/add-checkpoint", content=body)).status_code for body, _ in asked] == [
        status for _, status in asked
    ]


async def test_who_is_behind_is_told_the_size(client: httpx.AsyncClient) -> None:
    await client.post("/add-checkpoint", content=Log().request(0, 10))
    behind = await client.post("/add-checkpoint", content=Log().request(0, 12))
    assert (behind.status_code, behind.headers["content-type"], behind.text) == (409, SIZE_TYPE, "10\n")


async def test_anyone_may_read_what_was_cosigned(client: httpx.AsyncClient, desk: Desk) -> None:
    path = f"/log/{log_id(ORIGIN)}/checkpoint"
    assert (await client.get(path)).status_code == 404
    answer = await client.post("/add-checkpoint", content=Log().request(0, 10))
    last = await client.get(path)
    assert last.content == Log().note(10).to_bytes() + answer.content
    assert desk.memories[ORIGIN].last is not None
    for accept, shown in (("text/html,*/*", "text/html"), ("*/*", "text/plain")):
        page = await client.get("/", headers={"accept": accept})
        assert page.headers["content-type"].startswith(shown)
        assert str(WITNESS.key) in page.text
        assert page.text.index("พยาน") < page.text.index("A witness")
        assert path.strip("/") in page.text
    head = await client.head("/")
    assert (head.status_code, head.content) == (200, b"")


async def test_other_addresses_and_methods(client: httpx.AsyncClient) -> None:
    assert (await client.get("/elsewhere")).status_code == 404
    refused = await client.get("/add-checkpoint")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")


class Running:
    """The installed command, in a process of its own."""

    def __init__(self, folder: Path, log_key: str, *more: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        arguments = ["--folder", folder / "w", "--key", folder / "key.json", "--log", log_key, "--port", port, *more]
        command = [sys.executable, "-m", "ewaste.auditor", "witness", *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.key = parse_note_key(self.process.stdout.readline().strip())
        self._wait(port)

    def _wait(self, port: int) -> None:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(self.process.communicate(timeout=10))

    def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        self.process.communicate(timeout=20)
        return self.process.returncode


def test_the_command_makes_its_key_and_survives_a_kill(tmp_path: Path) -> None:
    running = Running(tmp_path, str(LOG.key), "--name", "witness.example/new")
    body = Log().request(0, 10)
    answer = httpx.post(f"{running.url}/add-checkpoint", content=body)
    assert read_answer(answer.status_code, answer.content, Log().note(10), [running.key])
    assert running.stop(signal.SIGKILL) < 0
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600
    again = Running(tmp_path, str(LOG.key))
    assert again.key == running.key
    assert httpx.post(f"{again.url}/add-checkpoint", content=Log().fork(3).request(10, 10)).status_code == 409
    assert re.search(f"^log {ORIGIN}  10 [0-9a-f]{{64}} ", httpx.get(again.url).text, re.MULTILINE)
    assert again.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
