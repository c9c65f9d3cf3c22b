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
    author_key: str | None = Field(default=None, min_length=16, repr=False)
    """Opens courses with the key of their questions over HTTP; without it they leave by the command line alone."""
    course_bytes: int = Field(default=256 * 1024 * 1024, ge=1)
    """At most so much in one course's zip over HTTP."""
    completion_file: Path | None = None
    """When a course is completed (TOML); without it the example values of `learning/completion.toml`."""
    wellness_questionnaire_file: Path | None = None
    """The questionnaire (TOML); without it our example items."""
    wellness_scoring_file: Path | None = None
    """Cut-offs and weights (TOML); without it the example values of `wellness/scoring.toml`."""
    wellness_period_months: Literal[1, 2, 3, 4, 6, 12] = 6
    """Length of the index's periods, counted from May; decide it before the first answer and keep it."""
    wellness_publish_seconds: int = Field(default=3_600, ge=1)
    """The index is told to the city in such intervals, not with every answer."""
