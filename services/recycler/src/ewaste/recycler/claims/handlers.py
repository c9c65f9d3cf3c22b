"""Judge a turn of records: load what they name, decide in their order, save and tell at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import structlog
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.contracts.events.recycler import ConfirmationRefused
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import Event
from ewaste.contracts.topics import partner_of
from ewaste.evidence.ledger.record import Record
from ewaste.recycler.claims import storage
from ewaste.recycler.claims.authenticity import authenticate, claimed_key
from ewaste.recycler.claims.judgement import judge
from ewaste.recycler.claims.loading import load
from ewaste.recycler.claims.model import Claim, NotAccepted, Refusal, Register, Terms
from ewaste.recycler.partners.model import Known
from ewaste.recycler.partners.storage import known_to
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["judge_records", "learn_told"]

_log = structlog.get_logger(__name__)
_TEXT_CHARACTERS = 200
_DETAIL_CHARACTERS = 500


async def judge_records(
    tx: Transaction, outbox: Outbox, terms: Terms, records: Sequence[Record], now: datetime
) -> None:
    """Every record becomes a fact, a refusal, or nothing because its claim was accepted before; none is skipped."""
    known = await known_to(tx, _partner_ids(records), {kid for each in records if (kid := claimed_key(each))})
    read = [_authenticated(record, known) for record in records]
    # From here on one process decides at a time: two partners may name the same bag.
    await storage.take_turn(tx)
    register = await load(tx, [each for each in read if isinstance(each, Claim)])
    before = register.copy()
    verdicts = [_verdict(register, each, known, terms, now) for each in read]
    await storage.save(tx, before, register)
    refusals = [each for each in verdicts if isinstance(each, Refusal)]
    await storage.add_refusals(tx, refusals, now)
    await outbox.add(tx, *(_fact(each, now) for each in verdicts if each is not None))
    for refusal in refusals:
        _tell(refusal)


async def learn_told(tx: Transaction, events: Sequence[Event]) -> None:
    """Remember what logistics weighed, sent, settled and took back, to compare claims with it."""
    await storage.add_told(tx, [(event.envelope.id, event.data) for event in events])


@dataclass(frozen=True, slots=True)
class _Accepted:
    fact: Fact


def _partner_ids(records: Sequence[Record]) -> set[str]:
    return {partner_id for topic in {each.topic for each in records} if (partner_id := partner_of(topic))}


def _authenticated(record: Record, known: Known) -> Claim | Refusal:
    try:
        return authenticate(record, known)
    except NotAccepted as refused:
        return _refusal(record, refused, _event_id(record))


def _verdict(
    register: Register, read: Claim | Refusal, known: Known, terms: Terms, now: datetime
) -> _Accepted | Refusal | None:
    if isinstance(read, Refusal):
        return read
    envelope, fact_id = read.event.envelope, uuid7()
    try:
        data = judge(register, read, known.partners[read.partner_id], terms=terms, fact_id=fact_id, now=now)
    except NotAccepted as refused:
        return _refusal(read.record, refused, envelope.id)
    if data is None:
        return None
    return _Accepted(Fact(data, envelope.time, str(envelope.id), envelope.correlationid, fact_id))


def _refusal(record: Record, refused: NotAccepted, event_id: UUID | None) -> Refusal:
    return Refusal(
        record,
        refused.reason,
        _shown(refused.detail, _DETAIL_CHARACTERS) or "",
        _shown(refused.field),
        partner_of(record.topic),
        event_id,
    )


def _event_id(record: Record) -> UUID | None:
    try:
        return open_envelope(record.value).id
    except InvalidEvent:
        return None


def _shown(text: str | None, most: int = _TEXT_CHARACTERS) -> str | None:
    """Text that a stranger may have had a hand in, as a database and an event take it."""
    if text is None:
        return None
    return "".join(each if each.isprintable() else "?" for each in text[:most]).strip() or None


def _fact(verdict: _Accepted | Refusal, now: datetime) -> Fact:
    if isinstance(verdict, _Accepted):
        return verdict.fact
    record, event_id = verdict.record, str(verdict.event_id) if verdict.event_id else None
    data = ConfirmationRefused(
        topic=record.topic[:_TEXT_CHARACTERS],
        partition=record.partition,
        offset=record.offset,
        value_sha256=sha256(record.value or b"").hexdigest(),
        reason=verdict.reason,
        field=verdict.field,
        partner_id=verdict.partner_id,
        refused_event_id=event_id,
    )
    return Fact(data, now, event_id)


def _tell(refusal: Refusal) -> None:
    _log.warning(
        "confirmation refused",
        reason=refusal.reason,
        detail=refusal.detail,
        topic=refusal.record.topic,
        partition=refusal.record.partition,
        offset=refusal.record.offset,
    )
