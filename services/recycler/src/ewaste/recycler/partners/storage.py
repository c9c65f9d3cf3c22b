"""Partners and keys in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from ewaste.contracts.events.recycler import KeyRevocation, PartnerRegistered, PublicKey
from ewaste.evidence.keys import VerifyingKey
from ewaste.recycler.partners.model import Known, Partner, PartnerKey
from ewaste.recycler.tables import KeyRow, PartnerRow
from ewaste.runtime.database import Transaction, driver
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

__all__ = ["add_key", "add_partner", "key", "keys_of", "known_to", "partner", "partner_ids", "partners_after", "revoke"]

# Shared locks: a revocation waits for the turn that still used the key, so its event stands after what it ended.
_KEYS: Final = "SELECT key_id, partner_id, x, revoked_at FROM partner_key WHERE key_id = ANY($1::text[]) FOR SHARE"
_PARTNERS: Final = """
SELECT partner_id, licence_valid_from, licence_valid_until FROM partner WHERE partner_id = ANY($1::text[]) FOR SHARE
"""


async def known_to(tx: Transaction, partner_ids: Iterable[str], key_ids: Iterable[str]) -> Known:
    """These partners and keys as they are now; they stay so until `tx` ends."""
    connection = await driver(tx)
    partners = await connection.fetch(_PARTNERS, list(partner_ids))
    keys = await connection.fetch(_KEYS, list(key_ids))
    return Known(
        {row["partner_id"]: Partner(*row) for row in partners},
        {row["key_id"]: PartnerKey(row["partner_id"], _verifier(row["x"]), bool(row["revoked_at"])) for row in keys},
    )


@lru_cache(maxsize=4096)
def _verifier(x: str) -> VerifyingKey:
    """Preparing a key costs as much as a verification."""
    return VerifyingKey({"kty": "OKP", "crv": "Ed25519", "x": x})


async def add_partner(tx: Transaction, found: PartnerRegistered, now: datetime) -> bool:
    """Store the partner; False when its id is taken."""
    values = found.model_dump(exclude={"schemes"})
    schemes = [scheme.model_dump(mode="json") for scheme in found.schemes]
    statement = insert(PartnerRow).values(**values, schemes=schemes, registered_at=now)
    added = await tx.scalar(statement.on_conflict_do_nothing().returning(col(PartnerRow.partner_id)))
    return added is not None


async def partner(tx: Transaction, partner_id: str) -> PartnerRow | None:
    return await tx.get(PartnerRow, partner_id)


async def partners_after(tx: Transaction, after: str | None, limit: int) -> Sequence[PartnerRow]:
    """Partners in the order of their ids."""
    query = select(PartnerRow).order_by(col(PartnerRow.partner_id)).limit(limit)
    if after is not None:
        query = query.where(col(PartnerRow.partner_id) > after)
    return (await tx.scalars(query)).all()


async def partner_ids(tx: Transaction) -> Sequence[str]:
    return (await tx.scalars(select(col(PartnerRow.partner_id)).order_by(col(PartnerRow.partner_id)))).all()


async def add_key(tx: Transaction, key_id: str, partner_id: str, public_key: PublicKey, now: datetime) -> bool:
    """Store the key; False when it was registered before, by whomever."""
    statement = insert(KeyRow).values(key_id=key_id, partner_id=partner_id, x=public_key.x, registered_at=now)
    return await tx.scalar(statement.on_conflict_do_nothing().returning(col(KeyRow.key_id))) is not None


async def key(tx: Transaction, key_id: str, *, lock: bool = False) -> KeyRow | None:
    return await tx.get(KeyRow, key_id, with_for_update=lock)


async def keys_of(tx: Transaction, partner_ids: Iterable[str]) -> dict[str, list[KeyRow]]:
    """The keys of each of these partners, oldest first."""
    query = select(KeyRow).where(col(KeyRow.partner_id).in_(set(partner_ids)))
    found: dict[str, list[KeyRow]] = {}
    for row in await tx.scalars(query.order_by(col(KeyRow.registered_at), col(KeyRow.key_id))):
        found.setdefault(row.partner_id, []).append(row)
    return found


async def revoke(tx: Transaction, row: KeyRow, reason: KeyRevocation, now: datetime) -> None:
    row.revoked_at, row.revocation = now, reason.value
    tx.add(row)
    await tx.flush()
