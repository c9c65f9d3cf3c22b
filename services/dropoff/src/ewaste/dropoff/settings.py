"""What the drop-off service is told by its environment."""

from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.runtime.settings import RuntimeSettings
from pydantic import Field

__all__ = ["Settings"]


class Settings(RuntimeSettings):
    context: Literal[Context.DROPOFF] = Context.DROPOFF
    http_port: int = 8101
    bulk_lines: int = 5_000
    """At most this many lines in one bulk request."""
    traceability_url: str | None = Field(default=None, pattern=r"^https?://[^\s]*[^/\s]$")
    """Where citizens find the pages of certificates and chains; none: receipts name them without a link."""
