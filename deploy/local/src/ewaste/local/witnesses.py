"""Two witnesses of the logs, as others would run them, and the policy that asks for both.

Both of two, because with one of two the operator could show a history of its own to each. They stand on the operator's
machine here and prove nothing to anyone: elsewhere universities and ministries run them (docs/guides/witnesses.md).
"""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ewaste.local.errors import StackFailed
from ewaste.local.settings import WITNESSES, LocalSettings
from ewaste.local.supervision.model import Process

__all__ = ["log_keys", "policy_file", "policy_lines", "witness", "witness_home", "witness_urls", "write_policy"]

_KEYS_SECONDS: Final = 60
_ASK_SECONDS: Final = 5


def policy_file(settings: LocalSettings) -> Path:
    """Where the services and readers find the policy."""
    return settings.state_dir / "log-policy"


def witness_home(settings: LocalSettings, name: str) -> Path:
    """Where a witness keeps its key and its memory, together: neither is of use without the other."""
    return settings.state_dir / "witnesses" / name


def log_keys(environment: Mapping[str, str]) -> list[str]:
    """The public keys of the logs; the service makes them when there are none. Raises StackFailed."""
    command = [sys.executable, "-m", "ewaste.traceability", "log-keys"]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=_KEYS_SECONDS, check=False
    )
    keys = [line for line in done.stdout.splitlines() if line.startswith("urn:")]
    if done.returncode or not keys:
        raise StackFailed(f"the logs' keys could not be made: {done.stderr.strip()[-500:]}")
    return keys


def witness(name: str, settings: LocalSettings, keys: Sequence[str]) -> Process:
    """One witness, which follows these logs; its home must be there."""
    port, home = settings.ports[name], witness_home(settings, name)
    told = ("--folder", str(home / "memory"), "--key", str(home / "key.json"), "--name", f"localhost/{name}")
    logs = [part for key in keys for part in ("--log", key)]
    url = f"http://127.0.0.1:{port}/"
    return Process(
        name=name,
        command=(sys.executable, "-m", "ewaste.auditor", "witness", *told, "--port", str(port), *logs),
        health_url=url,
        port=port,
        url=url,
        stop_seconds=15,
    )


def write_policy(path: Path, urls: Mapping[str, str]) -> None:
    """Ask each witness for its key and write the policy, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(policy_lines({name: _key_at(url) for name, url in urls.items()}, urls), encoding="utf-8")
    fresh.replace(path)


def policy_lines(keys: Mapping[str, str], urls: Mapping[str, str]) -> str:
    """The witness, group and quorum lines (C2SP tlog-policy): all of them have to cosign."""
    lines = "".join(f"witness {name} {key} {urls[name]}\n" for name, key in keys.items())
    return f"{lines}group witnesses all {' '.join(keys)}\nquorum witnesses\n"


def _key_at(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_ASK_SECONDS) as answer:
        lines: list[str] = answer.read().decode().splitlines()
    found = [line.removeprefix("key ") for line in lines if line.startswith("key ")]
    if not found:
        raise StackFailed(f"{url} does not say which key it signs with: is another program there?")
    return found[0]


def witness_urls(ports: Mapping[str, int]) -> dict[str, str]:
    """Where each witness is, by name."""
    return {name: f"http://127.0.0.1:{ports[name]}" for name in WITNESSES}
