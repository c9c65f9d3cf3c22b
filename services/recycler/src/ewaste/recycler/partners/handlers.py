"""Register who may confirm, and on which days. The caller owns the transaction."""

from datetime import datetime

from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.recycler.partners import storage
from ewaste.recycler.tables import PartnerRow
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["find_partner", "register_partner", "registered"]


def registered(row: PartnerRow) -> PartnerRegistered:
    """The partner as it was registered last."""
    return PartnerRegistered.model_validate(row.model_dump())


async def register_partner(tx: Transaction, outbox: Outbox, partner: PartnerRegistered, now: datetime) -> bool:
    """True when it is new or has a new licence or scheme, False when the same was registered last.

    Every licence counts for its own days: a renewal adds days, and the same licence from the same day on with another
    last day replaces the one before, which is how a licence is shortened or withdrawn. Claims that were accepted
    before stay accepted. Raises `Refused` when the id belongs to another company.
    """
    _check_periods(partner)
    await storage.take_registration(tx)
    known = await storage.partner(tx, partner.partner_id, lock=True)
    if known is not None and registered(known) == partner:
        return False
    if known is not None and (known.name_th, known.sample) != (partner.name_th, partner.sample):
        detail = f"partner {partner.partner_id} is registered as {known.name_th}; choose another id"
        raise Refused("id-taken", detail, field="partner_id", status=CONFLICT)
    await storage.put_partner(tx, partner, now)
    await outbox.add(tx, Fact(partner, now))
    return True


def _check_periods(partner: PartnerRegistered) -> None:
    if partner.licence_valid_until < partner.licence_valid_from:
        raise Refused("period-invalid", "the licence ends before it begins", field="licence_valid_until")
    for number, scheme in enumerate(partner.schemes):
        if scheme.valid_until < scheme.valid_from:
            field = f"schemes.{number}.valid_until"
            raise Refused("period-invalid", "the certificate ends before it begins", field=field)


async def find_partner(tx: Transaction, partner_id: str) -> PartnerRow:
    """Raises `Refused` when there is none."""
    found = await storage.partner(tx, partner_id)
    if found is None:
        detail = f"partner {partner_id} is not registered; register it first"
        raise Refused("partner-unknown", detail, field="partner_id", status=NOT_FOUND)
    return found
