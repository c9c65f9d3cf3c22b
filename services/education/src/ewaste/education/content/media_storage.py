"""Media files in pieces, once each: a range of a long film is read without the rest."""

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime
from typing import Final

from asyncpg import Record
from ewaste.education.content.files.inspection import Inspected
from ewaste.runtime.database import Database, Transaction, driver

__all__ = ["add_media", "known_media", "media", "pieces", "whole"]

PIECE_BYTES: Final = 256 * 1024

_KNOWN: Final = "SELECT sha256, media_type, size_bytes, sound FROM media WHERE sha256 = ANY($1::text[])"
_ADD: Final = """
INSERT INTO media (sha256, media_type, size_bytes, sound, stored_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING 1
"""
_ADD_PIECE: Final = "INSERT INTO media_piece (sha256, number, content) VALUES ($1, $2, $3)"
_PIECE: Final = "SELECT content FROM media_piece WHERE sha256 = $1 AND number = $2"


async def known_media(tx: Transaction, digests: Collection[str]) -> dict[str, Record]:
    """What is stored under these digests."""
    rows = await (await driver(tx)).fetch(_KNOWN, sorted(digests))
    return {row["sha256"]: row for row in rows}


async def media(tx: Transaction, digest: str) -> Record | None:
    return (await known_media(tx, [digest])).get(digest)


async def add_media(tx: Transaction, file: Inspected, content: Iterable[bytes], now: datetime) -> None:
    """Store a file; `content` comes in pieces of `PIECE_BYTES`. A file that is there already is not stored again."""
    connection = await driver(tx)
    if await connection.fetchval(_ADD, file.sha256, file.media_type, file.size_bytes, file.sound, now):
        for number, piece in enumerate(content):
            await connection.execute(_ADD_PIECE, file.sha256, number, piece)


async def pieces(database: Database, digest: str, first: int, last: int) -> AsyncIterator[bytes]:
    """The bytes from `first` to `last`, both included; no connection is held while a slow phone reads."""
    for number in range(first // PIECE_BYTES, last // PIECE_BYTES + 1):
        async with database.transaction() as tx:
            piece = await (await driver(tx)).fetchval(_PIECE, digest, number)
        start = number * PIECE_BYTES
        yield piece[max(first - start, 0) : last - start + 1]


async def whole(database: Database, digest: str) -> bytes:
    """The whole file; raises LookupError where it isn't stored."""
    async with database.transaction() as tx:
        found = await media(tx, digest)
    if found is None:
        raise LookupError(f"media {digest} is not stored")
    return b"".join([piece async for piece in pieces(database, digest, 0, found["size_bytes"] - 1)])
