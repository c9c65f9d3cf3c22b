"""Real witnesses in this process: the protocol's own answers behind a small HTTP server."""

import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteKey, NoteSigner
from ewaste.evidence.notes.witness import answer_add_checkpoint
from ewaste.runtime.app import App, Role
from ewaste.runtime.database import Database
from ewaste.runtime.testing import Stack, client, prepared
from ewaste.traceability.app import build_app
from ewaste.traceability.ledger.handlers import sequencer
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.keys import LogKeys
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.settings import Settings

TIME = 1_800_000_000


class Witness:
    """Cosigns what grows from what it remembers. It trusts `logs`, which tests fill once the keys are made."""

    def __init__(self, name: str) -> None:
        self.signer = NoteSigner(f"witness.example/{name}", SigningKey(generate_key()), KeyKind.COSIGNATURE)
        self.name = name
        self.logs: list[NoteKey] = []
        self.remembers: dict[str, Checkpoint] = {}
        self.requests: list[bytes] = []
        self._one = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def line(self) -> str:
        """Its line in a policy."""
        return f"witness {self.name} {self.signer.key} http://127.0.0.1:{self._server.server_port}/{self.name}\n"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: bytes) -> tuple[int, bytes]:
        with self._one:
            self.requests.append(body)
            answer = answer_add_checkpoint(
                body, logs=self.logs, latest=self.remembers.get, cosigner=self.signer, now=TIME + len(self.requests)
            )
            if answer.remember is not None:
                self.remembers[answer.remember.origin] = answer.remember
            return answer.status, answer.body.encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == f"/{witness.name}/add-checkpoint"
                status, body = witness.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        return Handler


@pytest.fixture
def witnesses() -> Iterator[Callable[..., list[Witness]]]:
    """Makes witnesses by name."""
    with ExitStack() as stack:

        def make(*names: str) -> list[Witness]:
            made = [Witness(name) for name in names]
            for each in made:
                stack.callback(each.stop)
            return made

        yield make


class Logged:
    """A service's database and folders, whose ledger grows by hand; the service itself is started when a test asks."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.offset = 0

    @property
    def origin(self) -> str:
        return origin_of(self.settings.city, Ledger.LEARNING)

    @property
    def folder(self) -> Path:
        return self.settings.log_folder(Ledger.LEARNING)

    @property
    def key(self) -> NoteKey:
        return LogKeys(self.settings.log_key_file(Ledger.LEARNING), self.origin).signers()[0].key

    def trusted_by(self, *witnesses: Witness, quorum: int) -> None:
        """Write the policy, and tell the witnesses our key."""
        lines = "".join(each.line for each in witnesses)
        names = " ".join(each.name for each in witnesses)
        assert self.settings.log_policy_file is not None
        self.settings.log_policy_file.write_text(f"{lines}group seen {quorum} {names}\nquorum seen\n")
        for each in witnesses:
            each.logs = [self.key]

    async def grow(self, count: int, *more: Record) -> None:
        """Sequence so many records of a topic that nobody else has."""
        records = [self.record(self.offset + number) for number in range(count)]
        self.offset += count
        database = Database(self.settings)
        try:
            async with database.transaction() as tx:
                await sequencer(Ledger.LEARNING)(tx, [*records, *more])
        finally:
            await database.close()

    def record(self, offset: int) -> Record:
        return Record("ewaste.sample", offset % 3, offset // 3, 1_800_000_000_000 + offset, b"k", (), b"%d" % offset)

    @asynccontextmanager
    async def running(self, role: Role = Role.ALL, **changed: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = build_app(self.settings.model_copy(update=changed))
        keep_only_logs(app)
        async with client(app, role) as http:
            yield http


def keep_only_logs(app: App) -> None:
    """Without consumers and projections: what comes from the shared topics is other tests' business."""
    app.subscriptions = ()
    app.background = tuple(each for each in app.background if each.name == "log-learning")


@pytest.fixture
async def logged(stack: Stack, tmp_path: Path) -> Logged:
    """A fresh ledger with a policy that asks for nobody."""
    policy = tmp_path / "policy"
    policy.write_text("quorum none\n")
    settings = await prepared(
        stack,
        Settings,
        city=f"test-{secrets.token_hex(3)}",
        state_dir=tmp_path,
        log_policy_file=policy,
        checkpoint_seconds=0.05,
        witness_timeout_seconds=1.0,
        log_check_seconds=3600.0,
        stale_after_seconds=1,
    )
    return Logged(settings)
