"""HTTP: the municipality registers partners and keys; partners and auditors read batches and refusals."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Self
from uuid import UUID

from ewaste.contracts.events.recycler import (
    KeyRevocation,
    Operation,
    PartnerRegistered,
    PublicKey,
    RefusalReason,
    Scheme,
)
from ewaste.contracts.fields import Identifier, KeyId, PartnerId
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.contracts.topics import partner_topic
from ewaste.recycler.claims import views
from ewaste.recycler.partners import handlers, storage
from ewaste.recycler.tables import KeyRow, PartnerRow, RefusalRow
from ewaste.runtime.bulk import AGAIN, Input
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["router"]

RefusalNumber = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Limit = Annotated[int, Query(ge=1, le=500)]


class NewPartner(PartnerRegistered):
    """A recycler and its licence; dates are days of the Thai calendar, the last one included."""

    model_config = ConfigDict(extra="forbid")


class NewKey(Input):
    """A public Ed25519 key as JWK; `key_id`, where given, must be its RFC 7638 thumbprint."""

    public_key: PublicKey
    key_id: KeyId | None = None


class Revocation(Input):
    reason: KeyRevocation


class Key(BaseModel):
    key_id: str
    public_key: PublicKey
    registered_at: datetime
    revoked_at: datetime | None
    revocation: KeyRevocation | None

    @classmethod
    def of(cls, row: KeyRow) -> Self:
        return cls.model_validate({**row.model_dump(), "public_key": PublicKey(kty="OKP", crv="Ed25519", x=row.x)})


class Partner(BaseModel):
    """A registered partner; it writes its signed claims to `topic`."""

    partner_id: str
    name_th: str
    name_en: str | None
    licence_number: str
    licence_valid_from: date
    licence_valid_until: date
    schemes: list[Scheme]
    sample: bool
    registered_at: datetime
    topic: str
    keys: list[Key]

    @classmethod
    def of(cls, row: PartnerRow, keys: list[KeyRow]) -> Self:
        found = {"topic": partner_topic(row.partner_id), "keys": [Key.of(key) for key in keys]}
        return cls.model_validate({**row.model_dump(), **found})


class Batch(BaseModel):
    """`output_grams` counts the batch's own outputs, not those of later treatments."""

    batch_id: str
    partner_id: str
    facility_id: str
    opened_at: datetime
    recycled_at: datetime | None
    bag_grams: int
    other_client_grams: int
    output_grams: int
    process_loss_grams: int | None


class BatchBag(BaseModel):
    bag_id: str
    grams: int


class Fraction(BaseModel):
    """`treatment_id` names the treatment it came from; null: the batch itself."""

    fraction_id: str
    material: str
    grams: int
    operation: Operation
    facility_id: str
    treatment_id: str | None


class Treatment(BaseModel):
    treatment_id: str
    fraction_id: str
    grams: int


class BatchDetail(Batch):
    inputs: list[BatchBag]
    fractions: list[Fraction]
    treatments: list[Treatment]


class Refusal(BaseModel):
    """A record that was not accepted; `docs/guides/partners.md` says for each reason what to do next."""

    number: int
    topic: str
    partition: int
    offset: int
    value_sha256: str
    reason: RefusalReason
    detail: str
    field: str | None
    partner_id: str | None
    event_id: UUID | None
    refused_at: datetime

    @classmethod
    def of(cls, row: RefusalRow) -> Self:
        return cls.model_validate({**row.model_dump(), "offset": row.record_offset})


def router(database: Database, outbox: Outbox, give_topic: Callable[[str], Awaitable[None]]) -> APIRouter:
    api = APIRouter()

    @api.post("/partners", status_code=201, responses=AGAIN, tags=["partners"])
    async def register_partner(body: NewPartner, response: Response) -> Partner:
        """Register a recycler and create its topic; 200 when the same was registered before."""
        # The topic first: a topic without a partner is harmless, a partner without a topic is not.
        await give_topic(body.partner_id)
        async with database.transaction() as tx:
            partner = PartnerRegistered.model_validate(body.model_dump())
            new = await handlers.register_partner(tx, outbox, partner, datetime.now(UTC))
            row = await handlers.find_partner(tx, partner.partner_id)
            keys = await storage.keys_of(tx, [row.partner_id])
        response.status_code = 201 if new else 200
        return Partner.of(row, keys.get(row.partner_id, []))

    @api.get("/partners", tags=["partners"])
    async def list_partners(cursor: str | None = None, limit: Limit = 100) -> Page[Partner]:
        """Partners with their keys, in the order of their ids."""
        async with database.transaction() as tx:
            rows = await storage.partners_after(tx, read_cursor(cursor, PartnerId), limit + 1)
            keys = await storage.keys_of(tx, [row.partner_id for row in rows])
        return page(rows, limit, lambda row: Partner.of(row, keys.get(row.partner_id, [])), lambda row: row.partner_id)

    @api.get("/partners/{partner_id}", tags=["partners"])
    async def read_partner(partner_id: PartnerId) -> Partner:
        async with database.transaction() as tx:
            row = await handlers.find_partner(tx, partner_id)
            keys = await storage.keys_of(tx, [partner_id])
        return Partner.of(row, keys.get(partner_id, []))

    @api.post("/partners/{partner_id}/keys", status_code=201, responses=AGAIN, tags=["partners"])
    async def register_key(partner_id: PartnerId, body: NewKey, response: Response) -> Key:
        """Register a public key: what it signs counts from now on; 200 when it was registered before."""
        async with database.transaction() as tx:
            row, new = await handlers.register_key(
                tx,
                outbox,
                partner_id=partner_id,
                key_id=body.key_id,
                public_key=body.public_key,
                now=datetime.now(UTC),
            )
        response.status_code = 201 if new else 200
        return Key.of(row)

    @api.post("/partners/{partner_id}/keys/{key_id}/revocation", status_code=204, tags=["partners"])
    async def revoke_key(partner_id: str, key_id: KeyId, body: Revocation) -> None:
        """What the key signed counts no more from now on; what was accepted stays accepted."""
        async with database.transaction() as tx:
            await handlers.revoke_key(
                tx, outbox, partner_id=partner_id, key_id=key_id, reason=body.reason, now=datetime.now(UTC)
            )

    @api.get("/batches", tags=["batches"])
    async def list_batches(
        partner_id: PartnerId | None = None, cursor: str | None = None, limit: Limit = 100
    ) -> Page[Batch]:
        """Batches with their grams, in the order of their ids."""
        async with database.transaction() as tx:
            rows = await views.batches_after(
                tx, after=read_cursor(cursor, Identifier), partner_id=partner_id, limit=limit + 1
            )
        return page(rows, limit, lambda row: Batch(**asdict(row)), lambda row: row.batch_id)

    @api.get("/batches/{batch_id}", tags=["batches"])
    async def read_batch(batch_id: Identifier) -> BatchDetail:
        """A batch with its bags, fractions and treatments."""
        async with database.transaction() as tx:
            rows = await views.batches_after(tx, only=batch_id, limit=1)
            if not rows:
                detail = f"no accepted claim opened batch {batch_id}; look at /refusals for claims that were refused"
                raise Refused("batch-unknown", detail, field="batch_id", status=NOT_FOUND)
            found = await views.batch_contents(tx, batch_id)
        return BatchDetail(
            **asdict(rows[0]),
            inputs=[BatchBag(**row.model_dump()) for row in found.bags],
            fractions=[Fraction(**row.model_dump()) for row in found.fractions],
            treatments=[Treatment(**row.model_dump()) for row in found.treatments],
        )

    @api.get("/refusals", tags=["refusals"])
    async def list_refusals(
        partner_id: PartnerId | None = None,
        reason: RefusalReason | None = None,
        cursor: str | None = None,
        limit: Limit = 100,
    ) -> Page[Refusal]:
        """What was not accepted and why, in the order of the decisions."""
        async with database.transaction() as tx:
            rows = await views.refusals_after(
                tx, after=read_cursor(cursor, RefusalNumber), partner_id=partner_id, reason=reason, limit=limit + 1
            )
        return page(rows, limit, Refusal.of, lambda row: row.number)

    return api
