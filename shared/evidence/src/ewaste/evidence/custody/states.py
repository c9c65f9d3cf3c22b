"""The state of each node, derived from the set of standing facts and never stored by hand.

A state is the furthest stage that any fact shows, so a fact that arrives late changes nothing it should not; what an
earlier stage lacks is told by the trace.
"""

from ewaste.contracts.events.dropoff import BagFillReported, BagInstalled, ItemDropped
from ewaste.contracts.events.logistics import BinCollected, Settlement
from ewaste.contracts.events.recycler import BatchOpened, LoadReceived
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended
from ewaste.evidence.custody.bags import break_of, holder_of_bag, weight_of
from ewaste.evidence.custody.disputes import bag_disputes, load_disputes
from ewaste.evidence.custody.fold import Custody, Fact, remembered
from ewaste.evidence.custody.fractions import fractions_of
from ewaste.evidence.custody.graph import NodeId, node, split_node
from ewaste.evidence.custody.handovers import collections_of, is_grave
from ewaste.evidence.custody.loads import Book, book_of, hands_of, holder_of, is_rejected
from ewaste.evidence.custody.model import (
    Bag,
    BagState,
    Batch,
    BatchState,
    Break,
    CertificateState,
    Item,
    ItemState,
    Load,
    LoadState,
)

__all__ = [
    "bag_of",
    "batch_of",
    "certificate_state",
    "installations_of",
    "item_of",
    "load_of",
    "points_of",
    "states_of",
]


def bag_of(custody: Custody, bag_id: str) -> Bag | None:
    """The bag, None when no standing fact names it."""
    bag = node("bag", bag_id)
    items, loads, batches = custody.inside(bag, "item"), custody.around(bag, "load"), custody.around(bag, "batch")
    state = _bag_state(custody, bag_id, items=items, loads=loads, batches=batches)
    if state is None:
        return None
    collected, weight = next(iter(collections_of(custody, bag_id)), None), weight_of(custody, bag_id)
    broken, reason = break_of(custody, bag_id)
    return Bag(
        id=bag_id,
        state=state,
        point_id=_point_of(custody, bag_id),
        seal_number=collected.data.seal_number if collected else None,
        gross_grams=weight.gross_grams if weight else None,
        net_grams=weight.net_grams if weight else None,
        item_ids=tuple(items),
        load_ids=tuple(loads),
        batch_ids=tuple(batches),
        disputed=any(each.is_open for each in bag_disputes(custody, bag_id)),
        broken=broken,
        break_reason=reason,
        holder_id=holder_of_bag(custody, bag_id),
    )


def _bag_state(
    custody: Custody, bag_id: str, *, items: list[str], loads: list[str], batches: list[str]
) -> BagState | None:
    bag = node("bag", bag_id)
    if batches:
        return BagState.OPENED
    received = {fact.data.load_id for fact in custody.facts(bag, LoadReceived)}
    if any(not is_rejected(custody, bag_id, load_id) for load_id in received):
        return BagState.DELIVERED
    if loads:
        return BagState.IN_TRANSIT
    if collections_of(custody, bag_id):
        return BagState.SEALED
    if items or custody.facts(bag, BagFillReported):
        return BagState.FILLING
    return BagState.INSTALLED if installations_of(custody, bag_id) else None


def installations_of(custody: Custody, bag_id: str) -> list[Fact[BagInstalled] | Fact[BinCollected]]:
    """Who says that it was hung: the box's own record, or the crew that took the bag before it."""
    bag = node("bag", bag_id)
    swapped = [fact for fact in custody.facts(bag, BinCollected) if fact.data.next_bag_id == bag_id]
    return [*custody.facts(bag, BagInstalled), *swapped]


def points_of(custody: Custody, bag_id: str) -> set[str]:
    """Every box that some record says the bag hung in; more than one contradict each other."""
    told = [*installations_of(custody, bag_id), *collections_of(custody, bag_id)]
    filled = custody.facts(node("bag", bag_id), BagFillReported)
    return {fact.data.point_id for fact in (*told, *filled)}


def _point_of(custody: Custody, bag_id: str) -> str | None:
    told = [*installations_of(custody, bag_id), *collections_of(custody, bag_id)]
    if told:
        return told[0].data.point_id
    filled = custody.first(node("bag", bag_id), BagFillReported)
    return filled.data.point_id if filled else None


def load_of(custody: Custody, load_id: str) -> Load | None:
    """The load, None when no standing fact names it."""
    if node("load", load_id) not in custody.touching:
        return None
    book, disputes = book_of(custody, load_id), load_disputes(custody, load_id)
    sent, received = set(book.sent), set(book.received)
    rejected = book.rejected(sent | received)
    disputed = {each.bag_id for each in disputes if each.is_open}
    lost = {each.bag_id for each in disputes if each.settlement is Settlement.LOST}
    return Load(
        id=load_id,
        state=_load_state(custody, load_id, disputed, lost),
        sent=tuple(sorted(sent)),
        accepted=tuple(sorted(received - rejected)),
        rejected=tuple(sorted(rejected)),
        missing=tuple(sorted(bag_id for bag_id in sent if book.is_missing(bag_id))),
        disputed=tuple(sorted(disputed)),
        lost=tuple(sorted(lost)),
        holder_id=holder_of(custody, load_id),
    )


def _load_state(custody: Custody, load_id: str, disputed: set[str], lost: set[str]) -> LoadState:
    book = book_of(custody, load_id)
    if disputed or _is_unexplained(custody, load_id):
        return LoadState.DISPUTED
    if book.received:
        refused = book.rejected(set(book.sent) | set(book.received))
        return LoadState.PARTLY_ACCEPTED if refused or lost else LoadState.ACCEPTED
    if book.rejections:
        return LoadState.REJECTED
    if _arrived(book):
        return LoadState.DELIVERED
    hands = hands_of(custody, load_id)
    return LoadState.STORED if hands and hands[-1].into_storage else LoadState.DISPATCHED


def _is_unexplained(custody: Custody, load_id: str) -> bool:
    """Whether a receipt calls its difference grave while no bag shows one, now or in a dispute that ended."""
    declared = (fact.data.difference for fact in book_of(custody, load_id).receipts)
    return not load_disputes(custody, load_id) and any(each is not None and is_grave(each) for each in declared)


def _arrived(book: Book) -> bool:
    """Whether a handover reached the place or the receiver that the load was sent to."""
    goals = {fact.data.destination_id for fact in book.dispatches}
    return any(fact.data.receiver_id in goals or fact.data.place_id in goals for fact in book.handovers)


def batch_of(custody: Custody, batch_id: str) -> Batch | None:
    """The batch, None when no standing fact names it."""
    batch = node("batch", batch_id)
    if batch not in custody.touching:
        return None
    opened = custody.first(batch, BatchOpened)
    certificates = custody.around(batch, "certificate")
    return Batch(
        id=batch_id,
        state=batch_state(custody, batch_id),
        partner_id=opened.data.partner_id if opened else None,
        bag_ids=tuple(custody.inside(batch, "bag")),
        certificate_ids=tuple(certificates),
    )


@remembered
def batch_state(custody: Custody, batch_id: str) -> BatchState:
    """The state of a batch that some standing fact names."""
    if certificates := custody.around(node("batch", batch_id), "certificate"):
        states = {certificate_state(custody, each) for each in certificates}
        return BatchState.CERTIFIED if CertificateState.VALID in states else BatchState.SUSPENDED
    fractions = fractions_of(custody, batch_id)
    if fractions.is_final:
        return BatchState.FINAL
    return BatchState.PROCESSED if fractions.recycled else BatchState.OPEN


def certificate_state(custody: Custody, certificate_id: str) -> CertificateState | None:
    """Whether it holds; None when it was never issued. A replaced certificate holds no more, suspended or not."""
    certificate = node("certificate", certificate_id)
    issued = custody.first(certificate, CertificateIssued)
    if issued is None:
        return None
    siblings = custody.facts(node("batch", issued.data.batch_id), CertificateIssued)
    if any(fact.data.replaces_certificate_id == certificate_id for fact in siblings):
        return CertificateState.REPLACED
    suspended = custody.facts(certificate, CertificateSuspended)
    return CertificateState.SUSPENDED if suspended else CertificateState.VALID


def item_of(custody: Custody, item_id: str) -> Item | None:
    """The item, None when no standing drop names it."""
    drops = custody.facts(node("item", item_id), ItemDropped)
    if not drops:
        return None
    bags = sorted({fact.data.bag_id for fact in drops})
    broken, reason = (Break.IN_TWO_BAGS, None) if len(bags) > 1 else break_of(custody, bags[0])
    state = ItemState.BROKEN if broken else _item_state(custody, bags[0])
    return Item(item_id, state, broken, drops[0].data.category, tuple(bags), reason)


def _item_state(custody: Custody, bag_id: str) -> ItemState:
    """Of a bag split over several batches the least that any of them is: which one an item went into nobody says."""
    states = {batch_state(custody, each) for each in custody.around(node("bag", bag_id), "batch")}
    if states and BatchState.OPEN not in states:
        return ItemState.CERTIFIED if states == {BatchState.CERTIFIED} else ItemState.PROCESSED
    bag = bag_of(custody, bag_id)
    if bag is None:
        return ItemState.DROPPED
    return _STAGE_BY_BAG.get(bag.state, ItemState.DROPPED)


_STAGE_BY_BAG = {
    BagState.SEALED: ItemState.COLLECTED,
    BagState.IN_TRANSIT: ItemState.COLLECTED,
    BagState.DELIVERED: ItemState.DELIVERED,
    BagState.OPENED: ItemState.DELIVERED,
}


def states_of(custody: Custody) -> dict[NodeId, str]:
    """The state of every item, bag, load, batch and certificate, by node, sorted."""
    found: dict[NodeId, str] = {}
    for node_id in sorted(custody.touching.keys() | custody.children.keys()):
        kind, id = split_node(node_id)
        if (state := _state(custody, kind, id)) is not None:
            found[node_id] = state
    return found


def _state(custody: Custody, kind: str, id: str) -> str | None:
    if kind == "certificate":
        return certificate_state(custody, id)
    reader = {"item": item_of, "bag": bag_of, "load": load_of, "batch": batch_of}.get(kind)
    node_state = reader(custody, id) if reader else None
    return node_state.state if node_state else None
