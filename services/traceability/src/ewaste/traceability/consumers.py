"""One sequencer per ledger: everything on the evidence topics, also what can't be read."""

from ewaste.runtime.subscription import Subscription
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.handlers import Guard, Sequencer
from ewaste.traceability.ledger.model import Ledger

__all__ = ["sequencer_name", "subscriptions"]


def sequencer_name(ledger: Ledger) -> str:
    """The subscription's name, of which the positions' key is made."""
    return f"ledger-{ledger}"


def subscriptions(feed: Feed, guard: Guard | None = None) -> tuple[Subscription, ...]:
    """`feed` carries custody's newest segments to the projector; `guard` decides whether a ledger may grow."""
    feeds = {Ledger.CUSTODY: feed}
    return tuple(_subscription(Sequencer(each, feeds.get(each), guard), each) for each in Ledger)


def _subscription(writer: Sequencer, ledger: Ledger) -> Subscription:
    return Subscription(
        sequencer_name(ledger),
        pattern=ledger.topics,
        on_records=writer.sequence,
        on_taken=writer.take,
        single=True,
    )
