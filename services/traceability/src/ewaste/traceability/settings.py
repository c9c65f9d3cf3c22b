"""What the traceability service is told by its environment."""

from pathlib import Path
from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.runtime.settings import RuntimeSettings
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

    @property
    def issuer_url(self) -> str:
        """`traceability_url` with a name: `did:web` knows no numbers, and this machine has a name for itself."""
        return self.traceability_url.replace("//127.0.0.1", "//localhost", 1)

    @property
    def key_file(self) -> Path:
        return self.credential_key_file or self.state_dir / "credential-keys.json"
