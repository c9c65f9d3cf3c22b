"""Who reads whose topic. What a service needs to know of another, it learns from these."""

from collections.abc import Mapping
from typing import Final

from ewaste.contracts.fields import Context

__all__ = ["READERS"]

READERS: Final[Mapping[Context, tuple[Context, ...]]] = {
    Context.DROPOFF: (Context.LOGISTICS, Context.RECYCLER, Context.TRACEABILITY),
    Context.RECYCLER: (Context.PARTNER, Context.LOGISTICS),
    Context.TRACEABILITY: tuple(Context),
}
"""Each service and the contexts whose topics it consumes; a service that is missing consumes none."""
