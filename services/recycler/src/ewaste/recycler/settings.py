"""What the recycler service is told by its environment."""

from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["Settings"]


class Settings(RuntimeSettings):
    context: Literal[Context.RECYCLER] = Context.RECYCLER
    http_port: int = 8103
