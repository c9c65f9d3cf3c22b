"""The chain of one node as a tree, told in English and Thai, with what is still missing.

Each branch is a node of the chain with its facts in the order they happened. `then` is where it went on from there:
item, bag, load and batch, fractions and certificate. `inside` is what the node asked for holds.
"""

from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import replace
from typing import Final

from ewaste.contracts.events.dropoff import BagInstalled, ItemDropped
from ewaste.contracts.events.logistics import (
    BinCollected,
    CustodyBreakDeclared,
    DisputeDecided,
    HandoverRecorded,
    LoadDispatched,
    ResolutionStated,
)
from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, FractionTreated, LoadReceived, LoadRejected
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended
from ewaste.contracts.fields import Part
from ewaste.evidence.custody.bags import allocation_of, is_in_two_loads
from ewaste.evidence.custody.balance import balance
from ewaste.evidence.custody.disputes import bag_disputes
from ewaste.evidence.custody.fold import Custody
from ewaste.evidence.custody.fractions import Fraction, Fractions, fractions_of
from ewaste.evidence.custody.graph import NodeId, fraction_node, node, split_node
from ewaste.evidence.custody.handovers import bag_comparisons, collections_of
from ewaste.evidence.custody.loads import hands_of
from ewaste.evidence.custody.model import Bag
from ewaste.evidence.custody.open_lines import LineCode, OpenLine
from ewaste.evidence.custody.states import bag_of, batch_of, certificate_state, installations_of, item_of, load_of
from ewaste.evidence.custody.tree import (
    Missing,
    Trace,
    branch,
    missing_fact,
    missing_hand,
    missing_line,
    steps_of,
    told_dispute,
)
from ewaste.evidence.rules.operations import OPERATIONS

__all__ = ["Trace", "UnknownNode", "trace"]

_OF_BAG: Final = (BagInstalled, BinCollected, ResolutionStated, DisputeDecided, CustodyBreakDeclared)


class UnknownNode(LookupError):
    """No standing fact names this node: answer that it is not known (yet)."""


def trace(custody: Custody, node_id: NodeId) -> Trace:
    """The chain of an item, bag, load, batch or certificate; raises UnknownNode when no standing fact names it.

    True with the evidence of `related_nodes(node_id)` and what that mentions; more evidence changes nothing.
    """
    kind, id = split_node(node_id)
    grow = _ROOTS.get(kind)
    if grow is None:
        raise UnknownNode(f"{node_id} has no chain; ask for one of {', '.join(_ROOTS)}")
    found = grow(custody, id)
    if found is None:
        raise UnknownNode(f"no standing fact names {node_id}; check the id, or wait until its first event arrives")
    return found


def _item(custody: Custody, item_id: str) -> Trace | None:
    found = _dropped(custody, item_id)
    item = item_of(custody, item_id)
    bags = [_bag(custody, each) for each in item.bag_ids] if item else []
    return replace(found, then=_known(bags)) if found else None


def _dropped(custody: Custody, item_id: str) -> Trace | None:
    """An item without what became of it."""
    item = item_of(custody, item_id)
    if item is None:
        return None
    details = {"category": item.category, "broken": item.broken, "break_reason": item.break_reason}
    steps = steps_of(custody, node("item", item_id), ItemDropped)
    return branch("item", item_id, item.state, details=details, steps=steps)


def _bag_root(custody: Custody, bag_id: str) -> Trace | None:
    found, items = _bag(custody, bag_id), custody.inside(node("bag", bag_id), "item")
    return replace(found, inside=_known(_dropped(custody, each) for each in items)) if found else None


def _bag(custody: Custody, bag_id: str, *, into: frozenset[str] = frozenset({"load", "batch"})) -> Trace | None:
    """A bag and where it went; `into` are the kinds of branches to follow."""
    bag = bag_of(custody, bag_id)
    if bag is None:
        return None
    loads = [_load(custody, each) for each in bag.load_ids if "load" in into]
    batches = [_batch(custody, each, {bag_id}) for each in bag.batch_ids if "batch" in into]
    details = {
        "point_id": bag.point_id,
        "seal_number": bag.seal_number,
        "gross_grams": bag.gross_grams,
        "net_grams": bag.net_grams,
        "disputed": bag.disputed,
        "broken": bag.broken,
        "break_reason": bag.break_reason,
        "holder_id": bag.holder_id,
        "allocated_grams": allocation_of(custody, bag_id).grams,
        "load_ids": list(bag.load_ids),
        "batch_ids": list(bag.batch_ids),
    }
    return branch(
        "bag",
        bag_id,
        bag.state,
        details=details,
        steps=steps_of(custody, node("bag", bag_id), *_OF_BAG),
        differences=bag_comparisons(custody, bag_id),
        disputes=tuple(told_dispute(custody, each) for each in bag_disputes(custody, bag_id)),
        missing=_bag_lacks(custody, bag),
        then=_known([*loads, *batches]),
    )


def _bag_lacks(custody: Custody, bag: Bag) -> tuple[Missing, ...]:
    present: dict[type[Part], Sized] = {
        BagInstalled: installations_of(custody, bag.id),
        BinCollected: collections_of(custody, bag.id),
        LoadDispatched: bag.load_ids,
        BatchOpened: bag.batch_ids,
    }
    name = node("bag", bag.id)
    holds = {LineCode.BAG_IN_TWO_LOADS: is_in_two_loads(custody, bag.id), LineCode.BAG_DISPUTED: bag.disputed}
    lines = [OpenLine(code, name) for code, is_so in holds.items() if is_so]
    return (*_lacks(name, present), *map(missing_line, lines))


def _lacks(node_id: NodeId, present: Mapping[type[Part], Sized]) -> tuple[Missing, ...]:
    return tuple(missing_fact(node_id, model) for model, found in present.items() if not found)


def _load_root(custody: Custody, load_id: str) -> Trace | None:
    found, load = _load(custody, load_id), load_of(custody, load_id)
    if found is None or load is None:
        return None
    bag_ids = sorted({*load.sent, *load.accepted, *load.rejected})
    batch_ids = sorted({each for bag_id in bag_ids for each in custody.around(node("bag", bag_id), "batch")})
    batches = [_batch(custody, each, set(bag_ids)) for each in batch_ids]
    # The batch once beside the bags, not under each of them.
    bags = [_bag(custody, each, into=frozenset()) for each in bag_ids]
    return replace(found, then=_known(batches), inside=_known(bags))


def _load(custody: Custody, load_id: str) -> Trace | None:
    load = load_of(custody, load_id)
    if load is None:
        return None
    name = node("load", load_id)
    present: dict[type[Part], Sized] = {
        LoadDispatched: custody.facts(name, LoadDispatched),
        HandoverRecorded: custody.facts(name, HandoverRecorded),
        LoadReceived: [*custody.facts(name, LoadReceived), *custody.facts(name, LoadRejected)],
    }
    details = {
        "sent": len(load.sent),
        "accepted": len(load.accepted),
        "rejected": len(load.rejected),
        "missing": len(load.missing),
        "disputed": len(load.disputed),
        "lost": len(load.lost),
        "holder_id": load.holder_id,
    }
    gaps = [missing_hand(name, hand) for hand in hands_of(custody, load_id) if hand.has_gap]
    return branch(
        "load",
        load_id,
        load.state,
        details=details,
        steps=steps_of(custody, name, LoadDispatched, HandoverRecorded, LoadReceived, LoadRejected),
        missing=(*_lacks(name, present), *gaps),
    )


def _batch_root(custody: Custody, batch_id: str) -> Trace | None:
    batch = batch_of(custody, batch_id)
    found = _batch(custody, batch_id, set(batch.bag_ids)) if batch else None
    if batch is None or found is None:
        return None
    load_ids = sorted({each for bag_id in batch.bag_ids for each in custody.around(node("bag", bag_id), "load")})
    inside = [*(_load(custody, each) for each in load_ids), *(_filled(custody, each) for each in batch.bag_ids)]
    return replace(found, inside=_known(inside))


def _filled(custody: Custody, bag_id: str) -> Trace | None:
    """A bag with its items, without where it went."""
    bag, items = _bag(custody, bag_id, into=frozenset()), custody.inside(node("bag", bag_id), "item")
    return replace(bag, inside=_known(_dropped(custody, each) for each in items)) if bag else None


def _batch(custody: Custody, batch_id: str, bag_ids: set[str]) -> Trace | None:
    """A batch, its fractions and certificates; of what its balance lacks only what concerns it or these bags."""
    batch = batch_of(custody, batch_id)
    if batch is None:
        return None
    # The other bags' facts need not be here: what a chain says must not depend on it.
    told = balance(custody, batch_id, of_bags=bag_ids)
    name, fractions = node("batch", batch_id), fractions_of(custody, batch_id)
    missing = [missing_line(line) for line in told.open_lines]
    if not batch.certificate_ids:
        missing.append(missing_fact(name, CertificateIssued))
    details = {
        "partner_id": batch.partner_id,
        "input_grams": told.input_grams,
        "own_grams": told.own_grams,
        "output_grams": told.output_grams,
        "process_loss_grams": told.process_loss_grams,
        "difference_grams": told.difference_grams,
        "tolerance_grams": told.tolerance_grams,
        "landfill_grams": told.landfill_grams,
    }
    return branch(
        "batch",
        batch_id,
        batch.state,
        details=details,
        steps=steps_of(custody, name, BatchOpened, BatchRecycled),
        missing=tuple(missing),
        then=(
            *_fractions(custody, batch_id, fractions),
            *_known(_certificate(custody, each) for each in batch.certificate_ids),
        ),
    )


def _fractions(custody: Custody, batch_id: str, fractions: Fractions) -> list[Trace]:
    """The outputs as trees: an interim fraction with what its treatments gave."""
    grown: dict[str, Trace] = {}
    # Backwards, so that what a fraction gave is grown before it; one named twice hangs where it was first said.
    for id, fraction in reversed(fractions.by_id.items()):
        treatments = {each.index for each in fraction.treatments}
        gave = [
            child for child in fraction.children if child != id and fractions.by_id[child].said_by.index in treatments
        ]
        grown[id] = _fraction(custody, batch_id, fraction, tuple(grown[child] for child in dict.fromkeys(gave)))
    return [grown[id] for id in fractions.roots]


def _fraction(custody: Custody, batch_id: str, fraction: Fraction, then: tuple[Trace, ...]) -> Trace:
    output = fraction.output
    name = fraction_node(batch_id, output.fraction_id)
    treatments = {each.index for each in fraction.treatments}
    steps = tuple(step for step in steps_of(custody, name, FractionTreated) if step.index in treatments)
    state = "treated" if fraction.treatments else "final" if fraction.is_final else "waiting"
    details = {
        "material": output.material,
        "grams": output.grams,
        "operation": output.operation,
        "operation_meaning": OPERATIONS[output.operation].meaning,
        "facility_id": output.facility_id,
        "facility_country": output.facility_country,
        "pieces": output.pieces,
        "waste_code": output.waste_code,
        "prepared_for_reuse": output.prepared_for_reuse,
        "said_at_index": fraction.said_by.index,
    }
    return replace(branch("fraction", output.fraction_id, state, details=details, steps=steps, then=then), node=name)


def _certificate_root(custody: Custody, certificate_id: str) -> Trace | None:
    found = _certificate(custody, certificate_id)
    issued = custody.first(node("certificate", certificate_id), CertificateIssued)
    batch = _batch_root(custody, issued.data.batch_id) if issued else None
    return replace(found, inside=_known([batch])) if found else None


def _certificate(custody: Custody, certificate_id: str) -> Trace | None:
    state = certificate_state(custody, certificate_id)
    if state is None:
        return None
    steps = steps_of(custody, node("certificate", certificate_id), CertificateIssued, CertificateSuspended)
    return branch("certificate", certificate_id, state, details={}, steps=steps)


_ROOTS: Final[Mapping[str, Callable[[Custody, str], Trace | None]]] = {
    "item": _item,
    "bag": _bag_root,
    "load": _load_root,
    "batch": _batch_root,
    "certificate": _certificate_root,
}


def _known(branches: Iterable[Trace | None]) -> tuple[Trace, ...]:
    return tuple(each for each in branches if each is not None)
