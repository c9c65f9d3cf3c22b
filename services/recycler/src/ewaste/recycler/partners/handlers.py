"""Register who may confirm, and with which keys. The caller owns the transaction."""

from datetime import datetime

from ewaste.contracts.events.recycler import (
    KeyRevocation,
    PartnerKeyRegistered,
    PartnerKeyRevoked,
    PartnerRegistered,
    PublicKey,
)
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.evidence.keys import KeyUnusable, thumbprint
from ewaste.recycler.partners import storage
from ewaste.recycler.tables import KeyRow, PartnerRow
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["find_partner", "register_key", "register_partner", "registered", "revoke_key"]


def registered(row: PartnerRow) -> PartnerRegistered:
    """The partner as it was registered."""
    return PartnerRegistered.model_validate(row.model_dump())


async def register_partner(tx: Transaction, outbox: Outbox, partner: PartnerRegistered, now: datetime) -> bool:
    """True when it is new, False when the same was registered before; raises `Refused` when another one was."""
    _check_periods(partner)
    if await storage.add_partner(tx, partner, now):
        await outbox.add(tx, Fact(partner, now))
        return True
    if registered(await find_partner(tx, partner.partner_id)) != partner:
        detail = f"partner {partner.partner_id} is registered with other data; choose another id"
        raise Refused("id-taken", detail, field="partner_id", status=CONFLICT)
    return False


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


async def register_key(
    tx: Transaction, outbox: Outbox, *, partner_id: str, key_id: str | None, public_key: PublicKey, now: datetime
) -> tuple[KeyRow, bool]:
    """The key and whether it is new; what it signs counts from this transaction on. Raises `Refused`."""
    await find_partner(tx, partner_id)
    found_id = _key_id(key_id, public_key)
    new = await storage.add_key(tx, found_id, partner_id, public_key, now)
    row = await storage.key(tx, found_id)
    assert row is not None, "it was added now or before"
    if row.partner_id != partner_id:
        raise Refused("key-taken", "this key belongs to another partner; make a new one", field="public_key",
                      status=CONFLICT)  # fmt: skip
    if row.revoked_at is not None:
        raise Refused("key-revoked", f"key {found_id} was revoked; make a new one", field="public_key", status=CONFLICT)
    if new:
        fact = PartnerKeyRegistered(partner_id=partner_id, key_id=found_id, public_key=public_key)
        await outbox.add(tx, Fact(fact, now))
    return row, new


def _key_id(key_id: str | None, public_key: PublicKey) -> str:
    try:
        found = thumbprint(public_key.model_dump())
    except KeyUnusable as error:
        raise Refused("key-unusable", str(error), field="public_key") from None
    if key_id not in (None, found):
        detail = f"key_id must be the RFC 7638 thumbprint of public_key, {found}, or be left out"
        raise Refused("key-id-wrong", detail, field="key_id")
    return found


async def revoke_key(
    tx: Transaction, outbox: Outbox, *, partner_id: str, key_id: str, reason: KeyRevocation, now: datetime
) -> None:
    """What the key signed counts no more from this transaction on; a second revocation changes nothing."""
    row = await storage.key(tx, key_id, lock=True)
    if row is None or row.partner_id != partner_id:
        detail = f"partner {partner_id} has no key {key_id}"
        raise Refused("key-unknown", detail, field="key_id", status=NOT_FOUND)
    if row.revoked_at is None:
        await storage.revoke(tx, row, reason, now)
        await outbox.add(tx, Fact(PartnerKeyRevoked(partner_id=partner_id, key_id=key_id, reason=reason), now))
