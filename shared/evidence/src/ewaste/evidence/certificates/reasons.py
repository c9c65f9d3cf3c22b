"""Why a batch whose grams balance still gets no certificate: hands, seals, licences, signatures, landfill."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Final, TypeAlias

from ewaste.contracts.envelope import source_of_partner
from ewaste.contracts.events.logistics import LoadDispatched, ResolutionStated
from ewaste.contracts.events.recycler import (
    BatchOpened,
    BatchRecycled,
    FractionTreated,
    LoadReceived,
    PartnerRegistered,
)
from ewaste.contracts.fields import Context
from ewaste.evidence.custody.bags import is_in_two_loads
from ewaste.evidence.custody.balance import Balance
from ewaste.evidence.custody.disputes import bag_disputes
from ewaste.evidence.custody.fold import Custody, Evidence, Fact
from ewaste.evidence.custody.graph import event_node, node
from ewaste.evidence.custody.handovers import collections_of
from ewaste.evidence.custody.loads import book_of, is_rejected
from ewaste.evidence.custody.open_lines import LineCode, OpenLine

__all__ = ["claim_lines", "custody_lines", "licence_lines", "licences_of", "registration_at", "thai_day"]

# A licence is a matter of Thai days, and Thailand has had one offset and no summer time since 1920.
_BANGKOK: Final = timezone(timedelta(hours=7))
Confirmation: TypeAlias = Fact[LoadReceived] | Fact[BatchOpened] | Fact[BatchRecycled] | Fact[FractionTreated]


def custody_lines(custody: Custody, balanced: Balance) -> list[OpenLine]:
    """What is not known or in dispute of the way of each bag, and what was landfilled."""
    opened = custody.first(node("batch", balanced.batch_id), BatchOpened)
    lines: list[OpenLine] = []
    for each in balanced.inputs if opened else ():
        bag = node("bag", each.bag_id)
        holds = {
            LineCode.BAG_NOT_DISPATCHED: not custody.facts(bag, LoadDispatched),
            LineCode.BAG_NOT_RECEIVED: opened is not None
            and not receipts_of(custody, each.bag_id, opened.data.partner_id),
            LineCode.BAG_IN_TWO_LOADS: is_in_two_loads(custody, each.bag_id),
            LineCode.BAG_DISPUTED: any(dispute.is_open for dispute in bag_disputes(custody, each.bag_id)),
        }
        lines += [OpenLine(code, bag) for code, is_so in holds.items() if is_so]
    lines += _seal_lines(custody, balanced)
    if balanced.landfill_grams:
        batch = node("batch", balanced.batch_id)
        lines.append(OpenLine(LineCode.LANDFILLED, batch, balanced.landfill_grams))
    return lines


def receipts_of(custody: Custody, bag_id: str, partner_id: str) -> list[Fact[LoadReceived]]:
    """Where this partner weighed the bag in and did not refuse it."""
    return [
        fact
        for fact in custody.facts(node("bag", bag_id), LoadReceived)
        if fact.data.partner_id == partner_id and not is_rejected(custody, bag_id, fact.data.load_id)
    ]


def _seal_lines(custody: Custody, balanced: Balance) -> Iterator[OpenLine]:
    """A number that closes two of the batch's bags, or one of them and another bag of its loads."""
    bags = [each.bag_id for each in balanced.inputs]
    closes: dict[str, set[str]] = {}
    for bag_id in bags:
        for fact in collections_of(custody, bag_id):
            closes.setdefault(fact.data.seal_number, set()).add(bag_id)
    for load_id in {load_id for bag_id in bags for load_id in custody.around(node("bag", bag_id), "load")}:
        for bag_id, rows in book_of(custody, load_id).sent.items():
            for _, row in rows:
                closes.setdefault(row.seal_number, set()).add(bag_id)
    twice = {bag_id for bag_ids in closes.values() if len(bag_ids) > 1 for bag_id in bag_ids}
    return (OpenLine(LineCode.SEAL_USED_TWICE, node("bag", bag_id)) for bag_id in bags if bag_id in twice)


def confirmations_of(custody: Custody, balanced: Balance) -> list[Confirmation]:
    """What the recycler of the batch confirmed and the certificate rests on; empty of a batch not processed."""
    batch = node("batch", balanced.batch_id)
    recycled = custody.facts(batch, BatchRecycled)
    if not recycled:
        return []
    partner_id = recycled[0].data.partner_id
    received = {fact.index: fact for each in balanced.inputs for fact in receipts_of(custody, each.bag_id, partner_id)}
    treated = custody.facts(batch, FractionTreated)
    return [*received.values(), *custody.facts(batch, BatchOpened), *recycled, *treated]


def registration_at(custody: Custody, partner_id: str, moment: datetime) -> Fact[PartnerRegistered] | None:
    """The latest registration of a partner whose licence was valid on this Thai day.

    A licence told again, by its number and first day, with another last day was prolonged, shortened or withdrawn.
    """
    day = thai_day(moment)
    registrations = custody.facts(node("partner", partner_id), PartnerRegistered)
    licences = {(each.data.licence_number, each.data.licence_valid_from): each for each in registrations}
    valid = [each for each in licences.values() if each.data.licence_valid_from <= day <= each.data.licence_valid_until]
    return valid[-1] if valid else None


def thai_day(moment: datetime) -> date:
    return moment.astimezone(_BANGKOK).date()


def licences_of(custody: Custody, balanced: Balance) -> list[Fact[PartnerRegistered]]:
    """The registrations under whose licences the batch's confirmations were made, by ledger index."""
    found = {
        licence.index: licence
        for fact in confirmations_of(custody, balanced)
        if (licence := registration_at(custody, fact.data.partner_id, fact.evidence.event.envelope.time))
    }
    return [found[index] for index in sorted(found)]


def licence_lines(custody: Custody, balanced: Balance) -> Iterator[OpenLine]:
    """Every confirmation must be dated on a day on which its partner held a licence."""
    for fact in confirmations_of(custody, balanced):
        if registration_at(custody, fact.data.partner_id, fact.evidence.event.envelope.time) is None:
            partner = node("partner", fact.data.partner_id)
            known = custody.first(partner, PartnerRegistered) is not None
            yield OpenLine(LineCode.LICENCE_NOT_VALID if known else LineCode.PARTNER_UNKNOWN, partner)


def claim_lines(custody: Custody, inputs: Iterable[Evidence]) -> Iterator[OpenLine]:
    """Facts told for a partner that its own record does not say, or not yet: only the operator vouches for them."""
    for each in inputs:
        if each.event.type.context is Context.RECYCLER:
            envelope, claim = each.event.envelope, custody.claim_behind(each)
            if claim is None:
                yield OpenLine(LineCode.CLAIM_NOT_HERE, event_node(envelope.causationid or envelope.id))
            elif not _says_the_same(claim, each):
                yield OpenLine(LineCode.CLAIM_DIFFERS, event_node(envelope.id))


def _says_the_same(claim: Evidence, fact: Evidence) -> bool:
    """Whether the partner of the fact said so itself; the difference of a receipt is the service's to add."""
    said, told = claim.event.data, fact.event.data
    if isinstance(told, LoadReceived) and isinstance(said, LoadReceived):
        told = told.model_copy(update={"difference": said.difference})
    speaker: str = told.party_id if isinstance(told, ResolutionStated) else getattr(told, "partner_id", "")
    return said == told and claim.event.envelope.source == source_of_partner(speaker)
