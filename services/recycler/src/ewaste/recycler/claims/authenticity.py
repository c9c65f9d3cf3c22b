"""Whose word is it? Decided from the record, the partners and their keys alone."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from ewaste.contracts.envelope import Envelope, InvalidEvent, open_envelope, source_of_partner
from ewaste.contracts.events.recycler import RefusalReason
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import TYPES_BY_NAME, Event, read_data
from ewaste.contracts.topics import partner_of
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.signatures import SignatureReason, SignatureRefused, read_header, verify_detached
from ewaste.recycler.claims.model import Claim, NotAccepted
from ewaste.recycler.partners.model import Known, Partner, PartnerKey

__all__ = ["authenticate", "claimed_key"]

_REASONS: Final[Mapping[SignatureReason, RefusalReason]] = {
    "malformed_signature": RefusalReason.SIGNATURE_MALFORMED,
    "algorithm_not_allowed": RefusalReason.SIGNATURE_MALFORMED,
    "bad_signature": RefusalReason.SIGNATURE_WRONG,
    "key_mismatch": RefusalReason.KEY_OF_ANOTHER_PARTNER,
    "issuer_mismatch": RefusalReason.KEY_OF_ANOTHER_PARTNER,
    "topic_mismatch": RefusalReason.TOPIC_OF_ANOTHER_PARTNER,
    "record_key_mismatch": RefusalReason.RECORD_KEY_WRONG,
}


def claimed_key(record: Record) -> str | None:
    """The key id that the record's signature names, nothing verified; None when it names none."""
    try:
        return read_header(_signature(record)).kid
    except (NotAccepted, SignatureRefused):
        return None


def authenticate(record: Record, known: Known) -> Claim:
    """The claim in this record; raises `NotAccepted` with the first thing that is wrong.

    The signature is checked before anything of the content is believed; the content is read first only to tell
    broken bytes from forged ones.
    """
    partner = _partner(record, known)
    envelope = _open(record)
    _check_signature(record, partner, known)
    event = _read(envelope)
    _check_place(record, event, partner)
    return Claim(record, partner.partner_id, event, sha256(record.value or b"").digest())


def _partner(record: Record, known: Known) -> Partner:
    partner_id = partner_of(record.topic)
    found = known.partners.get(partner_id) if partner_id else None
    if found is None:
        raise NotAccepted(RefusalReason.UNKNOWN_PARTNER, f"topic {record.topic} belongs to no registered partner")
    return found


def _open(record: Record) -> Envelope:
    try:
        return open_envelope(record.value)
    except InvalidEvent as error:
        raise NotAccepted(RefusalReason(error.reason), error.detail, error.field) from None


def _signature(record: Record) -> bytes:
    found = [content for name, content in record.headers if name == "jws"]
    if not found:
        raise NotAccepted(RefusalReason.SIGNATURE_MISSING, "the record has no header jws")
    if len(found) > 1 or found[0] is None:
        raise NotAccepted(RefusalReason.SIGNATURE_MALFORMED, f"the record has {len(found)} headers jws; one, not null")
    return found[0]


def _check_signature(record: Record, partner: Partner, known: Known) -> None:
    signature = _signature(record)
    try:
        key = _key(read_header(signature).kid, partner, known)
        verify_detached(
            signature,
            record.value,
            key.verifier,
            issuer=partner.partner_id,
            topic=record.topic,
            record_key=record.key,
        )
    except SignatureRefused as refused:
        raise NotAccepted(_REASONS[refused.reason], str(refused)) from None


def _key(kid: str, partner: Partner, known: Known) -> PartnerKey:
    key = known.keys.get(kid)
    if key is None:
        raise NotAccepted(RefusalReason.KEY_UNKNOWN, f"key {kid!r} is not registered")
    if key.partner_id != partner.partner_id:
        raise NotAccepted(RefusalReason.KEY_OF_ANOTHER_PARTNER, f"key {kid} is not a key of {partner.partner_id}")
    if key.revoked:
        raise NotAccepted(RefusalReason.KEY_REVOKED, f"key {kid} was revoked")
    return key


def _read(envelope: Envelope) -> Event:
    event_type = TYPES_BY_NAME.get(envelope.type)
    if event_type is None or event_type.context is not Context.PARTNER:
        raise NotAccepted(RefusalReason.UNKNOWN_TYPE, f"{envelope.type!r} is not a partner's claim", "type")
    try:
        return read_data(envelope)
    except InvalidEvent as error:
        raise NotAccepted(RefusalReason(error.reason), error.detail, error.field) from None


def _check_place(record: Record, event: Event, partner: Partner) -> None:
    own = source_of_partner(partner.partner_id)
    if event.envelope.source != own:
        raise NotAccepted(RefusalReason.SOURCE_OF_ANOTHER_PARTNER, f"source must be {own}", "source")
    if getattr(event.data, "partner_id", partner.partner_id) != partner.partner_id:
        detail = f"the data names another partner than {partner.partner_id}, whose topic this is"
        raise NotAccepted(RefusalReason.SOURCE_OF_ANOTHER_PARTNER, detail, "data.partner_id")
    key = event.type.key_of(event.data)
    if record.key != key.encode():
        raise NotAccepted(RefusalReason.RECORD_KEY_WRONG, f"the Kafka key must be {key}", f"data.{event.type.key}")
