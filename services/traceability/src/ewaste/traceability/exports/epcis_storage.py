"""Where the ledger speaks of a thing, as itself or as what others are in."""

from collections.abc import Iterable
from typing import Final

from ewaste.evidence.custody.graph import NodeId
from ewaste.runtime.database import Transaction, driver

__all__ = ["indices_about"]

# A drop is about the item; the bag is only its parent.
_ABOUT: Final = """
SELECT "index" FROM custody_touch WHERE node = ANY($1::text[]) AND "index" >= $2 AND "index" < $3
UNION SELECT "index" FROM custody_touch WHERE parent = ANY($1::text[]) AND "index" >= $2 AND "index" < $3
ORDER BY "index"
"""


async def indices_about(tx: Transaction, nodes: Iterable[NodeId], span: range) -> list[int]:
    """The entries in `span` that touch any of these nodes or put something into one, in ledger order."""
    rows = await (await driver(tx)).fetch(_ABOUT, list(nodes), span.start, span.stop)
    return [row["index"] for row in rows]
