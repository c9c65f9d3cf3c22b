"""A broker and a database of one's own, for tests and benchmarks: `with Infra() as infra: infra.kafka_servers`."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from ewaste.local.checks import why_not_ready
from ewaste.local.errors import StackFailed
from ewaste.local.kafka.broker import Broker
from ewaste.local.kafka.jars import ensure_jars
from ewaste.local.kafka.java import find_java
from ewaste.local.kafka.topics import TopicSpec, ensure_topics
from ewaste.local.ports import free_ports
from ewaste.local.postgres.databases import ensure_databases
from ewaste.local.postgres.home import remove_home
from ewaste.local.postgres.server import Server, open_server
from ewaste.local.settings import LocalSettings, resolve_settings
from ewaste.local.supervision.handle import Handle, spawn, stop
from ewaste.local.supervision.logs import last_lines
from ewaste.local.supervision.model import Process

__all__ = ["Infra"]

T = TypeVar("T")

# The kernel stops tethered processes when the *thread* that started them ends: this one lives as long as we do.
_SPAWNER = ThreadPoolExecutor(1, "ewaste-infra")


class Infra:
    """Real Kafka and PostgreSQL on free loopback ports.

    Without `folder` they live in a new temporary folder. The data is deleted at the end unless `keep`. The processes
    end with this program even when it is killed (Linux). Not for use by several threads at once.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        kafka: bool = True,
        postgres: bool = True,
        keep: bool = False,
        settings: LocalSettings | None = None,
    ) -> None:
        self.folder = folder.absolute() if folder else _temporary_folder()
        self._settings = settings or resolve_settings(state_dir=self.folder)
        self._kafka, self._postgres, self._keep = kafka, postgres, keep
        self._processes: dict[str, Process] = {}
        self._handles: dict[str, Handle] = {}
        self._broker: Broker | None = None
        self._server: Server | None = None

    @property
    def kafka_servers(self) -> str:
        """The bootstrap address, `127.0.0.1:port`."""
        if self._broker is None:
            raise StackFailed("this Infra has no Kafka: start it with kafka=True")
        return self._broker.servers

    @property
    def database_url(self) -> str:
        """`postgresql://user:password@127.0.0.1:port`, without a database name."""
        if self._server is None:
            raise StackFailed("this Infra has no PostgreSQL: start it with postgres=True")
        return self._server.url

    def start(self) -> Self:
        """Prepare, start and wait until both take work. Raises LocalError; stops what it started when one fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kafka_port, controller_port, postgres_port = free_ports(3)
        try:
            # PostgreSQL first: it comes up while Kafka's storage is being formatted.
            if self._postgres:
                self._server = open_server(self.folder, postgres_port)
                self._server.prepare()
                self._run(self._server.process())
            if self._kafka:
                self._broker = self._new_broker(kafka_port, controller_port)
                self._broker.prepare()
                self._run(self._broker.process())
            for name in self._handles:
                self._wait(name)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop Kafka, then PostgreSQL, and delete the data unless `keep`."""
        for name in reversed(self._handles):
            process = self._processes[name]
            stop(self._handles[name], stop_signal=process.stop_signal, seconds=process.stop_seconds)
        self._handles.clear()
        if not self._keep:
            remove_home(self.folder)
            shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self, name: str, *, kill: bool = False) -> None:
        """Stop (or `kill -9`) "kafka" or "postgres" and start it again on the same data and port."""
        self.halt(name, kill=kill)
        self._run(self._processes[name])
        self._wait(name)

    def halt(self, name: str, *, kill: bool = False) -> None:
        """Stop (or `kill -9`) "kafka" or "postgres"; `restart` brings it back."""
        handle, process = self._handles[name], self._processes[name]
        if kill:
            handle.kill()
            handle.wait(10)
        else:
            stop(handle, stop_signal=process.stop_signal, seconds=process.stop_seconds)

    def create_topics(self, specs: Iterable[TopicSpec]) -> list[str]:
        """Create the missing ones of these topics with one replica; returns their names."""
        return _run_apart(ensure_topics(self.kafka_servers, specs))

    def create_database(self, name: str) -> str:
        """Create the database when it is missing; returns its URL."""
        _run_apart(ensure_databases(self.database_url, [name]))
        return f"{self.database_url}/{name}"

    def log(self, name: str) -> Path:
        """The log of "kafka" or "postgres"."""
        return self.folder / "logs" / f"{name}.log"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _new_broker(self, port: int, controller_port: int) -> Broker:
        settings = self._settings
        return Broker(
            folder=self.folder / "kafka",
            java=find_java(settings.java),
            jars=ensure_jars(settings.jar_cache, how=settings.jars),
            port=port,
            controller_port=controller_port,
            heap=settings.kafka_heap,
        )

    def _run(self, process: Process) -> None:
        self._processes[process.name] = process
        job = _SPAWNER.submit(spawn, process, self.log(process.name), tethered=True)
        self._handles[process.name] = job.result()

    def _wait(self, name: str, *, seconds: float = 150) -> None:
        handle, url = self._handles[name], self._processes[name].health_url or ""
        deadline = time.monotonic() + seconds
        while (reason := why_not_ready(url)) is not None:
            if handle.has_ended() or time.monotonic() > deadline:
                said = "\n".join(last_lines(self.log(name), 20))
                raise StackFailed(f"{name} did not become ready ({reason}); the end of its log:\n{said}")
            time.sleep(0.05)


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ewaste-infra-"))
    # As root the database runs under another account, which must be able to enter.
    os.chmod(folder, 0o711)
    return folder


def _run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from synchronous code, also where this thread already runs an event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
