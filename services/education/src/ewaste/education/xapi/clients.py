"""Learning systems: added by the operator, known by a secret that only they have."""

import base64
import binascii
import secrets
from datetime import datetime
from hashlib import sha256
from typing import Final

from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.education.xapi.model import Client
from ewaste.education.xapi.rules.formats import iri
from ewaste.education.xapi.rules.shape import Invalid
from ewaste.education.xapi.storage import clients
from ewaste.runtime.database import Transaction

__all__ = ["add_client", "authenticate", "revoke_client"]

_UNAUTHENTICATED: Final = 401


async def add_client(tx: Transaction, client: Client, now: datetime) -> str:
    """The new client's secret, which is told once and kept nowhere. Raises `Refused`."""
    if ":" in client.key or not client.key.isprintable() or not 1 <= len(client.key) <= 64:
        raise Refused("client-key-invalid", "a key has 1 to 64 letters and no colon", field="key")
    try:
        iri(client.home_page, "home_page")
    except Invalid as invalid:
        raise Refused("home-page-invalid", str(invalid), field="home_page") from None
    secret = secrets.token_urlsafe(32)
    if not await clients.add_client(tx, client, _digest(secret), now):
        detail = f"there is a client {client.key}; take another key (a key is never used again)"
        raise Refused("client-exists", detail, field="key", status=CONFLICT)
    return secret


async def revoke_client(tx: Transaction, key: str, now: datetime) -> None:
    """Shut a client out; its statements stay. Raises `Refused`."""
    if not await clients.revoke_client(tx, key, now):
        raise Refused("client-unknown", f"no client {key}", field="key", status=NOT_FOUND)


async def authenticate(tx: Transaction, header: str | None) -> Client:
    """The client behind an Authorization header (RFC 7617); raises `Refused`."""
    key, secret = _basic(header)
    found = await clients.client_by_secret(tx, key, _digest(secret))
    if found is None:
        raise _unknown("key and secret fit no client, or the client was revoked")
    return found


def _basic(header: str | None) -> tuple[str, str]:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        raise _unknown("send Authorization: Basic with the client's key and secret")
    try:
        key, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _unknown("Authorization: Basic needs key:secret in base64") from None
    if not colon or "\x00" in key:
        raise _unknown("Authorization: Basic needs key:secret in base64")
    return key, secret


def _digest(secret: str) -> bytes:
    """Of a secret of 256 random bits a plain digest leads nowhere back: a slow one would only cost time."""
    return sha256(secret.encode()).digest()


def _unknown(detail: str) -> Refused:
    return Refused("client-unauthenticated", detail, field="Authorization", status=_UNAUTHENTICATED)
