"""Partners and keys, as far as a decision needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

from ewaste.evidence.keys import VerifyingKey

__all__ = ["Known", "Partner", "PartnerKey", "Validity", "thai_day"]

_THAI_TIME: Final = timezone(timedelta(hours=7))
"""Licences are given for days of the Thai calendar; Thailand has had one offset since 1920."""


def thai_day(moment: datetime) -> date:
    """The day of the Thai calendar that a moment is in."""
    return moment.astimezone(_THAI_TIME).date()


@dataclass(frozen=True, slots=True)
class Validity:
    """Days of the Thai calendar, the first and the last included."""

    valid_from: date
    valid_until: date

    def covers(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until


@dataclass(frozen=True, slots=True)
class Partner:
    """A recycler and the days on which its licences let it work: each licence counts for its own days."""

    partner_id: str
    licences: tuple[Validity, ...]

    def licensed_at(self, moment: datetime) -> bool:
        """Whether a licence covers the Thai day of this moment."""
        day = thai_day(moment)
        return any(licence.covers(day) for licence in self.licences)


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A registered public key, prepared for many signatures. What it signed counts until its revocation is recorded."""

    partner_id: str
    verifier: VerifyingKey
    revoked: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Partners by id and keys by key id, as registered when the records are judged."""

    partners: Mapping[str, Partner]
    keys: Mapping[str, PartnerKey]
