"""Alerts of bags: nobody takes them, nobody sends them on, or two sides say different things about them."""

from typing import Any, Final

from ewaste.contracts.events.dropoff import BagFillReported
from ewaste.contracts.events.logistics import LoadDispatched
from ewaste.contracts.events.recycler import BatchOpened, LoadRejected
from ewaste.contracts.events.traceability import GapKind
from ewaste.evidence.alerts.limits import Limits
from ewaste.evidence.alerts.model import Gap, gap_of, limit_after
from ewaste.evidence.custody.bags import allocation_of, is_broken, is_in_two_loads
from ewaste.evidence.custody.disputes import bag_disputes
from ewaste.evidence.custody.fold import Custody, Fact, happened
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.handovers import bag_comparisons, collections_of
from ewaste.evidence.custody.loads import book_of
from ewaste.evidence.custody.model import Dispute, DisputeKind
from ewaste.evidence.custody.states import installations_of

__all__ = ["bag_gaps"]

_BY_KIND: Final = {
    DisputeKind.SEAL_MISMATCH: GapKind.SEAL_MISMATCH,
    DisputeKind.SIGNIFICANT: GapKind.WEIGHT_MISMATCH,
}


def bag_gaps(custody: Custody, bag_id: str, limits: Limits) -> list[Gap]:
    """`uncollected_bag`, `bag_not_handed_over`, mismatches, `dispute_overdue`, `over_allocated`, two places at once."""
    gone = custody.around(node("bag", bag_id), "batch") or is_broken(custody, bag_id)
    found = [] if gone else [*_uncollected(custody, bag_id, limits), *_not_handed_over(custody, bag_id, limits)]
    return [*found, *_disputed(custody, bag_id), *_over_allocated(custody, bag_id), *_in_two_loads(custody, bag_id)]


def _uncollected(custody: Custody, bag_id: str, limits: Limits) -> list[Gap]:
    bag = node("bag", bag_id)
    hung = installations_of(custody, bag_id)
    if not hung or collections_of(custody, bag_id) or custody.around(bag, "load"):
        return []
    first = min(hung, key=_when)
    due_at = limit_after(first, limits.uncollected)
    if (full := _full_since(custody, bag_id, limits)) and (earlier := limit_after(full, limits.full)) < due_at:
        reason = str(full.evidence.event.envelope.id)
        return [gap_of(GapKind.UNCOLLECTED_BAG, bag, (first, full), reason, due_at=earlier)]
    return [gap_of(GapKind.UNCOLLECTED_BAG, bag, (first,), due_at=due_at)]


def _full_since(custody: Custody, bag_id: str, limits: Limits) -> Fact[BagFillReported] | None:
    """The first report of a full bag after the last one of a bag with room."""
    since = None
    for report in custody.facts(node("bag", bag_id), BagFillReported):
        full = report.data.fill_percent >= limits.full_percent
        since = (since or report) if full else None
    return since


def _not_handed_over(custody: Custody, bag_id: str, limits: Limits) -> list[Gap]:
    """Collected and not sent off, or refused by the recycler and not sent off again."""
    collected = collections_of(custody, bag_id)
    load_ids = custody.around(node("bag", bag_id), "load")
    if not load_ids:
        return [_waiting(bag_id, collected[0], limits, ())] if collected else []
    if not all(book_of(custody, each).is_rejected(bag_id) for each in load_ids):
        return []
    refusals = [(fact, load_id) for load_id in load_ids for fact in _refusals(custody, bag_id, load_id)]
    last, load_id = max(refusals, key=lambda pair: _when(pair[0]))
    return [_waiting(bag_id, last, limits, (load_id,))]


def _refusals(custody: Custody, bag_id: str, load_id: str) -> list[Fact[LoadRejected]]:
    return [
        fact for fact in book_of(custody, load_id).rejections if not fact.data.bag_ids or bag_id in fact.data.bag_ids
    ]


def _waiting(bag_id: str, since: Fact[Any], limits: Limits, reason: tuple[str, ...]) -> Gap:
    due_at = limit_after(since, limits.handover)
    return gap_of(GapKind.BAG_NOT_HANDED_OVER, node("bag", bag_id), (since,), *reason, due_at=due_at)


def _disputed(custody: Custody, bag_id: str) -> list[Gap]:
    """A dispute about a load's bag is one alert per thing that differs, and one more when it stays open too long."""
    earlier: dict[str, int] = {}
    found: list[Gap] = []
    for dispute in bag_disputes(custody, bag_id):
        place = earlier.get(dispute.load_id, 0)
        earlier[dispute.load_id] = place + 1
        if dispute.is_open:
            # The load's first, second, … dispute about this bag: late records of the same dispute change no name.
            found += _alerts_of(custody, bag_id, dispute, (dispute.load_id, str(place)))
    return found


def _alerts_of(custody: Custody, bag_id: str, dispute: Dispute, reason: tuple[str, ...]) -> list[Gap]:
    bag = node("bag", bag_id)
    shown = _shown_by(custody, bag_id, dispute)
    kinds = [_BY_KIND[kind] for kind in dispute.kinds if kind in _BY_KIND]
    overdue = gap_of(GapKind.DISPUTE_OVERDUE, bag, shown, *reason, due_at=dispute.decidable_from)
    return [*(gap_of(kind, bag, shown, *reason) for kind in kinds), overdue]


def _shown_by(custody: Custody, bag_id: str, dispute: Dispute) -> list[Fact[Any]]:
    """What was given and what was read instead: the sending, and every record that differs gravely from it."""
    book = book_of(custody, dispute.load_id)
    grave = {
        each.index for each in bag_comparisons(custody, bag_id) if each.is_grave and each.load_id == dispute.load_id
    }
    sent: list[Fact[Any]] = [fact for fact, _ in book.sent.get(bag_id, ())]
    said: list[Fact[Any]] = [*book.handovers, *book.receipts, *book.rejections]
    street: list[Fact[Any]] = [*collections_of(custody, bag_id)] if grave & {fact.index for fact in sent} else []
    return [*street, *sent, *(fact for fact in said if fact.index in grave or fact.index == dispute.index)]


def _over_allocated(custody: Custody, bag_id: str) -> list[Gap]:
    if not allocation_of(custody, bag_id).over:
        return []
    bag = node("bag", bag_id)
    return [gap_of(GapKind.OVER_ALLOCATED, bag, [*collections_of(custody, bag_id), *custody.facts(bag, BatchOpened)])]


def _in_two_loads(custody: Custody, bag_id: str) -> list[Gap]:
    if not is_in_two_loads(custody, bag_id):
        return []
    bag = node("bag", bag_id)
    return [gap_of(GapKind.ITEM_IN_TWO_PLACES, bag, custody.facts(bag, LoadDispatched))]


def _when(fact: Fact[Any]) -> tuple[Any, ...]:
    return happened(fact.evidence)
