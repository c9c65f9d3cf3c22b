"""What a bag weighs, which batches its grams went into, and where its traceability ends."""

from dataclasses import dataclass
from itertools import pairwise

from ewaste.contracts.events.logistics import BreakReason, CustodyBreakDeclared, Difference, LoadDispatched
from ewaste.contracts.events.recycler import BatchOpened
from ewaste.evidence.custody.disputes import agreed_grams, bag_disputes, is_lost
from ewaste.evidence.custody.fold import Custody, Fact, remembered
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.handovers import bag_comparisons, collections_of
from ewaste.evidence.custody.loads import Book, book_of, holder_of
from ewaste.evidence.custody.model import Break

__all__ = [
    "Allocation",
    "Weight",
    "allocation_of",
    "break_of",
    "breaks_of",
    "holder_of_bag",
    "is_broken",
    "is_in_two_loads",
    "weight_of",
]


@dataclass(frozen=True, slots=True)
class Weight:
    """Grams; gross as agreed where a dispute ended so, else as the crew weighed it."""

    gross_grams: int
    tare_grams: int
    agreed: bool

    @property
    def net_grams(self) -> int:
        return max(0, self.gross_grams - self.tare_grams)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Grams of a bag that each batch took in, beside what there was. A gram of input backs one certificate only."""

    by_batch: dict[str, int]
    """By batch id; of a batch opened twice the greater claim."""
    net_grams: int | None
    """None: never weighed, so that nothing can be said of it."""
    tolerance_grams: int

    @property
    def grams(self) -> int:
        return sum(self.by_batch.values())

    @property
    def over(self) -> bool:
        """Whether more was taken out than there was."""
        return self.net_grams is not None and self.grams > self.net_grams + self.tolerance_grams


@remembered
def weight_of(custody: Custody, bag_id: str) -> Weight | None:
    """What the bag counts as; None when it was never collected and weighed."""
    collected = next(iter(collections_of(custody, bag_id)), None)
    if collected is None:
        return None
    agreed = agreed_grams(custody, bag_id)
    return Weight(
        collected.data.gross_grams if agreed is None else agreed, collected.data.tare_grams, agreed is not None
    )


@remembered
def allocation_of(custody: Custody, bag_id: str) -> Allocation:
    """Every batch that the bag went into, of whichever recycler."""
    by_batch: dict[str, int] = {}
    for fact in custody.facts(node("bag", bag_id), BatchOpened):
        grams = sum(each.grams for each in fact.data.inputs if each.bag_id == bag_id)
        by_batch[fact.data.batch_id] = max(grams, by_batch.get(fact.data.batch_id, 0))
    weight = weight_of(custody, bag_id)
    net = weight.net_grams if weight else None
    return Allocation(dict(sorted(by_batch.items())), net, custody.rules.tolerance.grams_of(net or 0))


def breaks_of(custody: Custody, bag_id: str) -> list[Fact[CustodyBreakDeclared]]:
    """Who said that the bag's contents can't be told apart any more, in the order it was said."""
    return custody.facts(node("bag", bag_id), CustodyBreakDeclared)


def is_broken(custody: Custody, bag_id: str) -> bool:
    """Whether the bag's custody is broken: declared, or lost in a dispute. Its grams count, but not as whole."""
    return bool(breaks_of(custody, bag_id)) or is_lost(custody, bag_id)


@remembered
def break_of(custody: Custody, bag_id: str) -> tuple[Break | None, BreakReason | None]:
    """Why nobody can say where the bag's contents are, with the reason that was declared."""
    if declared := breaks_of(custody, bag_id):
        return Break.CUSTODY_BROKEN, declared[0].data.reason
    if is_lost(custody, bag_id):
        return Break.LOST, None
    in_dispute = {each.load_id for each in bag_disputes(custody, bag_id) if each.is_open}
    compared = (each for each in bag_comparisons(custody, bag_id) if each.load_id in in_dispute)
    if any(each.difference is Difference.SEAL_MISMATCH for each in compared):
        return Break.SEAL_MISMATCH, None
    allocation = allocation_of(custody, bag_id)
    return (Break.OVER_ALLOCATED if allocation.over and len(allocation.by_batch) > 1 else None), None


def holder_of_bag(custody: Custody, bag_id: str) -> str | None:
    """Who has the bag: the recycler that opened it, else who has its last load, else the crew that took it."""
    bag = node("bag", bag_id)
    if opened := custody.facts(bag, BatchOpened):
        return opened[-1].data.partner_id
    if dispatched := custody.facts(bag, LoadDispatched):
        return _holder_in(custody, book_of(custody, dispatched[-1].data.load_id), bag_id, dispatched[-1].data.load_id)
    if load_ids := custody.around(bag, "load"):
        return _holder_in(custody, book_of(custody, load_ids[-1]), bag_id, load_ids[-1])
    collected = collections_of(custody, bag_id)
    return collected[0].data.carrier_id if collected else None


def _holder_in(custody: Custody, book: Book, bag_id: str, load_id: str) -> str | None:
    if book.received.get(bag_id) and not book.is_rejected(bag_id):
        return book.received[bag_id][-1][0].data.partner_id
    if handed := book.handed.get(bag_id):
        return handed[-1][0].data.receiver_id
    if sent := book.sent.get(bag_id):
        return sent[-1][0].data.carrier_id
    return holder_of(custody, load_id)


def is_in_two_loads(custody: Custody, bag_id: str) -> bool:
    """Whether it left twice without coming back in between: refused, or handed over to where it left from again."""
    departures: dict[str, Fact[LoadDispatched]] = {}
    for fact in custody.facts(node("bag", bag_id), LoadDispatched):
        departures.setdefault(fact.data.load_id, fact)
    return any(
        not _came_back(book_of(custody, earlier.data.load_id), bag_id, later)
        for earlier, later in pairwise(departures.values())
    )


def _came_back(book: Book, bag_id: str, later: Fact[LoadDispatched]) -> bool:
    if book.is_rejected(bag_id):
        return True
    return bool(_takers(book, bag_id) & {later.data.origin_id, later.data.carrier_id})


def _takers(book: Book, bag_id: str) -> set[str]:
    """Who took the bag out of this load, and where."""
    handed = [(fact.data.receiver_id, fact.data.place_id) for fact, _ in book.handed.get(bag_id, ())]
    received = [(fact.data.partner_id, fact.data.facility_id) for fact, _ in book.received.get(bag_id, ())]
    return {taker for pair in (*handed, *received) for taker in pair}
