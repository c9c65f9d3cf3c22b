"""Who reads whose topic: what a service needs to know of another, it learns from events.

Held to what the services really subscribe to by `tests/contracts/test_readers.py`.
"""

from collections.abc import Mapping
from typing import Final

from ewaste.contracts.fields import Context

__all__ = ["READERS"]

READERS: Final[Mapping[Context, tuple[Context, ...]]] = {
    Context.DROPOFF: (Context.LOGISTICS, Context.RECYCLER, Context.TRACEABILITY),
    Context.LOGISTICS: (Context.DROPOFF, Context.RECYCLER),
    Context.RECYCLER: (Context.PARTNER, Context.LOGISTICS),
    Context.EDUCATION: (Context.EDUCATION,),
    Context.TRACEABILITY: tuple(Context),
}
"""Each service and the contexts whose topics it consumes; a service that is missing consumes none."""
