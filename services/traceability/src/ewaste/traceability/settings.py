"""What the traceability service is told by its environment."""

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
