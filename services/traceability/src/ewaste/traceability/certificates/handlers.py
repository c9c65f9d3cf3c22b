"""Looks at batches again when something that bears on them was recorded: certifies, suspends and replaces."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ewaste.evidence.certificates.certify import Certificate, Uncertified, certify
from ewaste.evidence.certificates.reissue import judge_again
from ewaste.evidence.custody.fold import Evidence
from ewaste.evidence.custody.graph import NodeId, split_node
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
        """Judge the batches that these nodes bear on by the ledger up to `head`."""
        named = sorted(nodes)
        batches = set(await custody_storage.batches_above(tx, named))
        if waited_for := [node for node in named if node.startswith(("partner/", "event/"))]:
            batches |= set(await storage.waiting_for(tx, waited_for))
        if partners := [split_node(node)[1] for node in named if node.startswith("partner/")]:
            batches |= set(await storage.certified_of(tx, partners))
        for node in sorted(batches):
            await self._judge(tx, split_node(node)[1], await evidence_of(tx, node), head, now)

    async def _judge(self, tx: Transaction, batch_id: str, evidence: list[Evidence], head: Head, now: datetime) -> None:
        judged = certify(evidence, batch_id, issuer=self.issuer, ledger_size=head.size, ledger_root=head.root)
        standing = await storage.standing(tx, batch_id)
        if standing is not None:
            if not await self._suspend(tx, standing, judged, evidence, now):
                return
            replaces: str | None = standing.certificate_id
        else:
            replaces = await storage.suspended_of(tx, batch_id)
        if isinstance(judged, Uncertified):
            await storage.save_open(tx, batch_id, head.size, [line.to_dict() for line in judged.reasons])
        else:
            await storage.save_certificate(tx, judged, head.size, replaces, now)
            await self.outbox.add(tx, Fact(judged.event_data(replaces), now))

    async def _suspend(
        self,
        tx: Transaction,
        standing: storage.CertificateRow,
        judged: Certificate | Uncertified,
        evidence: list[Evidence],
        now: datetime,
    ) -> bool:
        suspension = judge_again(standing.certificate_id, json.loads(standing.content), judged, evidence)
        if suspension is None:
            return False
        await storage.save_suspension(tx, suspension, now)
        await self.outbox.add(tx, Fact(suspension.event_data(), now))
        return True
