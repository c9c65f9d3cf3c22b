"""A log as anyone fetches it: the C2SP files, made from the ledger's rows and nothing else."""

from hashlib import sha256
from typing import Any

import httpx
from ewaste.evidence.ledger.contents import contents_of
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.ledger.record import Record, leaf_of
from ewaste.evidence.notes.checkpoints import open_checkpoint
from ewaste.evidence.notes.policy import parse_policy
from ewaste.evidence.notes.proof import check_receipt, parse_receipt
from ewaste.evidence.tiles.growth import Edge, grow
from ewaste.evidence.tiles.layout import content_path
from ewaste.runtime.app import Role
from ewaste.runtime.testing import eventually

LARGE = Record("ewaste.sample", 7, 0, 1, b"large", (), b"x" * 70_000)


async def published(http: httpx.AsyncClient, size: int) -> bytes:
    """The checkpoint once it has this size."""

    async def look() -> bytes:
        answer = await http.get("/log/learning/checkpoint")
        return answer.content if answer.status_code == 200 else b""

    return await eventually(look, lambda note: note.split(b"\n")[1:2] == [b"%d" % size], seconds=20)


async def test_every_file_is_what_the_rows_make_and_may_be_kept_for_ever(logged: Any) -> None:
    await logged.grow(300)
    async with logged.running() as http:
        await published(http, 300)
        await logged.grow(0, LARGE)
        note = await published(http, 301)

        entries = [*(leaf_of(logged.record(number)) for number in range(300)), leaf_of(LARGE)]
        found = open_checkpoint(note, [logged.key]).checkpoint
        assert (found.origin, found.root) == (logged.origin, root_of(map(leaf_hash, entries)))
        for tile, content in grow(Edge(), entries).tiles.items():
            answer = await http.get(f"/log/learning/{tile.path}")
            assert (answer.status_code, answer.content) == (200, content), tile.path
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        (content,) = contents_of(LARGE, entries[-1])
        assert (await http.get(f"/log/learning/{content_path(sha256(content).digest())}")).content == content
        head = await http.get("/log/learning/checkpoint")
        assert head.headers["content-type"] == "text/plain; charset=utf-8"
        assert head.headers["cache-control"] == "no-cache"


async def test_nothing_but_the_logs_files_leaves_the_folder(logged: Any) -> None:
    await logged.grow(3)
    async with logged.running() as http:
        await published(http, 3)
        for path in (
            ".head",
            ".lock",
            "tile/../.head",
            "tile/%2e%2e/.head",
            "..%2f..%2flog-keys/learning.json",
            "tile/0/000.p/2",
            "tile/0/001",
            "tile/0/0000",
            "content/aa/../../.head",
            "content",
            "",
        ):
            answer = await http.get(f"/log/learning/{path}")
            assert answer.status_code == 404, path
            assert answer.headers["content-type"].startswith("application/problem+json"), path


async def test_a_receipt_shows_a_record_to_whoever_has_the_policy(logged: Any) -> None:
    await logged.grow(700)
    async with logged.running() as http:
        await published(http, 700)
        policy = parse_policy((await http.get("/log/learning/policy")).content)
        for number in (0, 255, 256, 699):
            record = logged.record(number)
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}

            answer = await http.get("/log/learning/receipts", params=place)

            receipt = parse_receipt(answer.content)
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert (receipt.index, receipt.extra) == (number, leaf_of(record))
            assert check_receipt(receipt, leaf_of(record), policy).checkpoint.size == 700
            assert (await http.get(f"/log/learning/receipts?index={number}")).content == answer.content


async def test_a_receipt_that_cannot_be_given_says_whether_to_ask_again(logged: Any) -> None:
    async with logged.running(Role.API) as http:
        await logged.grow(1)
        unknown = await http.get("/log/learning/receipts?topic=ewaste.sample&partition=0&offset=9")
        beyond = await http.get("/log/learning/receipts?index=1")
        unnamed = await http.get("/log/learning/receipts?topic=ewaste.sample")
        policy = await http.get("/log/learning/policy")
    async with logged.running() as http:
        await published(http, 1)
    (logged.folder / "checkpoint").unlink()
    async with logged.running(Role.API) as http:
        uncovered = await http.get("/log/learning/receipts?topic=ewaste.sample&partition=0&offset=0")

    assert [each.status_code for each in (unknown, beyond, unnamed, policy, uncovered)] == [404, 404, 422, 503, 503]
    assert uncovered.headers["retry-after"] == policy.headers["retry-after"] == "5"
    assert uncovered.json()["type"] == "urn:ewaste:problem:not-covered-yet"
