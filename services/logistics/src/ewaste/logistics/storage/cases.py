"""All that is known of one load."""

from typing import Final

from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.rules.ruleset import Rules
from ewaste.logistics.model.cases import Case
from ewaste.logistics.storage import records
from ewaste.runtime.database import Transaction, driver

__all__ = ["case_of"]

_AROUND: Final = """
SELECT o.load_id, o.bag_id, o.released_at IS NULL AS inside FROM load_bag l JOIN load_bag o USING (bag_id)
WHERE l.load_id = $1
"""
_PARTIAL: Final = "SELECT handover_id FROM handover WHERE load_id = $1 AND partial"


async def case_of(tx: Transaction, load_id: str, rules: Rules, *also: str) -> Case:
    """The case of a load that is stored; `also` are parties of which to know whether they are registered."""
    connection = await driver(tx)
    around = await connection.fetch(_AROUND, load_id)
    nodes = {node("load", load_id)} | {node(kind, party) for party in also for kind in ("actor", "partner")}
    for row in around:
        nodes |= {node("load", row["load_id"]), node("bag", row["bag_id"])}
    return Case(
        custody=fold(await records.read(tx, nodes), rules),
        load_id=load_id,
        partial=frozenset(row["handover_id"] for row in await connection.fetch(_PARTIAL, load_id)),
        elsewhere={row["bag_id"]: row["load_id"] for row in around if row["inside"] and row["load_id"] != load_id},
    )
