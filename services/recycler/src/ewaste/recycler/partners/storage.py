"""Partners, their licences, schemes and keys in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from ewaste.contracts.events.recycler import KeyRevocation, PartnerRegistered
from ewaste.evidence.keys import VerifyingKey
from ewaste.recycler.partners.model import Known, Partner, PartnerKey, Validity
from ewaste.recycler.tables import KeyRow, LicenceRow, PartnerRow, SchemeRow
from ewaste.runtime.database import Transaction, driver, write_rows
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

__all__ = [
    "add_key",
    "key",
    "keys_of",
    "known_to",
    "licences_of",
    "partner",
    "partner_ids",
    "partners_after",
    "put_partner",
    "revoke",
    "schemes_of",
    "take_registration",
]

_REGISTRATION: Final = 7_214_310_022
# Shared locks: a revocation or a shortened licence waits for the turn that still used it, so its event stands after
# what it ended. Licences are read behind their partner's lock, which every registration takes first.
_KEYS: Final = "SELECT key_id, partner_id, x, revoked_at FROM partner_key WHERE key_id = ANY($1::text[]) FOR SHARE"
_PARTNERS: Final = "SELECT partner_id FROM partner WHERE partner_id = ANY($1::text[]) FOR SHARE"
_LICENCES: Final = """
SELECT partner_id, valid_from, valid_until FROM licence WHERE partner_id = ANY($1::text[])
ORDER BY partner_id, valid_from, licence_number
"""
_PUT_LICENCE: Final = """
INSERT INTO licence (partner_id, licence_number, valid_from, valid_until, registered_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::timestamptz[])
ON CONFLICT (partner_id, licence_number, valid_from)
DO UPDATE SET valid_until = excluded.valid_until, registered_at = excluded.registered_at
"""
_PUT_SCHEMES: Final = """
INSERT INTO scheme_certificate (partner_id, name, certificate_number, valid_from, valid_until)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[])
ON CONFLICT (partner_id, name, certificate_number, valid_from) DO UPDATE SET valid_until = excluded.valid_until
"""


async def known_to(tx: Transaction, partner_ids: Iterable[str], key_ids: Iterable[str]) -> Known:
    """These partners and keys as they are now; they stay so until `tx` ends."""
    connection = await driver(tx)
    partners = await connection.fetch(_PARTNERS, list(partner_ids))
    licences: dict[str, list[Validity]] = {row["partner_id"]: [] for row in partners}
    for row in await connection.fetch(_LICENCES, list(licences)):
        licences[row["partner_id"]].append(Validity(row["valid_from"], row["valid_until"]))
    keys = await connection.fetch(_KEYS, list(key_ids))
    return Known(
        {id: Partner(id, tuple(found)) for id, found in licences.items()},
        {row["key_id"]: PartnerKey(row["partner_id"], _verifier(row["x"]), bool(row["revoked_at"])) for row in keys},
    )


@lru_cache(maxsize=4096)
def _verifier(x: str) -> VerifyingKey:
    """Preparing a key costs as much as a verification."""
    return VerifyingKey({"kty": "OKP", "crv": "Ed25519", "x": x})


async def take_registration(tx: Transaction) -> None:
    """Wait until no other registration is under way: two of one id become one partner. Held until `tx` ends."""
    await (await driver(tx)).execute("SELECT pg_advisory_xact_lock($1)", _REGISTRATION)


async def put_partner(tx: Transaction, found: PartnerRegistered, now: datetime) -> None:
    """Store the registration: the partner as it is now, and what it adds to its licences and schemes."""
    values = found.model_dump(exclude={"schemes"})
    values["schemes"] = [scheme.model_dump(mode="json") for scheme in found.schemes]
    statement = insert(PartnerRow).values(**values, registered_at=now)
    await tx.execute(statement.on_conflict_do_update(index_elements=[col(PartnerRow.partner_id)], set_=values))
    id = found.partner_id
    licence = (id, found.licence_number, found.licence_valid_from, found.licence_valid_until, now)
    await write_rows(tx, _PUT_LICENCE, [licence])
    schemes = {(id, each.name.value, each.certificate_number, each.valid_from): each for each in found.schemes}
    await write_rows(tx, _PUT_SCHEMES, ((*key, each.valid_until) for key, each in schemes.items()))


async def partner(tx: Transaction, partner_id: str, *, lock: bool = False) -> PartnerRow | None:
    return await tx.get(PartnerRow, partner_id, with_for_update=lock, populate_existing=True)


async def partners_after(tx: Transaction, after: str | None, limit: int) -> Sequence[PartnerRow]:
    """Partners in the order of their ids."""
    query = select(PartnerRow).order_by(col(PartnerRow.partner_id)).limit(limit)
    if after is not None:
        query = query.where(col(PartnerRow.partner_id) > after)
    return (await tx.scalars(query)).all()


async def partner_ids(tx: Transaction) -> Sequence[str]:
    return (await tx.scalars(select(col(PartnerRow.partner_id)).order_by(col(PartnerRow.partner_id)))).all()


async def licences_of(tx: Transaction, partner_ids: Iterable[str]) -> dict[str, list[LicenceRow]]:
    """The licences of each of these partners, the oldest first."""
    query = select(LicenceRow).where(col(LicenceRow.partner_id).in_(set(partner_ids)))
    found: dict[str, list[LicenceRow]] = {}
    for row in await tx.scalars(query.order_by(col(LicenceRow.valid_from), col(LicenceRow.licence_number))):
        found.setdefault(row.partner_id, []).append(row)
    return found


async def schemes_of(tx: Transaction, partner_ids: Iterable[str]) -> dict[str, list[SchemeRow]]:
    """The scheme certificates of each of these partners, the oldest first."""
    query = select(SchemeRow).where(col(SchemeRow.partner_id).in_(set(partner_ids)))
    found: dict[str, list[SchemeRow]] = {}
    for row in await tx.scalars(query.order_by(col(SchemeRow.valid_from), col(SchemeRow.name))):
        found.setdefault(row.partner_id, []).append(row)
    return found


async def add_key(tx: Transaction, row: KeyRow) -> bool:
    """Store the key; False when it was registered before, by whomever."""
    statement = insert(KeyRow).values(**row.model_dump())
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
