"""The broker's jars: resolved from the pinned coordinates, checked against the pinned checksums, kept in a cache.

Maven where it is installed, else jgo's resolver in pure Python. Whoever brings them, the set must equal `jars.sha256`,
so that every machine runs the same broker byte for byte (test: tests/kafka/test_jars.py).
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from ewaste.local.errors import Unavailable

__all__ = ["coordinates", "ensure_jars", "pinned_sums"]

_POM_SPACE: Final = "{http://maven.apache.org/POM/4.0.0}"
_RESOURCES: Final = files("ewaste.local.kafka")


def ensure_jars(cache: Path, *, how: str = "auto", report: Callable[[str], None] = lambda _line: None) -> Path:
    """The folder that holds exactly the pinned jars, resolving them on the first call.

    `how` is "maven", "jgo" or "auto". The folder is named after the pins and filled in one step, so several programs
    may share a cache. Raises Unavailable when the jars can't be had or differ from the pins.
    """
    sums = pinned_sums()
    ready = cache / _cache_key()
    if ready.is_dir() and {jar.name for jar in ready.iterdir()} == set(sums):
        return ready
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="new-") as scratch:
        fresh = Path(scratch, "jars")
        fresh.mkdir()
        _resolve(fresh, how, report)
        _refuse_other_than(sums, fresh)
        return _publish(fresh, ready)


def coordinates() -> tuple[str, ...]:
    """`group:artifact:version` of every dependency that the pom names."""
    root = ET.fromstring(_RESOURCES.joinpath("pom.xml").read_text(encoding="utf-8"))
    return tuple(
        ":".join(_text(dependency, part) for part in ("groupId", "artifactId", "version"))
        for dependency in root.iterfind(f"{_POM_SPACE}dependencies/{_POM_SPACE}dependency")
    )


def pinned_sums() -> dict[str, str]:
    """SHA-256 in hex by name of jar, from `jars.sha256` (the format of `sha256sum`)."""
    lines = _RESOURCES.joinpath("jars.sha256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _cache_key() -> str:
    return hashlib.sha256(_RESOURCES.joinpath("jars.sha256").read_bytes()).hexdigest()[:16]


def _resolve(folder: Path, how: str, report: Callable[[str], None]) -> None:
    maven = shutil.which("mvn")
    if how == "maven" and maven is None:
        raise Unavailable("EWASTE_JARS is maven, but there is no mvn on PATH: install Maven or unset EWASTE_JARS")
    if how != "jgo" and maven is not None:
        report("resolving the broker's jars with Maven")
        _with_maven(maven, folder)
    else:
        report("resolving the broker's jars with jgo")
        _with_jgo(folder)


def _with_maven(maven: str, folder: Path) -> None:
    with as_file(_RESOURCES.joinpath("pom.xml")) as pom:
        command = [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
        command += ["-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        said = "\n".join((answer.stdout + answer.stderr).splitlines()[-20:])
        raise Unavailable(f"Maven could not bring the broker's jars (is there a network?):\n{said}")


def _with_jgo(folder: Path) -> None:
    from jgo.maven import MavenContext, PythonResolver

    context = MavenContext(resolver=PythonResolver())
    wanted = [context.create_dependency(coordinate) for coordinate in coordinates()]
    for dependency in wanted:
        # Otherwise jgo takes each dependency's own version management for a platform to follow, and log4j's picks an
        # older kafka-clients.
        dependency.raw = True
    try:
        named, transitive = context.resolver.resolve(wanted)
        for dependency in (*named, *transitive):
            jar = dependency.artifact.resolve()
            shutil.copyfile(jar, folder / jar.name)
    except (OSError, RuntimeError, ValueError) as problem:
        raise Unavailable(f"jgo could not bring the broker's jars (is there a network?): {problem}") from problem


def _refuse_other_than(sums: Mapping[str, str], folder: Path) -> None:
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.iterdir()}
    wrong = sorted(name for name in sums.keys() | found.keys() if sums.get(name) != found.get(name))
    if wrong:
        raise Unavailable(
            f"the broker's jars differ from jars.sha256: {', '.join(wrong)}; after a deliberate change of pom.xml "
            "write the checksums anew (see deploy/kafka/README.md), otherwise don't trust this download"
        )


def _publish(fresh: Path, ready: Path) -> Path:
    if ready.exists():  # incomplete, or another program was faster
        shutil.rmtree(ready, ignore_errors=True)
    try:
        os.rename(fresh, ready)
    except OSError:
        if not ready.is_dir():
            raise
    return ready


def _text(element: ET.Element, name: str) -> str:
    found = element.find(_POM_SPACE + name)
    if found is None or not found.text:
        raise Unavailable(f"pom.xml: a dependency has no {name}")
    return found.text.strip()
