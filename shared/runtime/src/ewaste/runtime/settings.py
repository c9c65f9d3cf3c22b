"""What every service is told by its environment, resolved once and frozen."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from ewaste.contracts.envelope import source_of
from ewaste.contracts.fields import Context
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["RuntimeSettings"]


class RuntimeSettings(BaseSettings):
    """Read from variables that start with `EWASTE_`; each service names its own subclass."""

    model_config = SettingsConfigDict(env_prefix="EWASTE_", frozen=True, extra="ignore", use_attribute_docstrings=True)

    context: Context
    city: str = Field(default="chiangmai", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    """Part of every event's `source`; one ledger per city."""
    kafka_servers: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_username: str | None = None
    kafka_password: str | None = Field(default=None, repr=False)
    kafka_ca_file: Path | None = None
    database_url: str = Field(default="postgresql://127.0.0.1:5432", repr=False)
    """The server; each service appends its own database, `ewaste_<service>`, unless a database is named."""
    database_connections: int = Field(default=16, ge=3, le=100)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8100, ge=0, le=65535)
    state_dir: Path = Path(".ewaste")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    otlp_endpoint: str | None = None
    """Where spans go (OTLP over HTTP); none: spans are not exported."""
    batch_records: int = Field(default=1000, ge=1, le=10_000)
    """At most this many records in one transaction."""
    dead_letters_per_hour: int = Field(default=1000, ge=1)
    """More than this and the consumer stops visibly instead of draining a topic into the dead letters."""
    stale_after_seconds: int = Field(default=30, ge=1)
    """A consumer that has records waiting and has not moved for so long is not alive."""

    @property
    def source(self) -> str:
        """The CloudEvents source of everything this service publishes."""
        return source_of(self.city, self.context)

    @property
    def service_database_url(self) -> str:
        """The SQLAlchemy URL of this service's own database."""
        parts = urlsplit(self.database_url)
        path = parts.path if parts.path not in ("", "/") else f"/ewaste_{self.context}"
        return urlunsplit(("postgresql+asyncpg", parts.netloc, path, parts.query, ""))
