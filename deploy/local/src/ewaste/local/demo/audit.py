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

_PUBLISHED_SECONDS: Final = 60.0
_AUDITOR_SECONDS: Final = 600
_CLEAN: Final = 0
_COULD_NOT_RUN: Final = 2


def audit(settings: LocalSettings, folder: Path) -> Iterator[str]:
    """Lines to show: the cosigned checkpoint, and what the auditor said. Raises StackFailed where it could not run."""
    url = f"http://127.0.0.1:{settings.ports['traceability']}"
    yield from _published(url)
    policy, mirror = folder / "policy", folder / "custody"
    policy.write_bytes(httpx.get(f"{url}/log/custody/policy").raise_for_status().content)
    yield from _auditor("mirror", url, str(mirror), "--policy", str(policy))
    yield from _auditor("verify", str(mirror), "--policy", str(policy))


def _published(url: str) -> Iterator[str]:
    """The note that covers what the ledger holds as of now."""
    size = httpx.get(f"{url}/ledgers/custody").raise_for_status().json()["size"]
    deadline = time.monotonic() + _PUBLISHED_SECONDS
    while not (note := _note(url)) or int(note[1]) < size:
        if time.monotonic() > deadline:
            raise StackFailed(
                f"no checkpoint of {size} records was published within {_PUBLISHED_SECONDS:.0f} s; see `ewaste logs "
                "traceability` and `ewaste logs witness-1`"
            )
        time.sleep(0.2)
    yield from note


def _note(url: str) -> list[str]:
    answer = httpx.get(f"{url}/log/custody/checkpoint")
    return answer.text.splitlines() if answer.is_success else []


def _auditor(*arguments: str) -> Iterator[str]:
    yield f"$ ewaste-auditor {' '.join(arguments)}"
    command = [sys.executable, "-m", "ewaste.auditor", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_AUDITOR_SECONDS, check=False)
    said = [line.rstrip() for line in (done.stdout + done.stderr).strip().splitlines()]
    if done.returncode == _COULD_NOT_RUN:
        raise StackFailed("\n".join(["the auditor could not run:", *said[-20:]]))
    yield from said
    yield "clean: no finding" if done.returncode == _CLEAN else f"findings: exit code {done.returncode}"
