"""A partner takes a claim back: our fact is corrected, and what the fact had used becomes free again."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.recycler import RefusalReason
from ewaste.recycler.claims.allocation import free
from ewaste.recycler.claims.model import Claim, ClaimKey, Judged, NotAccepted, Register, Terms

__all__ = ["withdraw"]

K = TypeVar("K")
V = TypeVar("V")


def withdraw(register: Register, claim: Claim, data: EventCorrected, terms: Terms) -> EventCorrected:
    """The correction of our own fact; raises `NotAccepted` while other claims rest on it."""
    key = claim.partner_id, _event_id(data.corrected_event_id, "data.corrected_event_id")
    found = register.claims.get(key)
    if data.corrected_source != claim.event.envelope.source or found is None or found.fact_id is None:
        raise _unknown(data.corrected_event_id)
    if found.withdrawn or found.kind not in _UNDO:
        raise _unknown(data.corrected_event_id)
    _UNDO[found.kind](register, key, found)
    register.claims[key] = replace(found, withdrawn=True)
    return EventCorrected(
        corrected_event_id=str(found.fact_id),
        corrected_source=terms.source,
        replacement_event_id=_fact_of(register, claim.partner_id, data.replacement_event_id),
        reason=data.reason,
    )


def _unknown(event_id: str) -> NotAccepted:
    detail = f"{event_id} is no accepted claim of yours that still stands"
    return NotAccepted(RefusalReason.CORRECTED_EVENT_UNKNOWN, detail, "data.corrected_event_id")


def _event_id(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotAccepted(RefusalReason.SCHEMA, f"{text} is not the id of an event", field) from None


def _fact_of(register: Register, partner_id: str, event_id: str | None) -> str | None:
    """The replacement's fact, where it was accepted before; one that comes later stands by itself."""
    if event_id is None:
        return None
    found = register.claims.get((partner_id, _event_id(event_id, "data.replacement_event_id")))
    return str(found.fact_id) if found and found.fact_id else None


def _load_received(register: Register, key: ClaimKey, found: Judged) -> None:
    load_id = found.aggregate_id
    if any(partner_id == key[0] for partner_id, _ in register.statements.get(load_id, {})):
        raise _in_use(f"you stated how the dispute about load {load_id} ends; correct that first")
    for bag_id in register.loads.pop(load_id).bags:
        _drop(register.received, bag_id, load_id)


def _load_rejected(register: Register, key: ClaimKey, found: Judged) -> None:
    _drop(register.rejections, found.aggregate_id, key)


def _resolution_stated(register: Register, key: ClaimKey, found: Judged) -> None:
    _drop(register.statements, found.aggregate_id, key)


def _drop(where: dict[str, Mapping[K, V]], of: str, name: K) -> None:
    """One entry less, and nothing left of what has no more."""
    if left := {key: value for key, value in where.pop(of, {}).items() if key != name}:
        where[of] = left


def _batch_opened(register: Register, _: ClaimKey, found: Judged) -> None:
    batch = register.batches[found.aggregate_id]
    if batch.recycled_at is not None:
        raise _in_use(f"batch {found.aggregate_id} was recycled; correct that first")
    free(register, found.aggregate_id)
    del register.batches[found.aggregate_id]


def _batch_recycled(register: Register, _: ClaimKey, found: Judged) -> None:
    batch = register.batches[found.aggregate_id]
    if batch.treatments:
        raise _in_use(f"fractions of batch {found.aggregate_id} were treated; correct those treatments first")
    register.batches[found.aggregate_id] = replace(batch, recycled_at=None, process_loss_grams=None, fractions={})


def _fraction_treated(register: Register, _: ClaimKey, found: Judged) -> None:
    batch, treatment_id = register.batches[found.aggregate_id], found.part_id
    made_here = [id for id, fraction in batch.fractions.items() if fraction.treatment_id == treatment_id]
    for fraction_id in made_here:
        if batch.untreated_grams(fraction_id) < batch.fractions[fraction_id].grams:
            raise _in_use(f"fraction {fraction_id} of this treatment was treated; correct that first")
    register.batches[found.aggregate_id] = replace(
        batch,
        fractions={id: each for id, each in batch.fractions.items() if id not in made_here},
        treatments={id: each for id, each in batch.treatments.items() if id != treatment_id},
    )


def _in_use(detail: str) -> NotAccepted:
    return NotAccepted(RefusalReason.CORRECTED_EVENT_IN_USE, detail, "data.corrected_event_id")


_UNDO: Final[Mapping[str, Callable[[Register, ClaimKey, Judged], None]]] = {
    "LoadReceived": _load_received,
    "LoadRejected": _load_rejected,
    "ResolutionStated": _resolution_stated,
    "BatchOpened": _batch_opened,
    "BatchRecycled": _batch_recycled,
    "FractionTreated": _fraction_treated,
}
