"""What the education service is told by its environment."""

from pathlib import Path
from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.runtime.settings import RuntimeSettings
from pydantic import Field

__all__ = ["Settings"]


class Settings(RuntimeSettings):
    context: Literal[Context.EDUCATION] = Context.EDUCATION
    http_port: int = 8104
    bulk_lines: int = Field(default=5_000, ge=1, le=50_000)
    """At most this many lines in one bulk request."""
    completion_file: Path | None = None
    """When a course is completed (TOML); without it the example values of `learning/completion.toml`."""
