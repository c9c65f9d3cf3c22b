"""One sequencer per ledger: everything on the evidence topics, also what can't be read."""

from ewaste.runtime.subscription import Subscription
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.handlers import sequencer
from ewaste.traceability.ledger.model import Ledger

__all__ = ["subscriptions"]


def subscriptions(feed: Feed) -> tuple[Subscription, ...]:
    """`feed` carries the custody ledger's newest segments to the projector."""
    return tuple(
        Subscription(
            f"ledger-{ledger}",
            pattern=ledger.topics,
            on_records=sequencer(ledger, feed if ledger is Ledger.CUSTODY else None),
            single=True,
        )
        for ledger in Ledger
    )
