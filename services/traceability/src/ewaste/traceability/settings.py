"""What the traceability service is told by its environment."""

from pathlib import Path
from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.evidence.archive.layout import RANGE_ENTRIES
from ewaste.runtime.settings import RuntimeSettings
from ewaste.traceability.ledger.model import Ledger
from pydantic import Field

__all__ = ["Settings"]


class Settings(RuntimeSettings):
    context: Literal[Context.TRACEABILITY] = Context.TRACEABILITY
    http_port: int = 8105
    batch_records: int = 4_000
    """The ledger gains from larger batches than other consumers: one tree update and one COPY each."""
    gs1_company_prefix: str | None = Field(default=None, pattern=r"^[0-9]{6,11}$")
    """Ids in EPCIS become GS1 keys under it; none: private URNs. Chosen once: others keep the names they were given."""
    traceability_url: str = "http://localhost:8105"
    """Where this service is seen from outside, without a slash at the end: the issuer of credentials is named after it
    (`did:web`), QR codes lead there. An address that others keep on paper: choose it once."""
    credential_key_file: Path | None = None
    """The issuer's keys; none: `credential-keys.json` in the state folder. Made when it is not there."""

    log_dir: Path | None = None
    """Where the logs' files are, a folder for each ledger; none: `log` in the state folder. Copy it, never edit it."""
    log_keys_dir: Path | None = None
    """The keys that sign checkpoints, a file for each ledger; none: `log-keys` in the state folder."""
    log_policy_file: Path | None = None
    """Witnesses and quorum, in the form of C2SP tlog-policy; none: nobody is asked, and what we sign is published."""
    checkpoint_seconds: float = Field(default=2.0, gt=0, le=3600)
    """A checkpoint after so long, where the ledger grew; sooner with 10,000 entries waiting."""
    checkpoint_event_seconds: float = Field(default=86_400.0, gt=0)
    """A checkpoint is told as an event at most so often."""
    witness_timeout_seconds: float = Field(default=5.0, gt=0, le=60)
    log_check_seconds: float = Field(default=60.0, gt=0)
    """How often Kafka is held to the ledger: where partitions begin, and whether some records are as they were."""
    log_check_records: int = Field(default=100, ge=1, le=1000)
    """So many of them each time, in index order; after the last the first again."""

    def log_folder(self, ledger: Ledger) -> Path:
        """The folder of one log: what is served and mirrored."""
        return (self.log_dir or self.state_dir / "log") / ledger

    def log_key_file(self, ledger: Ledger) -> Path:
        """The keys of one log."""
        return (self.log_keys_dir or self.state_dir / "log-keys") / f"{ledger}.json"

    attest_seconds: int = Field(default=86_400, ge=0)
    """How often the read models are attested while the ledger grows; 0: only by `attest`."""
    archive_entries: int = Field(default=RANGE_ENTRIES, ge=1)
    """How many entries a file of the archive has; it is sealed once they are there."""
    archive_dir: Path | None = None
    """Where the archive's files are, a folder for each ledger; none: `archive` in the state folder."""

    @property
    def archive_folder(self) -> Path:
        return self.archive_dir or self.state_dir / "archive"

    @property
    def issuer_url(self) -> str:
        """`traceability_url` with a name: `did:web` knows no numbers, and this machine has a name for itself."""
        return self.traceability_url.replace("//127.0.0.1", "//localhost", 1)

    @property
    def key_file(self) -> Path:
        return self.credential_key_file or self.state_dir / "credential-keys.json"
