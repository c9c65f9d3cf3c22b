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
    batch_records: int = Field(default=4_000, ge=1, le=10_000)
    """More than elsewhere: however many records there are, the index changes a few rows."""
    bulk_lines: int = Field(default=5_000, ge=1, le=50_000)
    """At most this many lines in one bulk request."""
    author_key: str | None = Field(default=None, min_length=16, repr=False)
    """Opens courses with the key of their questions over HTTP; without it they leave by the command line alone."""
    course_bytes: int = Field(default=256 * 1024 * 1024, ge=1)
    """At most so much in one course's zip over HTTP."""
    roster_zip_bytes: int = Field(default=64 * 1024 * 1024, ge=1)
    """At most so much in one roster's zip over HTTP."""
    roster_rows: int = Field(default=2_000_000, ge=1)
    """At most so many rows in one roster; 100,000 people are 300,000."""
    consent_policy_file: Path | None = None
    """Who may consent to what (TOML); without it the example values of `people/consents/policy.toml`."""
    sign_in_key_file: Path | None = None
    """The key of sessions and picture secrets, shared by the service's processes; without it a file in `state_dir`."""
    sign_in_work: int = Field(default=14, ge=4, le=20)
    """Cost of a picture secret's hash: 2 to this many rounds (scrypt's N)."""
    session_minutes: int = Field(default=600, ge=1, le=10_080)
    sign_in_code_days: int = Field(default=150, ge=1, le=400)
    """How long class codes and personal codes hold; a term by default (an example value)."""
    completion_file: Path | None = None
    """When a course is completed (TOML); without it the example values of `learning/completion.toml`."""
    education_url: str = "http://localhost:8104"
    """Where this service is seen from outside, without a slash at the end: the issuer of badges is named after it
    (`did:web`), QR codes lead there. An address that others keep on paper: choose it once."""
    badge_issuer: str = "เทศบาลนครเชียงใหม่"
    """The issuer's name on badges and certificates."""
    badge_key_file: Path | None = None
    """The keys that sign badges; none: `badge-keys.json` in the state folder. Made when it is not there."""
    wellness_questionnaire_file: Path | None = None
    """The questionnaire (TOML); without it our example items."""
    wellness_scoring_file: Path | None = None
    """Cut-offs and weights (TOML); without it the example values of `wellness/scoring.toml`."""
    wellness_period_months: Literal[1, 2, 3, 4, 6, 12] = 6
    """Length of the index's periods, counted from May; decide it before the first answer and keep it."""
    wellness_publish_seconds: int = Field(default=3_600, ge=1)
    """The index is told to the city in such intervals, not with every answer."""

    @property
    def issuer_url(self) -> str:
        """`education_url` with a name: `did:web` knows no numbers, and this machine has a name for itself."""
        return self.education_url.rstrip("/").replace("//127.0.0.1", "//localhost", 1)

    @property
    def badge_keys(self) -> Path:
        return self.badge_key_file or self.state_dir / "badge-keys.json"
