"""Disputes about bags: what opened them, what the parties and the municipality said, and how they ended.

A dispute is about one bag in one load. The first grave difference opens it, and it ends when giver and receiver of that
change of hands say the same, or when the municipality decides after the days that the rules give them. All of it
follows from the set of standing facts, in the order they happened: nothing is stored, and late facts change it all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from ewaste.contracts.envelope import source_of_partner
from ewaste.contracts.events.logistics import (
    BagSettlement,
    Difference,
    DisputeDecided,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, PartnerRegistered
from ewaste.contracts.fields import Context
from ewaste.evidence.custody.fold import Custody, Evidence, Fact, remembered
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.handovers import Comparison, bag_comparisons, load_comparisons
from ewaste.evidence.custody.loads import Book, book_of, custodian_before
from ewaste.evidence.custody.model import Dispute, DisputeKind, DisputeState, Ignored, Statement
from ewaste.evidence.rules.ruleset import classify_handover

__all__ = ["agreed_grams", "bag_disputes", "is_lost", "load_disputes"]

_Moment: TypeAlias = tuple[datetime, int, int]
_Word: TypeAlias = Fact[ResolutionStated] | Fact[DisputeDecided]
_Answer: TypeAlias = Fact[LoadReceived] | Fact[LoadRejected]
_Said: TypeAlias = tuple[_Word, BagSettlement]
_KINDS: Final = {
    Difference.SEAL_MISMATCH: DisputeKind.SEAL_MISMATCH,
    Difference.SIGNIFICANT: DisputeKind.SIGNIFICANT,
}


class _Trouble(NamedTuple):
    """One grave difference; `compared` where both sides weighed."""

    moment: _Moment
    bag_id: str
    load_id: str
    kind: DisputeKind
    opened_at: int
    giver_id: str | None
    receiver_id: str
    compared: Comparison | None


class _End(NamedTuple):
    moment: _Moment
    dispute: Dispute


@remembered
def bag_disputes(custody: Custody, bag_id: str) -> tuple[Dispute, ...]:
    """Every dispute about a bag, in the order they opened; also what only the street scale shows."""
    load_ids = custody.around(node("bag", bag_id), "load")
    troubles = [_of_comparison(each) for each in bag_comparisons(custody, bag_id) if each.is_grave]
    for load_id in load_ids:
        troubles += _count_troubles(book_of(custody, load_id), load_id, bag_id)
    return _disputes(custody, troubles, bag_comparisons(custody, bag_id)) if troubles else ()


@remembered
def load_disputes(custody: Custody, load_id: str) -> tuple[Dispute, ...]:
    """Every dispute about any bag of a load, from the load's own records alone: by bag, then as they opened."""
    book = book_of(custody, load_id)
    by_bag: dict[str, list[_Trouble]] = {}
    for each in load_comparisons(custody, load_id):
        if each.is_grave:
            by_bag.setdefault(each.bag_id, []).append(_of_comparison(each))
    for bag_id in book.bag_ids:
        for trouble in _count_troubles(book, load_id, bag_id):
            by_bag.setdefault(bag_id, []).append(trouble)
    compared: dict[str, list[Comparison]] = {}
    for each in load_comparisons(custody, load_id) if by_bag else ():
        compared.setdefault(each.bag_id, []).append(each)
    return tuple(
        dispute for bag_id in sorted(by_bag) for dispute in _disputes(custody, by_bag[bag_id], compared.get(bag_id, ()))
    )


def agreed_grams(custody: Custody, bag_id: str) -> int | None:
    """Gross grams that the last dispute ended with, by when it ended; None: nothing was agreed."""
    ended = [each for each in bag_disputes(custody, bag_id) if each.gross_grams is not None and each.ended is not None]
    return max(ended, key=_last_end).gross_grams if ended else None


def _last_end(dispute: Dispute) -> tuple[datetime, datetime, str]:
    assert dispute.ended is not None
    return dispute.ended, dispute.opened, dispute.load_id


def is_lost(custody: Custody, bag_id: str) -> bool:
    """Whether a dispute ended with nobody knowing where the contents are."""
    return any(each.settlement is Settlement.LOST for each in bag_disputes(custody, bag_id))


def _of_comparison(each: Comparison) -> _Trouble:
    moment = (each.time, each.event_id, each.index)
    kind = _KINDS[each.difference]
    return _Trouble(moment, each.bag_id, each.load_id, kind, each.index, each.giver_id, each.receiver_id, each)


def _count_troubles(book: Book, load_id: str, bag_id: str) -> Iterator[_Trouble]:
    """Any difference in the number of pieces is significant (40 CFR 264.72), and so is a bag both taken and refused."""
    if book.is_missing(bag_id):
        yield _of_answer(book, load_id, bag_id, _first([*book.receipts, *book.rejections]))
    elif book.is_foreign(bag_id):
        yield _of_answer(book, load_id, bag_id, book.received[bag_id][0][0])
    if book.is_contradicted(bag_id):
        refusals = [fact for fact in book.rejections if not fact.data.bag_ids or bag_id in fact.data.bag_ids]
        # The later of the two words is the one that contradicts.
        later = max(_first(refusals), book.received[bag_id][0][0], key=_moment)
        yield _of_answer(book, load_id, bag_id, later)


def _first(facts: Sequence[_Answer]) -> _Answer:
    return min(facts, key=_moment)


def _of_answer(book: Book, load_id: str, bag_id: str, fact: _Answer) -> _Trouble:
    giver = custodian_before(book, fact)
    return _Trouble(
        _moment(fact), bag_id, load_id, DisputeKind.COUNT, fact.index, giver, fact.data.partner_id, compared=None
    )


def _moment(fact: _Answer | _Word) -> _Moment:
    envelope = fact.evidence.event.envelope
    return envelope.time, envelope.id.int, fact.index


def _disputes(custody: Custody, troubles: list[_Trouble], compared: Sequence[Comparison]) -> tuple[Dispute, ...]:
    """One after the other: what an ended dispute explains opens none, what comes after it may open the next."""
    found: list[_End | Dispute] = []
    for trouble in sorted(troubles, key=lambda each: (each.moment, each.load_id, each.kind)):
        place = next((n for n, each in enumerate(found) if _explains(custody, each, trouble, compared)), None)
        if place is None:
            found.append(_dispute(custody, trouble, after=_ended_before(found, trouble.load_id)))
        elif _dispute_of(found[place]).load_id == trouble.load_id:
            found[place] = _also(found[place], trouble.kind)
    return tuple(map(_dispute_of, found))


def _dispute_of(each: _End | Dispute) -> Dispute:
    return each.dispute if isinstance(each, _End) else each


def _also(each: _End | Dispute, kind: DisputeKind) -> _End | Dispute:
    dispute = _dispute_of(each)
    more = replace(dispute, kinds=tuple(sorted({*dispute.kinds, kind})))
    return each._replace(dispute=more) if isinstance(each, _End) else more


def _ended_before(found: Iterable[_End | Dispute], load_id: str) -> _Moment | None:
    return max(
        (each.moment for each in found if isinstance(each, _End) and each.dispute.load_id == load_id), default=None
    )


def _explains(custody: Custody, each: _End | Dispute, trouble: _Trouble, compared: Sequence[Comparison]) -> bool:
    """Whether a difference belongs to this dispute, or follows from how it ended."""
    if isinstance(each, Dispute):
        return each.load_id == trouble.load_id
    ended = each.dispute
    if ended.settlement is Settlement.LOST:
        return True
    if trouble.moment <= each.moment:
        return ended.load_id == trouble.load_id
    if trouble.compared is None or ended.gross_grams is None:
        return False
    # From then on the agreed grams are the giver's word, and the seals read until then are the bag's.
    until = [one for one in compared if (one.time, one.event_id, one.index) <= each.moment]
    seals = {seal for one in until for seal in (one.seal_given, one.seal_read)}
    difference = classify_handover(
        seal_given="" if trouble.compared.seal_read in seals else trouble.compared.seal_given,
        seal_read="" if trouble.compared.seal_read in seals else trouble.compared.seal_read,
        given_grams=ended.gross_grams,
        received_grams=trouble.compared.received_grams,
        rules=custody.rules,
    )
    return difference not in _KINDS


def _dispute(custody: Custody, trouble: _Trouble, after: _Moment | None) -> _End | Dispute:
    opened = Dispute(
        bag_id=trouble.bag_id,
        load_id=trouble.load_id,
        kind=trouble.kind,
        kinds=(trouble.kind,),
        index=trouble.opened_at,
        opened=trouble.moment[0],
        decidable_from=trouble.moment[0] + timedelta(days=custody.rules.dispute_days),
        giver_id=trouble.giver_id,
        receiver_id=trouble.receiver_id,
    )
    statements: list[Statement] = []
    words: dict[str, tuple[int, BagSettlement]] = {}
    for fact, row in _said(custody, trouble.load_id).get(trouble.bag_id, ()):
        if after is not None and _moment(fact) <= after:
            continue
        ignored = _ignored(custody, opened, fact, row)
        statements.append(_statement(fact, row, ignored))
        if ignored is not None:
            continue
        if isinstance(fact.data, DisputeDecided):
            return _ended(opened, fact, row, statements, DisputeState.DECIDED, (fact.index,))
        words[fact.data.party_id] = (fact.index, row)
        if len(words) == 2 and len({_outcome(word) for _, word in words.values()}) == 1:
            indices = tuple(sorted(index for index, _ in words.values()))
            return _ended(opened, fact, row, statements, DisputeState.RESOLVED, indices)
    return replace(opened, statements=tuple(statements))


@remembered
def _said(custody: Custody, load_id: str) -> dict[str, list[_Said]]:
    """What was said of each bag of a load, in that order; where one word names a bag twice the first counts."""
    load = node("load", load_id)
    facts: list[_Word] = [*custody.facts(load, ResolutionStated), *custody.facts(load, DisputeDecided)]
    said: dict[str, list[_Said]] = {}
    for fact in sorted(facts, key=_moment):
        for bag_id, row in {row.bag_id: row for row in reversed(fact.data.bags)}.items():
            said.setdefault(bag_id, []).append((fact, row))
    return said


def _ignored(custody: Custody, opened: Dispute, fact: _Word, row: BagSettlement) -> Ignored | None:
    """Why a word does not count; None: it does."""
    if row.settlement is Settlement.ACCEPTED and row.gross_grams is None:
        return Ignored.NO_GRAMS
    decided = isinstance(fact.data, DisputeDecided)
    # What was agreed about an earlier difference says nothing of one that nobody had seen.
    if fact.evidence.event.envelope.time < (opened.decidable_from if decided else opened.opened):
        return Ignored.TOO_EARLY
    if isinstance(fact.data, DisputeDecided):
        return None
    if fact.data.party_id not in (opened.giver_id, opened.receiver_id):
        return Ignored.NOT_A_PARTY
    return None if _speaks_for_itself(custody, fact.evidence, fact.data.party_id) else Ignored.NOT_BY_ITSELF


def _speaks_for_itself(custody: Custody, said: Evidence, party_id: str) -> bool:
    """Nobody but a partner itself speaks for it, and a partner in records that it signed for nobody else."""
    if said.event.type.context is Context.RECYCLER:
        claim = custody.claim_behind(said)
        return claim is None or claim.event.envelope.source == source_of_partner(party_id)
    return custody.first(node("partner", party_id), PartnerRegistered) is None


def _outcome(row: BagSettlement) -> tuple[Settlement, int | None]:
    return row.settlement, row.gross_grams if row.settlement is Settlement.ACCEPTED else None


def _statement(fact: _Word, row: BagSettlement, ignored: Ignored | None) -> Statement:
    decided = isinstance(fact.data, DisputeDecided)
    settlement, grams = _outcome(row)
    party_id = fact.data.decided_by if isinstance(fact.data, DisputeDecided) else fact.data.party_id
    return Statement(
        fact.index, fact.evidence.event.envelope.time, party_id, decided, settlement, grams, row.cause, ignored
    )


def _ended(
    opened: Dispute,
    fact: _Word,
    row: BagSettlement,
    statements: list[Statement],
    state: DisputeState,
    ended_by: tuple[int, ...],
) -> _End:
    settlement, grams = _outcome(row)
    moment = _moment(fact)
    ended = replace(
        opened,
        state=state,
        settlement=settlement,
        gross_grams=grams,
        cause=row.cause,
        ended=moment[0],
        ended_by=ended_by,
        statements=tuple(statements),
    )
    return _End(moment, ended)
