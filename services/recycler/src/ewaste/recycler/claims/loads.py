"""What a recycler says of a load: weighed in, refused in whole or in part, and how a dispute about it ends."""

from typing import Final

from ewaste.contracts.events.logistics import ResolutionStated, Settlement
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, RefusalReason
from ewaste.contracts.fields import Part
from ewaste.recycler.claims.demands import once_each
from ewaste.recycler.claims.differences import difference_of
from ewaste.recycler.claims.model import Claim, Load, NotAccepted, Register, Terms

__all__ = ["WHOLE", "receive", "reject", "state_resolution"]

WHOLE: Final[tuple[str, ...]] = ()
"""A rejection that names no bags is of the whole load."""


def receive(register: Register, claim: Claim, data: LoadReceived, terms: Terms) -> Part:
    """A load is weighed in once, its bags add up, and none of them was rejected."""
    once_each([bag.bag_id for bag in data.bags], "data.bags.{}.bag_id")
    total = sum(bag.received_grams for bag in data.bags)
    if total != data.received_grams:
        detail = f"the bags add up to {total} g, received_grams says {data.received_grams}"
        raise NotAccepted(RefusalReason.SUMS_DO_NOT_CLOSE, detail, "data.received_grams")
    if _own_load(register, claim, data.load_id) is not None:
        detail = f"load {data.load_id} was weighed in before; correct that claim if it was wrong"
        raise NotAccepted(RefusalReason.LOAD_ALREADY_RECEIVED, detail, "data.load_id")
    rejected = _rejected(register, claim, data.load_id)
    for number, bag in enumerate(data.bags):
        if bag.bag_id in rejected:
            detail = f"you rejected bag {bag.bag_id} of load {data.load_id}; correct that first, or leave the bag out"
            raise NotAccepted(RefusalReason.LOAD_ALREADY_RECEIVED, detail, f"data.bags.{number}.bag_id")
    bags = {bag.bag_id: bag.received_grams for bag in data.bags}
    kept = {id: bag for id, bag in register.dispatched.get(data.load_id, {}).items() if id not in rejected}
    difference = difference_of(data, kept, terms.rules)
    time = claim.event.envelope.time
    register.loads[data.load_id] = Load(claim.partner_id, data.received_grams, difference, time, bags)
    for bag_id, grams in bags.items():
        register.received[bag_id] = {**register.received.get(bag_id, {}), data.load_id: grams}
    return data.model_copy(update={"difference": difference})


def reject(register: Register, claim: Claim, data: LoadRejected, _: Terms) -> Part:
    """A bag is rejected once, and never when it was weighed in; the whole load only where nothing was said of it."""
    once_each(data.bag_ids, "data.bag_ids.{}")
    load = _own_load(register, claim, data.load_id)
    rejected = _rejected(register, claim, data.load_id)
    if not data.bag_ids and (load is not None or rejected):
        detail = f"load {data.load_id} was weighed in or rejected in part; name the bags you reject now"
        raise NotAccepted(RefusalReason.LOAD_ALREADY_RECEIVED, detail, "data.bag_ids")
    for number, bag_id in enumerate(data.bag_ids):
        answered = "rejected" if bag_id in rejected else "weighed in" if load and bag_id in load.bags else None
        if answered is not None:
            detail = f"you {answered} bag {bag_id} of load {data.load_id} before; correct that claim if it was wrong"
            raise NotAccepted(RefusalReason.LOAD_ALREADY_RECEIVED, detail, f"data.bag_ids.{number}")
    register.rejections[data.load_id] = {**register.rejections.get(data.load_id, {}), claim.key: data.bag_ids}
    return data


def _rejected(register: Register, claim: Claim, load_id: str) -> frozenset[str]:
    """The bags of the load that this partner rejected. Raises `NotAccepted` where it rejected the whole load."""
    found: set[str] = set()
    for (partner_id, _), bag_ids in register.rejections.get(load_id, {}).items():
        if partner_id != claim.partner_id:
            continue
        if bag_ids == WHOLE:
            detail = f"you rejected the whole load {load_id}; correct that claim first"
            raise NotAccepted(RefusalReason.LOAD_ALREADY_RECEIVED, detail, "data.load_id")
        found.update(bag_ids)
    return frozenset(found)


def _own_load(register: Register, claim: Claim, load_id: str) -> Load | None:
    known = register.loads.get(load_id)
    if known is not None and known.partner_id != claim.partner_id:
        detail = f"load {load_id} was received by another partner"
        raise NotAccepted(RefusalReason.LOAD_OF_ANOTHER_PARTNER, detail, "data.load_id")
    return known


def state_resolution(register: Register, claim: Claim, data: ResolutionStated, _: Terms) -> Part:
    """The partner's own word about bags of a load that came to it; grams where the bag is accepted, none where lost."""
    if data.party_id != claim.partner_id:
        detail = f"party_id must be {claim.partner_id}, whose topic this is"
        raise NotAccepted(RefusalReason.SOURCE_OF_ANOTHER_PARTNER, detail, "data.party_id")
    once_each([bag.bag_id for bag in data.bags], "data.bags.{}.bag_id")
    known = _bags_of_load(register, claim, data.load_id)
    for number, bag in enumerate(data.bags):
        path = f"data.bags.{number}"
        if bag.bag_id not in known:
            detail = f"bag {bag.bag_id} was neither sent, weighed in nor rejected with load {data.load_id}"
            raise NotAccepted(RefusalReason.BAG_NOT_IN_LOAD, detail, f"{path}.bag_id")
        if (bag.settlement is Settlement.ACCEPTED) == (bag.gross_grams is None):
            detail = "gross_grams is what the accepted bag counts as; give it there, and leave it out of a lost one"
            raise NotAccepted(RefusalReason.SCHEMA, detail, f"{path}.gross_grams")
    stated = {bag.bag_id: bag.gross_grams for bag in data.bags}
    register.statements[data.load_id] = {**register.statements.get(data.load_id, {}), claim.key: stated}
    return data


def _bags_of_load(register: Register, claim: Claim, load_id: str) -> set[str]:
    load = _own_load(register, claim, load_id)
    rejections = register.rejections.get(load_id, {})
    rejected = [bag_ids for (partner_id, _), bag_ids in rejections.items() if partner_id == claim.partner_id]
    if load is None and not rejected:
        detail = f"you neither weighed in nor rejected load {load_id}"
        raise NotAccepted(RefusalReason.LOAD_UNKNOWN, detail, "data.load_id")
    bags = {*register.dispatched.get(load_id, {}), *(load.bags if load else ())}
    return bags.union(*rejected)
