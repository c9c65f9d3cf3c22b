"""Partners and keys, as far as a decision needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

from ewaste.evidence.keys import VerifyingKey

__all__ = ["Known", "Partner", "PartnerKey"]

_THAI_TIME: Final = timezone(timedelta(hours=7))
"""Licences are given for days of the Thai calendar; Thailand has had one offset since 1920."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A recycler and the days on which its licence lets it work, both included."""

    partner_id: str
    licence_valid_from: date
    licence_valid_until: date

    def licensed_at(self, moment: datetime) -> bool:
        """Whether the licence covers the Thai day of this moment."""
        return self.licence_valid_from <= moment.astimezone(_THAI_TIME).date() <= self.licence_valid_until


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
