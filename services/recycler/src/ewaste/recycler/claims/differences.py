"""What logistics sent against what the recycler weighed in."""

from collections.abc import Mapping

from ewaste.contracts.events.logistics import BagInLoad, Difference
from ewaste.contracts.events.recycler import LoadReceived
from ewaste.evidence.rules.ruleset import Rules, classify_handover, gravest

__all__ = ["difference_of"]


def difference_of(received: LoadReceived, dispatched: Mapping[str, BagInLoad], rules: Rules) -> Difference | None:
    """The gravest difference among the bags and the total; None when nothing is known of the dispatch yet.

    Another set of bags than was sent is significant, whatever it weighs (40 CFR 264.72: any variation in piece count).
    """
    if not dispatched:
        return None
    found = [
        classify_handover(
            seal_given=sent.seal_number,
            seal_read=bag.seal_read,
            given_grams=sent.gross_grams,
            received_grams=bag.received_grams,
            rules=rules,
        )
        for bag in received.bags
        if (sent := dispatched.get(bag.bag_id))
    ]
    if {bag.bag_id for bag in received.bags} != set(dispatched):
        found.append(Difference.SIGNIFICANT)
    total = classify_handover(
        seal_given="",
        seal_read="",
        given_grams=sum(bag.gross_grams for bag in dispatched.values()),
        received_grams=received.received_grams,
        rules=rules,
    )
    return gravest(total, *found)
