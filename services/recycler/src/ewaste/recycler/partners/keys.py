"""Register, rotate and revoke the keys that partners sign with. The caller owns the transaction."""

from datetime import datetime

from ewaste.contracts.events.recycler import KeyRevocation, PartnerKeyRegistered, PartnerKeyRevoked, PublicKey
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.keys import KeyUnusable, VerifyingKey, thumbprint
from ewaste.evidence.signatures import SignatureRefused, read_header, verify_detached
from ewaste.recycler.partners import storage
from ewaste.recycler.partners.handlers import find_partner
from ewaste.recycler.tables import KeyRow
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["register_key", "revoke_key"]


async def register_key(
    tx: Transaction,
    outbox: Outbox,
    *,
    partner_id: str,
    key_id: str | None,
    public_key: PublicKey,
    rotation: str | None = None,
    now: datetime,
) -> tuple[KeyRow, bool]:
    """The key and whether it is new; what it signs counts from this transaction on. Raises `Refused`.

    With `rotation`, the old key's detached JWS over the canonical JSON of the new public key, the old key vouches for
    the new one and is revoked as superseded in the same transaction.
    """
    await find_partner(tx, partner_id)
    found_id = _key_id(key_id, public_key)
    old = await _vouching(tx, partner_id, found_id, public_key, rotation) if rotation else None
    added = KeyRow(
        key_id=found_id,
        partner_id=partner_id,
        x=public_key.x,
        registered_at=now,
        rotated_from=old.key_id if old else None,
        rotation_proof=rotation,
    )
    new = await storage.add_key(tx, added)
    row = await _own_key(tx, partner_id, found_id)
    if new:
        fact = PartnerKeyRegistered(partner_id=partner_id, key_id=found_id, public_key=public_key)
        await outbox.add(tx, Fact(fact, now))
    if old is not None:
        await _supersede(tx, outbox, old, row, now, new=new)
    return row, new


async def _own_key(tx: Transaction, partner_id: str, key_id: str) -> KeyRow:
    row = await storage.key(tx, key_id)
    assert row is not None, "it was added now or before"
    if row.partner_id != partner_id:
        raise Refused("key-taken", "this key belongs to another partner; make a new one", field="public_key",
                      status=CONFLICT)  # fmt: skip
    if row.revoked_at is not None:
        raise Refused("key-revoked", f"key {key_id} was revoked; make a new one", field="public_key", status=CONFLICT)
    return row


def _key_id(key_id: str | None, public_key: PublicKey) -> str:
    try:
        found = thumbprint(public_key.model_dump())
    except KeyUnusable as error:
        raise Refused("key-unusable", str(error), field="public_key") from None
    if key_id not in (None, found):
        detail = f"key_id must be the RFC 7638 thumbprint of public_key, {found}, or be left out"
        raise Refused("key-id-wrong", detail, field="key_id")
    return found


async def _vouching(tx: Transaction, partner_id: str, new_id: str, public_key: PublicKey, rotation: str) -> KeyRow:
    """The key that signed the rotation, locked; raises `Refused`."""
    try:
        old = await _find_key(tx, partner_id, read_header(rotation).kid, "rotation")
        verify_detached(
            rotation,
            canonical_json(public_key.model_dump()),
            VerifyingKey({"kty": "OKP", "crv": "Ed25519", "x": old.x}),
            issuer=partner_id,
            topic=partner_topic(partner_id),
            record_key=new_id,
        )
    except SignatureRefused as refused:
        detail = f"the old key does not vouch for this public key: {refused}"
        raise Refused("rotation-wrong", detail, field="rotation") from None
    if old.key_id == new_id:
        raise Refused("rotation-wrong", "a key can't vouch for itself; make a new one", field="rotation")
    return old


async def _supersede(
    tx: Transaction, outbox: Outbox, old: KeyRow, following: KeyRow, now: datetime, *, new: bool
) -> None:
    if old.revoked_at is None:
        following.rotated_from = old.key_id
        await _revoke(tx, outbox, old, KeyRevocation.SUPERSEDED, now)
    elif new or following.rotated_from != old.key_id:
        detail = f"key {old.key_id} was revoked and can't vouch for another any more; ask the municipality to register"
        raise Refused("key-revoked", detail, field="rotation", status=CONFLICT)


async def revoke_key(
    tx: Transaction, outbox: Outbox, *, partner_id: str, key_id: str, reason: KeyRevocation, now: datetime
) -> None:
    """What the key signed counts no more from this transaction on; a second revocation changes nothing."""
    row = await _find_key(tx, partner_id, key_id, "key_id")
    if row.revoked_at is None:
        await _revoke(tx, outbox, row, reason, now)


async def _find_key(tx: Transaction, partner_id: str, key_id: str, field: str) -> KeyRow:
    row = await storage.key(tx, key_id, lock=True)
    if row is None or row.partner_id != partner_id:
        detail = f"partner {partner_id} has no key {key_id}"
        raise Refused("key-unknown", detail, field=field, status=NOT_FOUND)
    return row


async def _revoke(tx: Transaction, outbox: Outbox, row: KeyRow, reason: KeyRevocation, now: datetime) -> None:
    await storage.revoke(tx, row, reason, now)
    fact = PartnerKeyRevoked(partner_id=row.partner_id, key_id=row.key_id, reason=reason)
    await outbox.add(tx, Fact(fact, now))
