"""A confirmation as the input says it, and its validation against the contracts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from ewaste.contracts.envelope import InvalidEvent, source_of_partner
from ewaste.partner.claims import CLAIM_TYPES, Claim
from ewaste.partner.findings import Finding
from pydantic import ValidationError

__all__ = ["RawClaim", "validate"]

_CLOCK_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RawClaim:
    """Not validated yet; `places` says which line and column a path in `data` came from, where it isn't `line`."""

    line: int
    type: object
    time: object
    data: dict[str, Any]
    places: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def finding(self, path: str, message: str) -> Finding:
        """The error at a path such as `data.bags.0.bag_id`, told where the input has it."""
        line, shown = self.places.get(path, (self.line, path))
        return Finding(line, message, shown)


def validate(raw: RawClaim, partner_id: str, now: datetime, clock: tzinfo | None = None) -> Claim | list[Finding]:
    """The claim, or everything that is wrong with it.

    Who speaks (`partner_id`, `party_id`, `corrected_source`) is filled in where the data leaves it
    out; times without an offset are on `clock`, where there is one.
    """
    event_type = CLAIM_TYPES.get(raw.type) if isinstance(raw.type, str) else None
    if event_type is None:
        return [raw.finding("type", f"{raw.type!r} is none of {', '.join(sorted(_SHORT_NAMES))}")]
    time = _time(raw, now, clock)
    fields = event_type.model.model_fields
    data = {name: said for name, said in _speaker(partner_id).items() if name in fields} | raw.data
    try:
        found = event_type.model.model_validate_json(json.dumps(data), strict=True, extra="forbid")
    except ValidationError as error:
        return [*_only_findings(time), *_findings(raw, error)]
    if isinstance(time, Finding):
        return [time]
    claim = Claim(raw.line, partner_id, event_type, time, found)
    return _check_whole(raw, claim) or claim


def _speaker(partner_id: str) -> dict[str, str]:
    """The fields in which a claim says whose it is."""
    return {"partner_id": partner_id, "party_id": partner_id, "corrected_source": source_of_partner(partner_id)}


_SHORT_NAMES: Final = frozenset(event_type.model.__name__ for event_type in CLAIM_TYPES.values())


def _time(raw: RawClaim, now: datetime, clock: tzinfo | None) -> datetime | Finding:
    text = raw.time
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None:
        return raw.finding("time", f"{text!r} is not a time such as 2026-11-22T15:00:00+07:00")
    if found.tzinfo is None and clock is not None:
        found = found.replace(tzinfo=clock)
    if found.tzinfo is None:
        return raw.finding("time", f"{text!r} has no offset; write +07:00 behind it, or use --utc-offset +07:00")
    if found > now + _CLOCK_SKEW:
        return raw.finding("time", f"{text!r} is in the future")
    return found


def _only_findings(time: datetime | Finding) -> list[Finding]:
    return [time] if isinstance(time, Finding) else []


def _findings(raw: RawClaim, error: ValidationError) -> list[Finding]:
    told = {
        ".".join(("data", *map(str, one["loc"]))): one["msg"]
        for one in error.errors(include_url=False, include_context=False)
    }
    # A list whose entries are wrong is also told to be too short: only the entries are at fault.
    outer = {path for path in told if any(other.startswith(path + ".") for other in told)}
    return [raw.finding(path, message) for path, message in told.items() if path not in outer]


def _check_whole(raw: RawClaim, claim: Claim) -> list[Finding]:
    for name, said in _speaker(claim.partner_id).items():
        if getattr(claim.data, name, said) != said:
            return [raw.finding(f"data.{name}", f"must be {said}; leave it out")]
    try:
        claim.value()
    except InvalidEvent as error:
        return [raw.finding("data", f"{error.detail}; divide it")]
    return []
