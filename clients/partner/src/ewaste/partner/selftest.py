"""Does this installation say what the contracts say? Every golden example, checked, signed and verified offline."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from ewaste.contracts.envelope import open_envelope
from ewaste.contracts.examples import example_names, examples
from ewaste.contracts.registry import read_event
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.keys import SigningKey, generate_key, public_jwk
from ewaste.evidence.signatures import SignatureRefused, verify_detached
from ewaste.partner.checks import check_together
from ewaste.partner.claims import CLAIM_TYPES, Claim
from ewaste.partner.jsonl import read_jsonl
from ewaste.partner.raw import RawClaim, validate
from ewaste.partner.signing import SignedClaim, read_signed, sign, signed_lines

__all__ = ["Outcome", "run_selftest"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one example; `failure` None: everything held."""

    type: str
    example: str
    failure: str | None


def run_selftest() -> list[Outcome]:
    """Each golden example of each type that a partner may confirm, with a key that is made for this run only."""
    key = SigningKey(jwk := generate_key())
    types = sorted({event_type.name for event_type in CLAIM_TYPES.values()})
    return [
        Outcome(name, example, next(_failures(value, key, public_jwk(jwk)), None))
        for name in types
        for example, value in zip(example_names(name), examples()[name], strict=True)
    ]


def _failures(value: bytes, key: SigningKey, public: dict[str, str]) -> Iterator[str]:
    envelope = open_envelope(value)
    partner_id = envelope.source.rpartition(":")[2]
    line = json.dumps(
        {"type": envelope.type, "time": envelope.time.isoformat(), "data": json.loads(bytes(envelope.data))}
    )
    (raw,) = read_jsonl([line])
    assert isinstance(raw, RawClaim), "it was written above"
    claim = validate(raw, partner_id, envelope.time)
    if not isinstance(claim, Claim):
        yield f"check finds {claim[0]}"
        return
    if findings := check_together([claim]):
        yield f"check finds {findings[0]}"
    if claim.data != read_event(value).data:
        yield "what was read is not what the example says"
    yield from _signed(claim, key, public)


def _signed(claim: Claim, key: SigningKey, public: dict[str, str]) -> Iterator[str]:
    (one,), (again,) = sign([claim], key), sign([claim], key)
    if one != again:
        yield "signing twice gives two results"
    (read,) = read_signed("".join(signed_lines([one]))) or [one]
    if read != one:
        yield "the signed line is not read back byte for byte"
    if not _verifies(one, one.value, claim.partner_id, public):
        yield "the signature does not verify"
    if _verifies(one, one.value + b" ", claim.partner_id, public):
        yield "the signature fits changed bytes too"


def _verifies(one: SignedClaim, value: bytes, partner_id: str, public: dict[str, str]) -> bool:
    topic = partner_topic(partner_id)
    try:
        verify_detached(one.jws, value, public, issuer=partner_id, topic=topic, record_key=one.key.encode())
    except SignatureRefused:
        return False
    return True
