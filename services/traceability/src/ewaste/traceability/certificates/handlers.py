"""Looks at batches again when something that bears on them was recorded, and certifies those that hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ewaste.evidence.certificate import Uncertified, certify
from ewaste.evidence.custody import Evidence
from ewaste.evidence.custody_graph import NodeId, split_node
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.traceability.certificates import storage
from ewaste.traceability.custody import storage as custody_storage
from ewaste.traceability.custody.handlers import evidence_of
from ewaste.traceability.ledger.storage import Head

__all__ = ["Certifier"]


@dataclass(frozen=True, slots=True)
class Certifier:
    """Issues certificates in the name of `issuer`, a source of events."""

    issuer: str
    outbox: Outbox

    async def look(self, tx: Transaction, nodes: Iterable[NodeId], head: Head, now: datetime) -> None:
        """Judge the batches that these nodes bear on by the ledger up to `head`; a batch is certified once."""
        named = sorted(nodes)
        batches = set(await custody_storage.batches_above(tx, named))
        if partners := [node for node in named if node.startswith("partner/")]:
            batches |= set(await storage.waiting_for(tx, partners))
        for node in sorted(batches):
            batch_id = split_node(node)[1]
            if not await storage.is_certified(tx, batch_id):
                await self._judge(tx, batch_id, await evidence_of(tx, node), head, now)

    async def _judge(self, tx: Transaction, batch_id: str, evidence: list[Evidence], head: Head, now: datetime) -> None:
        judged = certify(evidence, batch_id, issuer=self.issuer, ledger_size=head.size, ledger_root=head.root)
        if isinstance(judged, Uncertified):
            await storage.save_open(tx, batch_id, head.size, [line.to_dict() for line in judged.reasons])
        else:
            await storage.save_certificate(tx, judged, head.size, now)
            await self.outbox.add(tx, Fact(judged.event_data(), now))
