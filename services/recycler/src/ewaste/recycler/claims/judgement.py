"""The verdict on one authentic claim: a fact, nothing because it was accepted before, or `NotAccepted`."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ewaste.contracts.events.recycler import RefusalReason
from ewaste.contracts.fields import Part
from ewaste.recycler.claims.model import Claim, Judged, NotAccepted, Register, Terms
from ewaste.recycler.claims.rules import accept
from ewaste.recycler.partners.model import Partner, thai_day

__all__ = ["judge"]

_CLOCK_SKEW: Final = timedelta(minutes=5)


def judge(
    register: Register, claim: Claim, partner: Partner, *, terms: Terms, fact_id: UUID, now: datetime
) -> Part | None:
    """The data of the fact `fact_id`, None for a claim that was accepted before; raises `NotAccepted`.

    An accepted claim that comes again is silent. A refused one is judged again: what it lacked may be there now. The
    same id with other content is never accepted, whatever became of the first.
    """
    known = register.claims.get(claim.key)
    if known is not None and known.digest != claim.digest:
        detail = f"event {claim.event.envelope.id} came before with other content; a new content needs a new id"
        raise NotAccepted(RefusalReason.EQUIVOCATION, detail, "id")
    if known is not None and known.fact_id is not None:
        return None
    register.claims[claim.key] = judged = known or _new(claim)
    _check_time(claim, partner, now)
    data = accept(register, claim, terms)
    register.claims[claim.key] = replace(judged, fact_id=fact_id)
    return data


def _new(claim: Claim) -> Judged:
    data, event_type = claim.event.data, claim.event.type
    return Judged(
        digest=claim.digest,
        kind=type(data).__name__,
        aggregate_id=event_type.key_of(data),
        part_id=getattr(data, "treatment_id", None),
        fact_id=None,
    )


def _check_time(claim: Claim, partner: Partner, now: datetime) -> None:
    time = claim.event.envelope.time
    if time > now + _CLOCK_SKEW:
        raise NotAccepted(RefusalReason.TIME_IN_FUTURE, f"{time.isoformat()} is after now; check the clock", "time")
    if not partner.licensed_at(time):
        days = ", ".join(f"{each.valid_from} to {each.valid_until}" for each in partner.licences[-3:])
        detail = f"{thai_day(time)} in Thailand is on no day of the licence, which covers {days or 'no day'}"
        raise NotAccepted(RefusalReason.OUTSIDE_LICENCE, detail, "time")
