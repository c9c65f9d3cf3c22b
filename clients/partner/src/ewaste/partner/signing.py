"""Signed confirmations, and the file form in which they travel from the signing machine to the sending one."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from ewaste.contracts.envelope import CONTENT_TYPE, InvalidEvent
from ewaste.contracts.registry import read_event
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.keys import SigningKey
from ewaste.evidence.signatures import SignatureRefused, read_header, sign_detached
from ewaste.partner.claims import CLAIM_TYPES, Claim
from ewaste.partner.findings import Finding, InputRefused

__all__ = ["SignedClaim", "read_signed", "sign", "signed_lines"]

_MEMBERS: Final = ("topic", "key", "value", "jws")


@dataclass(frozen=True, slots=True)
class SignedClaim:
    """A record as it will stand in Kafka: Ed25519 gives one signature per content, so it is the same in every run."""

    line: int
    id: UUID
    topic: str
    key: str
    value: bytes
    jws: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the value."""
        return sha256(self.value).digest()

    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]:
        """The record's headers."""
        return ("content-type", CONTENT_TYPE.encode()), ("jws", self.jws.encode())


def sign(claims: Iterable[Claim], key: SigningKey) -> Iterator[SignedClaim]:
    """Sign each claim for its partner's own topic."""
    for claim in claims:
        value, topic = claim.value(), partner_topic(claim.partner_id)
        jws = sign_detached(value, key, issuer=claim.partner_id, topic=topic, record_key=claim.key)
        yield SignedClaim(claim.line, claim.id, topic, claim.key, value, jws)


def signed_lines(signed: Iterable[SignedClaim]) -> Iterator[str]:
    """One JSON object a line: `topic key value jws`, the value as text, byte for byte."""
    for one in signed:
        told = {"topic": one.topic, "key": one.key, "value": one.value.decode(), "jws": one.jws}
        yield json.dumps(told, ensure_ascii=False) + "\n"


def read_signed(text: str) -> list[SignedClaim] | None:
    """What `sign` wrote; None where the text is something else. Raises `InputRefused` for broken lines."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines or '"jws"' not in lines[0][1]:
        return None
    read = [_read(number, line) for number, line in lines]
    findings = [one for one in read if isinstance(one, Finding)] or _several_topics(read)
    if findings:
        raise InputRefused(findings)
    return [one for one in read if isinstance(one, SignedClaim)]


def _read(number: int, line: str) -> SignedClaim | Finding:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Finding(number, f"not JSON: {error}")
    if not isinstance(found, dict) or any(not isinstance(found.get(name), str) for name in _MEMBERS):
        return Finding(number, "need an object with the texts topic, key, value and jws, as `sign` writes it")
    try:
        return _check(number, found)
    except (InvalidEvent, SignatureRefused, UnicodeEncodeError) as error:
        return Finding(number, str(error))


def _check(number: int, found: dict[str, Any]) -> SignedClaim | Finding:
    value = found["value"].encode()
    event = read_event(value)
    if event.type.name not in CLAIM_TYPES:
        return Finding(number, f"{event.type.name} is not a partner's confirmation", "value.type")
    header = read_header(found["jws"])
    if (header.topic, header.record_key) != (found["topic"], found["key"]):
        return Finding(number, "was signed for another topic or key than the line says", "jws")
    return SignedClaim(number, event.envelope.id, found["topic"], found["key"], value, found["jws"])


def _several_topics(read: Sequence[object]) -> list[Finding]:
    signed = [one for one in read if isinstance(one, SignedClaim)]
    return [
        Finding(one.line, f"is for topic {one.topic}, the first line for {signed[0].topic}; one file, one partner")
        for one in signed
        if one.topic != signed[0].topic
    ]
