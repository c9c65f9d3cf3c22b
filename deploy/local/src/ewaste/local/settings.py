"""Where the local stack keeps its data and on which ports it listens, resolved once and passed down."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from ewaste.local.errors import WrongSetting

__all__ = ["DEFAULT_PORTS", "SERVICES", "WITNESSES", "LocalSettings", "port_variable", "resolve_settings"]

SERVICES: Final = ("dropoff", "logistics", "recycler", "education", "traceability")
WITNESSES: Final = ("witness-1", "witness-2")
DEFAULT_PORTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "kafka": 9092,
        "kafka-controller": 9093,
        "postgres": 54321,
        "dropoff": 8101,
        "logistics": 8102,
        "recycler": 8103,
        "education": 8104,
        "traceability": 8105,
        "witness-1": 8471,
        "witness-2": 8472,
    }
)
_JAR_SOURCES: Final = ("auto", "maven", "jgo")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSettings:
    """Everything the local stack can be told.

    `database_url` is the base URL of somebody else's PostgreSQL; None means our own. `java` is "auto", "machine",
    "wheel" or the path of a java command; `jars` is "auto", "maven" or "jgo".
    """

    state_dir: Path
    jar_cache: Path
    ports: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))
    database_url: str | None = None
    java: str = "auto"
    jars: str = "auto"
    kafka_heap: str = "512m"
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        _refuse_unusable_ports(self.ports)
        if self.jars not in _JAR_SOURCES:
            raise WrongSetting(f"EWASTE_JARS is {self.jars!r}; set it to one of {', '.join(_JAR_SOURCES)}")
        if self.database_url is not None:
            _refuse_unusable_url(self.database_url)

    @property
    def logs(self) -> Path:
        """One `<name>.log` per process."""
        return self.state_dir / "logs"


def port_variable(name: str) -> str:
    """The environment variable that moves the port of `name`."""
    return f"EWASTE_{name.upper().replace('-', '_')}_PORT"


def resolve_settings(
    environ: Mapping[str, str] = os.environ,
    *,
    state_dir: Path | None = None,
    ports: Iterable[str] = (),
    cwd: Path | None = None,
) -> LocalSettings:
    """Options before environment before defaults. `ports` are strings such as `kafka=19092`."""
    home = _home(cwd or Path.cwd())
    state = (state_dir or Path(environ.get("EWASTE_STATE_DIR") or home / ".ewaste")).expanduser().absolute()
    cache = environ.get("EWASTE_JAR_CACHE")
    return LocalSettings(
        state_dir=state,
        jar_cache=Path(cache).expanduser().absolute() if cache else home / ".ewaste" / "kafka" / "jars",
        ports=_ports(environ, ports),
        database_url=environ.get("EWASTE_DATABASE_URL") or None,
        java=environ.get("EWASTE_JAVA") or "auto",
        jars=environ.get("EWASTE_JARS") or "auto",
        kafka_heap=environ.get("EWASTE_KAFKA_HEAP") or "512m",
        log_level=(environ.get("EWASTE_LOG_LEVEL") or "INFO").upper(),
    )


def _home(cwd: Path) -> Path:
    """The folder that holds `.ewaste`: the checkout we are in, else the current folder."""
    for folder in (cwd, *cwd.parents):
        if (folder / ".ewaste").is_dir() or (folder / ".git").exists():
            return folder
    return cwd


def _ports(environ: Mapping[str, str], options: Iterable[str]) -> dict[str, int]:
    chosen = {name: environ.get(port_variable(name)) or str(port) for name, port in DEFAULT_PORTS.items()}
    for option in options:
        name, _, number = option.partition("=")
        if name not in chosen:
            raise WrongSetting(f"--port {option}: no part is called {name!r}; parts are {', '.join(chosen)}")
        chosen[name] = number
    return {name: _number(name, text) for name, text in chosen.items()}


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise WrongSetting(f"port of {name} is {text!r}; set {port_variable(name)} to a number from 1 to 65535")
    return int(text)


def _refuse_unusable_ports(ports: Mapping[str, int]) -> None:
    owners: dict[int, str] = {}
    for name, port in ports.items():
        other = owners.setdefault(port, name)
        if other != name:
            raise WrongSetting(f"{other} and {name} both have port {port}; set {port_variable(name)} to another")


def _refuse_unusable_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname:
        raise WrongSetting("EWASTE_DATABASE_URL must look like postgresql://user:password@host:5432")
