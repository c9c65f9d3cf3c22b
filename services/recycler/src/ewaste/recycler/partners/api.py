"""HTTP: the municipality registers partners, their licences and their keys; anyone there reads them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Self

from ewaste.contracts.events.recycler import KeyRevocation, PartnerRegistered, PublicKey, SchemeName
from ewaste.contracts.fields import Day, KeyId, PartnerId
from ewaste.contracts.topics import partner_topic
from ewaste.recycler.partners import handlers, keys, storage
from ewaste.recycler.partners.model import Validity, thai_day
from ewaste.recycler.tables import KeyRow, LicenceRow, PartnerRow, SchemeRow
from ewaste.runtime.bulk import AGAIN, Input
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

__all__ = ["router"]

Limit = Annotated[int, Query(ge=1, le=500)]
On = Annotated[Day | None, Query(description="the day of the Thai calendar that `valid` is about; default: today")]
Proof = Annotated[str, StringConstraints(min_length=1, max_length=5000)]


class NewPartner(PartnerRegistered):
    """A recycler and its licence; dates are days of the Thai calendar, the last one included."""

    model_config = ConfigDict(extra="forbid")


class NewKey(Input):
    """A public Ed25519 key as JWK; `key_id`, where given, must be its RFC 7638 thumbprint.

    `rotation`, where given, is the old key's detached JWS over the canonical JSON (RFC 8785) of `public_key`, with the
    partner's topic and, as `key`, the new key's id: the old key is revoked as superseded at the same moment.
    """

    public_key: PublicKey
    key_id: KeyId | None = None
    rotation: Proof | None = None


class Revocation(Input):
    reason: KeyRevocation


class Key(BaseModel):
    """`rotated_from` names the key that vouched for this one, `rotation_proof` is its signature."""

    key_id: str
    public_key: PublicKey
    registered_at: datetime
    revoked_at: datetime | None
    revocation: KeyRevocation | None
    rotated_from: str | None
    rotation_proof: str | None

    @classmethod
    def of(cls, row: KeyRow) -> Self:
        return cls.model_validate({**row.model_dump(), "public_key": PublicKey(kty="OKP", crv="Ed25519", x=row.x)})


class Licence(BaseModel):
    """`valid` says whether it covers the day that was asked about."""

    licence_number: str
    valid_from: date
    valid_until: date
    registered_at: datetime
    valid: bool


class SchemeCertificate(BaseModel):
    """`valid` says whether it covers the day that was asked about, `expired` that it ended before."""

    name: SchemeName
    certificate_number: str
    valid_from: date
    valid_until: date
    valid: bool
    expired: bool


class Partner(BaseModel):
    """A registered partner; it writes its signed claims to `topic`.

    The `licence_…` members are of the last registration; `licences` and `schemes` hold all there ever were.
    `licensed` says whether a licence covers the day `on`.
    """

    partner_id: str
    name_th: str
    name_en: str | None
    licence_number: str
    licence_valid_from: date
    licence_valid_until: date
    sample: bool
    registered_at: datetime
    topic: str
    on: date
    licensed: bool
    licences: list[Licence]
    schemes: list[SchemeCertificate]
    keys: list[Key]


def _partner(
    row: PartnerRow, on: date, licences: Sequence[LicenceRow], schemes: Sequence[SchemeRow], keys: Sequence[KeyRow]
) -> Partner:
    told = [{**each.model_dump(), "valid": _covers(each, on)} for each in licences]
    return Partner.model_validate(
        {
            **row.model_dump(),
            "topic": partner_topic(row.partner_id),
            "on": on,
            "licensed": any(each["valid"] for each in told),
            "licences": told,
            "schemes": [
                {**each.model_dump(), "valid": _covers(each, on), "expired": each.valid_until < on} for each in schemes
            ],
            "keys": [Key.of(key) for key in keys],
        }
    )


def _covers(row: LicenceRow | SchemeRow, on: date) -> bool:
    return Validity(row.valid_from, row.valid_until).covers(on)


async def _shown(tx: Transaction, rows: Sequence[PartnerRow], on: date | None) -> list[Partner]:
    ids, day = [row.partner_id for row in rows], on or thai_day(datetime.now(UTC))
    licences, schemes = await storage.licences_of(tx, ids), await storage.schemes_of(tx, ids)
    keys = await storage.keys_of(tx, ids)
    return [
        _partner(row, day, licences.get(id, ()), schemes.get(id, ()), keys.get(id, ()))
        for id, row in zip(ids, rows, strict=True)
    ]


def router(database: Database, outbox: Outbox, give_topic: Callable[[str], Awaitable[None]]) -> APIRouter:
    """`give_topic` makes the topic of a partner before the partner is stored."""
    api = APIRouter(tags=["partners"])

    @api.post("/partners", status_code=201, responses=AGAIN)
    async def register_partner(body: NewPartner, response: Response) -> Partner:
        """Register a recycler and create its topic, or its next licence; 200 when the same was registered last.

        Each licence counts for its own days. The same licence number and first day with another last day replaces the
        one before: so a licence is shortened or, with a last day that is over, withdrawn.
        """
        # The topic first: a topic without a partner is harmless, a partner without a topic is not.
        await give_topic(body.partner_id)
        async with database.transaction() as tx:
            partner = PartnerRegistered.model_validate(body.model_dump())
            new = await handlers.register_partner(tx, outbox, partner, datetime.now(UTC))
            (shown,) = await _shown(tx, [await handlers.find_partner(tx, partner.partner_id)], None)
        response.status_code = 201 if new else 200
        return shown

    @api.get("/partners")
    async def list_partners(on: On = None, cursor: str | None = None, limit: Limit = 100) -> Page[Partner]:
        """Partners with their licences, schemes and keys, in the order of their ids."""
        async with database.transaction() as tx:
            rows = await storage.partners_after(tx, read_cursor(cursor, PartnerId), limit + 1)
            shown = await _shown(tx, rows, on)
        return page(shown, limit, lambda partner: partner, lambda partner: partner.partner_id)

    @api.get("/partners/{partner_id}")
    async def read_partner(partner_id: PartnerId, on: On = None) -> Partner:
        """A partner; `on` asks which licences and schemes are valid on another day than today."""
        async with database.transaction() as tx:
            (shown,) = await _shown(tx, [await handlers.find_partner(tx, partner_id)], on)
        return shown

    @api.post("/partners/{partner_id}/keys", status_code=201, responses=AGAIN)
    async def register_key(partner_id: PartnerId, body: NewKey, response: Response) -> Key:
        """Register a public key: what it signs counts from now on; 200 when it was registered before."""
        async with database.transaction() as tx:
            row, new = await keys.register_key(
                tx,
                outbox,
                partner_id=partner_id,
                key_id=body.key_id,
                public_key=body.public_key,
                rotation=body.rotation,
                now=datetime.now(UTC),
            )
        response.status_code = 201 if new else 200
        return Key.of(row)

    @api.post("/partners/{partner_id}/keys/{key_id}/revocation", status_code=204)
    async def revoke_key(partner_id: str, key_id: KeyId, body: Revocation) -> None:
        """What the key signed counts no more from now on; what was accepted stays accepted."""
        async with database.transaction() as tx:
            await keys.revoke_key(
                tx, outbox, partner_id=partner_id, key_id=key_id, reason=body.reason, now=datetime.now(UTC)
            )

    return api
