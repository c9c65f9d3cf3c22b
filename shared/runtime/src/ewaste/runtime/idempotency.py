"""A request that is sent again gets the answer of the first time, and does nothing."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from ewaste.contracts.refusal import Refused
from ewaste.runtime.database import Transaction, driver
from fastapi import Response

__all__ = ["once"]

_CLAIM: Final = """
INSERT INTO idempotency (scope, key, request_digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1
"""
_READ: Final = "SELECT request_digest, response, status FROM idempotency WHERE scope = $1 AND key = $2"
_ANSWER: Final = "UPDATE idempotency SET response = $3, status = $4 WHERE scope = $1 AND key = $2"


async def once(
    tx: Transaction, scope: str, key: str | None, request: bytes, work: Callable[[], Awaitable[tuple[int, bytes]]]
) -> Response:
    """Do `work` (it gives status and JSON body) unless `key` was answered before in `scope`.

    The claim, the work and the answer are one transaction: a second request with the key waits for the first.
    Raises `Refused` when the key was used for another request.
    """
    if key is None:
        status, body = await work()
        return Response(body, status, media_type="application/json")
    connection = await driver(tx)
    digest = sha256(request).digest()
    if await connection.fetchval(_CLAIM, scope, key, digest) is None:
        return await _answer_again(tx, scope, key, digest)
    status, body = await work()
    await connection.execute(_ANSWER, scope, key, body, status)
    return Response(body, status, media_type="application/json")


async def _answer_again(tx: Transaction, scope: str, key: str, digest: bytes) -> Response:
    row = await (await driver(tx)).fetchrow(_READ, scope, key)
    assert row is not None, "the claim was refused because the row exists"
    if row["request_digest"] != digest:
        raise Refused(
            "idempotency-key-reused",
            "this Idempotency-Key came before with another request; send a new key for a new request",
            field="Idempotency-Key",
        )
    headers = {"Idempotency-Replayed": "true"}
    return Response(row["response"], row["status"], media_type="application/json", headers=headers)
