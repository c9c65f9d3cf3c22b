"""What the parties and the municipality say of a dispute."""

from collections.abc import Sequence
from datetime import datetime

from ewaste.contracts.events.logistics import BagSettlement, DisputeDecided, ResolutionStated, Settlement
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.evidence.custody.fold import Fact
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.model import Dispute
from ewaste.logistics.model.cases import Case, HolderKind, kind_of
from ewaste.logistics.model.words import check_each_once, check_time

__all__ = ["decide", "resolve", "said_before"]


def resolve(said: ResolutionStated, at: datetime, case: Case, now: datetime) -> None:
    """A carrier's or store's word; raises `Refused`. Recyclers state by their own signed record."""
    _check(said.bags, at, case, now, "stated_at")
    if kind_of(case.custody, said.party_id) is HolderKind.PARTNER:
        detail = f"{said.party_id} is a recycler: it states by its own signed ResolutionStated record, not here"
        raise Refused("partner-signs", detail, field="party_id", status=CONFLICT)
    for _, bag, dispute in _disputed(said.bags, case):
        if said.party_id not in {dispute.giver_id, dispute.receiver_id}:
            detail = (
                f"{said.party_id} is no party: bag {bag.bag_id} went from {dispute.giver_id} to {dispute.receiver_id}; "
                "one of those two states how it ends"
            )
            raise Refused("not-a-party", detail, field="party_id", status=CONFLICT)


def decide(said: DisputeDecided, at: datetime, case: Case, now: datetime) -> None:
    """The municipality's decision; raises `Refused`, also before its time."""
    _check(said.bags, at, case, now, "decided_at")
    if kind_of(case.custody, said.decided_by) is not HolderKind.MUNICIPALITY:
        detail = f"{said.decided_by} is not registered as a municipality; only it decides. POST /actors registers it"
        raise Refused("not-the-municipality", detail, field="decided_by")
    for number, bag, dispute in _disputed(said.bags, case):
        if at < dispute.decidable_from:
            detail = (
                f"the dispute about bag {bag.bag_id} opened at {dispute.opened:%Y-%m-%d %H:%M} UTC; the parties have "
                f"{case.custody.rules.dispute_days} days, so decide from {dispute.decidable_from:%Y-%m-%d %H:%M} UTC on"
            )
            raise Refused("too-early", detail, field=f"bags.{number}.bag_id", status=CONFLICT)


def said_before(said: ResolutionStated | DisputeDecided, case: Case) -> bool:
    """Whether the last word of this party on these bags was just the same."""
    load = node("load", case.load_id)
    if isinstance(said, DisputeDecided):
        return any(fact.data == said for fact in case.custody.facts(load, DisputeDecided))
    own = [fact for fact in case.custody.facts(load, ResolutionStated) if _touches(fact, said)]
    return bool(own) and own[-1].data == said


def _touches(fact: Fact[ResolutionStated], said: ResolutionStated) -> bool:
    bag_ids = {bag.bag_id for bag in said.bags}
    return fact.data.party_id == said.party_id and any(bag.bag_id in bag_ids for bag in fact.data.bags)


def _check(bags: Sequence[BagSettlement], at: datetime, case: Case, now: datetime, field: str) -> None:
    check_time(at, now, field)
    check_each_once([bag.bag_id for bag in bags], "bags")
    for number, bag in enumerate(bags):
        accepted = bag.settlement is Settlement.ACCEPTED
        if accepted != (bag.gross_grams is not None):
            say = "say in gross_grams what it counts as" if accepted else "a lost bag has no grams: leave them out"
            raise Refused("grams-needed", f"bag {bag.bag_id}: {say}", field=f"bags.{number}.gross_grams")
        if accepted and (broken := case.break_of(bag.bag_id)):
            detail = f"break {broken.break_id} was declared for bag {bag.bag_id}; correct that break before it is whole"
            raise Refused("bag-broken", detail, field=f"bags.{number}.bag_id", status=CONFLICT)


def _disputed(bags: Sequence[BagSettlement], case: Case) -> list[tuple[int, BagSettlement, Dispute]]:
    """Each bag with its open dispute; of two that are open the one that opened first."""
    open_disputes = {one.bag_id: one for one in reversed(case.disputes) if one.is_open}
    for number, bag in enumerate(bags):
        if bag.bag_id not in open_disputes:
            detail = f"no dispute about bag {bag.bag_id} in load {case.load_id} is open; GET /disputes has those"
            raise Refused("no-dispute", detail, field=f"bags.{number}.bag_id", status=CONFLICT)
    return [(number, bag, open_disputes[bag.bag_id]) for number, bag in enumerate(bags)]
