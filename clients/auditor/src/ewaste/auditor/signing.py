"""Is a partner's record signed, and by which key? Signatures are what costs most, so many are verified on all cores."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from ewaste.contracts.topics import partner_of
from ewaste.evidence.keys import VerifyingKey
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.signatures import SignatureRefused, read_header, verify_detached

__all__ = ["Signature", "signature_of", "signatures_of"]

_CHUNK: Final = 500
_ALONE: Final = 2_000
"""Below this many records other processes would cost more than they save."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The key that a record names, and what is wrong with the signature; None: it holds."""

    key_id: str | None
    fault: str | None


def signature_of(record: Record, keys: Mapping[str, str]) -> Signature:
    """Judge one record of a partner's topic; `keys` are the `x` of every key that was ever registered, by key id."""
    found = [content for name, content in record.headers if name == "jws"]
    if not found:
        return Signature(None, "it has no header jws")
    if len(found) > 1 or found[0] is None:
        return Signature(None, f"it has {len(found)} headers jws; one, not null")
    try:
        key_id = read_header(found[0]).kid
    except SignatureRefused as refused:
        return Signature(None, str(refused))
    if key_id not in keys:
        return Signature(key_id, f"no fact in the ledger registers key {key_id}")
    return Signature(key_id, _fault(record, found[0], keys[key_id]))


def _fault(record: Record, jws: bytes, x: str) -> str | None:
    try:
        verify_detached(
            jws,
            record.value,
            _verifier(x),
            issuer=partner_of(record.topic) or "",
            topic=record.topic,
            record_key=record.key,
        )
    except SignatureRefused as refused:
        return str(refused)
    return None


@lru_cache(maxsize=4096)
def _verifier(x: str) -> VerifyingKey:
    """Preparing a key costs as much as a verification."""
    return VerifyingKey({"kty": "OKP", "crv": "Ed25519", "x": x})


def signatures_of(
    records: Iterable[tuple[int, Record]], count: int, keys: Mapping[str, str]
) -> Iterator[tuple[int, Signature]]:
    """The signature of each of these `count` records by its index, in order; on all cores when there are many."""
    iterator = iter(records)
    chunks = iter(lambda: list(islice(iterator, _CHUNK)), [])
    workers = os.cpu_count() or 1
    if count < _ALONE or workers == 1:
        for chunk in chunks:
            yield from _judge(chunk, keys)
        return
    # A fork would copy the progress bar's thread in whatever state it is; a fresh process has none.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[list[tuple[int, Signature]]]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_judge, chunk, keys))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        for future in waiting:
            yield from future.result()


def _judge(chunk: list[tuple[int, Record]], keys: Mapping[str, str]) -> list[tuple[int, Signature]]:
    return [(index, signature_of(record, keys)) for index, record in chunk]
