"""The end of the demo: another program copies the custody log, checks it, and shows who has cosigned it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
from ewaste.local.errors import StackFailed
from ewaste.local.settings import LocalSettings

__all__ = ["audit"]

_PATIENCE_SECONDS: Final = 120.0
_RETRY_SECONDS: Final = 0.3
_AUDITOR_SECONDS: Final = 600
_CLEAN: Final = 0
_COULD_NOT_RUN: Final = 2


def audit(settings: LocalSettings, folder: Path) -> Iterator[str]:
    """Lines to show: the cosigned checkpoint, and what the auditor said. Raises StackFailed where it could not run."""
    url = f"http://127.0.0.1:{settings.ports['traceability']}"
    yield from _published(url)
    policy, mirror = folder / "policy", folder / "custody"
    policy.write_bytes(_get(f"{url}/log/custody/policy").content)
    yield from _auditor("mirror", url, str(mirror), "--policy", str(policy))
    yield from _auditor("verify", str(mirror), "--policy", str(policy))


def _published(url: str) -> list[str]:
    """The note that covers what the ledger holds as of now."""
    size = _get(f"{url}/ledgers/custody").json()["size"]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while int((note := _get(f"{url}/log/custody/checkpoint").text.splitlines())[1]) < size:
        if time.monotonic() > deadline:
            raise StackFailed(
                f"no checkpoint of {size} records was published within {_PATIENCE_SECONDS:.0f} s; see `ewaste logs "
                "traceability` and `ewaste logs witness-1`"
            )
        time.sleep(_RETRY_SECONDS)
    return note


def _get(url: str) -> httpx.Response:
    """Ask again while the service is away or has nothing to show yet."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return httpx.get(url, timeout=10).raise_for_status()
        except httpx.HTTPError as error:
            if time.monotonic() > deadline:
                raise StackFailed(f"{url} gave no answer for {_PATIENCE_SECONDS:.0f} s: {error}") from error
            time.sleep(_RETRY_SECONDS)


def _auditor(*arguments: str) -> Iterator[str]:
    """The command and what it said; it goes on where it stopped when the service went away meanwhile."""
    yield f"$ ewaste-auditor {' '.join(arguments)}"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (done := _ran(*arguments)).returncode == _COULD_NOT_RUN and time.monotonic() < deadline:
        time.sleep(_RETRY_SECONDS)
    said = [line.rstrip() for line in (done.stdout + done.stderr).strip().splitlines()]
    if done.returncode == _COULD_NOT_RUN:
        raise StackFailed("\n".join(["the auditor could not run:", *said[-20:]]))
    yield from said
    if done.returncode != _CLEAN:
        yield f"the auditor has findings (exit code {done.returncode})"


def _ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ewaste.auditor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_AUDITOR_SECONDS, check=False)
