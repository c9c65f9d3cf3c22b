"""The state of each node, derived from the set of standing facts and never stored by hand.

A state is the furthest stage that any fact shows, so a fact that arrives late changes nothing it should not; what an
earlier stage lacks is told by the trace.
"""

from ewaste.contracts.events.dropoff import BagFillReported, BagInstalled, ItemDropped
from ewaste.contracts.events.logistics import BinCollected, Difference, HandoverRecorded, LoadDispatched
from ewaste.contracts.events.recycler import BatchOpened, LoadReceived, LoadRejected
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended
from ewaste.evidence.custody import Custody, Fact
from ewaste.evidence.custody_fractions import fractions_of
from ewaste.evidence.custody_graph import NodeId, node, split_node
from ewaste.evidence.custody_handovers import (
    bag_comparisons,
    collections_of,
    is_grave,
    is_rejected,
    load_comparisons,
    rejected_of,
)
from ewaste.evidence.custody_model import (
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

__all__ = ["bag_of", "batch_of", "certificate_state", "installations_of", "item_of", "load_of", "states_of"]


def bag_of(custody: Custody, bag_id: str) -> Bag | None:
    """The bag, None when no standing fact names it."""
    bag = node("bag", bag_id)
    items, loads, batches = custody.inside(bag, "item"), custody.around(bag, "load"), custody.around(bag, "batch")
    state = _bag_state(custody, bag_id, items=items, loads=loads, batches=batches)
    if state is None:
        return None
    collected = next(iter(collections_of(custody, bag_id)), None)
    return Bag(
        id=bag_id,
        state=state,
        point_id=_point_of(custody, bag_id),
        seal_number=collected.data.seal_number if collected else None,
        gross_grams=collected.data.gross_grams if collected else None,
        net_grams=max(0, collected.data.gross_grams - collected.data.tare_grams) if collected else None,
        item_ids=tuple(items),
        load_ids=tuple(loads),
        batch_ids=tuple(batches),
        disputed=any(is_grave(each.difference) for each in bag_comparisons(custody, bag_id)),
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


def _point_of(custody: Custody, bag_id: str) -> str | None:
    told = [*installations_of(custody, bag_id), *collections_of(custody, bag_id)]
    if told:
        return told[0].data.point_id
    filled = custody.first(node("bag", bag_id), BagFillReported)
    return filled.data.point_id if filled else None


def load_of(custody: Custody, load_id: str) -> Load | None:
    """The load, None when no standing fact names it."""
    load = node("load", load_id)
    if load not in custody.touching:
        return None
    sent = {bag.bag_id for fact in custody.facts(load, LoadDispatched) for bag in fact.data.bags}
    received = {bag.bag_id for fact in custody.facts(load, LoadReceived) for bag in fact.data.bags}
    rejected = rejected_of(custody, load_id, sent | received)
    disputed = {each.bag_id for each in load_comparisons(custody, load_id) if is_grave(each.difference)}
    disputed |= received & rejected
    missing = sent - received - rejected if received or rejected else set()
    if sent:
        disputed |= received - sent
    return Load(
        id=load_id,
        state=_load_state(custody, load_id, received, rejected, disputed | missing),
        sent=tuple(sorted(sent)),
        accepted=tuple(sorted(received - rejected)),
        rejected=tuple(sorted(rejected)),
        missing=tuple(sorted(missing)),
        disputed=tuple(sorted(disputed)),
    )


def _load_state(
    custody: Custody, load_id: str, received: set[str], rejected: set[str], quarrelled: set[str]
) -> LoadState:
    load = node("load", load_id)
    receipts = custody.facts(load, LoadReceived)
    declared = (fact.data.difference for fact in receipts)
    if quarrelled or any(each is not None and is_grave(each) for each in declared):
        return LoadState.DISPUTED
    if received and rejected:
        return LoadState.PARTLY_ACCEPTED
    if received:
        return LoadState.ACCEPTED
    if custody.facts(load, LoadRejected):
        return LoadState.REJECTED
    return LoadState.DELIVERED if _arrived(custody, load_id) else LoadState.DISPATCHED


def _arrived(custody: Custody, load_id: str) -> bool:
    """Whether a handover reached the place or the receiver that the load was sent to."""
    load = node("load", load_id)
    goals = {fact.data.destination_id for fact in custody.facts(load, LoadDispatched)}
    handovers = custody.facts(load, HandoverRecorded)
    return any(fact.data.receiver_id in goals or fact.data.place_id in goals for fact in handovers)


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
    broken = _break_of(custody, bags)
    state = ItemState.BROKEN if broken else _item_state(custody, bags[0])
    return Item(item_id, state, broken, drops[0].data.category, tuple(bags))


def _break_of(custody: Custody, bags: list[str]) -> Break | None:
    if len(bags) > 1:
        return Break.IN_TWO_BAGS
    comparisons = bag_comparisons(custody, bags[0])
    if any(each.difference is Difference.SEAL_MISMATCH for each in comparisons):
        return Break.SEAL_MISMATCH
    batches = custody.around(node("bag", bags[0]), "batch")
    return Break.BAG_IN_TWO_BATCHES if len(batches) > 1 else None


def _item_state(custody: Custody, bag_id: str) -> ItemState:
    batches = custody.around(node("bag", bag_id), "batch")
    if batches and (state := batch_state(custody, batches[0])) is not BatchState.OPEN:
        return ItemState.CERTIFIED if state is BatchState.CERTIFIED else ItemState.PROCESSED
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
