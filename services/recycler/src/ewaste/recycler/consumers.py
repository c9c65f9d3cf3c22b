"""What this service consumes: partners' claims as Kafka holds them, and what logistics weighed, sent and settled."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ewaste.contracts.fields import Context
from ewaste.contracts.topics import PARTNER_TOPICS, topic_of
from ewaste.evidence.ledger.record import Record
from ewaste.recycler.claims.handlers import judge_records, learn_told
from ewaste.recycler.claims.model import Terms
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.subscription import Subscription

__all__ = ["subscriptions"]


def subscriptions(outbox: Outbox, terms: Terms) -> tuple[Subscription, ...]:
    """`terms` are what claims are judged by."""

    async def judge(tx: Transaction, records: Sequence[Record]) -> None:
        if records:
            await judge_records(tx, outbox, terms, records, datetime.now(UTC))

    async def learn(tx: Transaction, events: Sequence[Received]) -> None:
        await learn_told(tx, [one.event for one in events])

    return (
        Subscription("claims", pattern=PARTNER_TOPICS, on_records=judge),
        Subscription("weights", topics=(topic_of(Context.LOGISTICS),), on_events=learn),
    )
