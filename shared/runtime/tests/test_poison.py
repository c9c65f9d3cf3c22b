"""A record that can't be handled is put aside whole, with the reason; the records around it are handled."""

import json
from collections.abc import Sequence

import pytest
from ewaste.contracts.ids import uuid7
from ewaste.runtime.app import Role
from ewaste.runtime.database import Database, driver
from ewaste.runtime.testing import client, eventually
from sqlalchemy import text
from tally import Tally, event


def changed(**attributes: object) -> bytes:
    """A good event but for these attributes; None removes one."""
    document = json.loads(event("poison")) | attributes
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


POISON = {
    "broken JSON": (b'{"specversion": "1.0", "id": ', "undecodable"),
    "not UTF-8": (b'{"specversion": "\xff"}', "undecodable"),
    "empty value": (b"", "undecodable"),
    "null value": (None, "undecodable"),
    "nested without end": (b"[" * 100_000, "undecodable"),
    "no envelope": (b"[]", "envelope"),
    "no id": (changed(id=None), "envelope"),
    "other CloudEvents": (changed(specversion="2.0"), "envelope"),
    "unknown type": (changed(type="ewaste.dropoff.ItemVanished.v1"), "unknown_type"),
    "unknown version": (changed(type="ewaste.dropoff.ItemDropped.v99"), "unknown_type"),
    "wrong schema": (changed(data={"item_id": 7}), "schema"),
    "lone surrogate": (event("poison").replace(b'"phone"', b'"\\ud800"'), "undecodable"),
    "2 MB": (b" " * 2_000_000, "too_large"),
}


async def test_poison_goes_to_the_dead_letters_whole_and_the_partition_goes_on(tally: Tally) -> None:
    await tally.send(event("before"))
    for value, _ in POISON.values():
        await tally.send(value, headers=[("trace", b"\xff\xfe not text"), ("empty", b"")])
    await tally.send(event("after"))
    async with tally.app(batch_records=5).running(Role.WORKER):
        await tally.reached(len(POISON) + 2)

    assert await tally.counts() == {"before": 1, "after": 1}
    letters = await tally.dead()
    told = {name: reason for name, (reason, _) in zip(POISON, letters, strict=True)}
    assert told == {name: reason for name, (_, reason) in POISON.items()}
    assert [record for _, record in letters] == (await tally.written())[1:-1]


async def test_a_record_of_nothing_at_all_is_poison_like_any_other(tally: Tally) -> None:
    await tally.send_nothing()
    await tally.send(event("after"))
    async with tally.app().running(Role.WORKER):
        await tally.reached(2)

    ((reason, record),) = await tally.dead()
    assert (reason, record.key, record.value, record.headers) == ("undecodable", None, None, ())
    assert record == (await tally.written())[0]


@pytest.mark.parametrize("name", [b"\xff\xfe", b"caf\xe9", b"ewaste-hex-zz", "ป้าย".encode()])
async def test_a_header_name_of_any_bytes_is_no_poison(tally: Tally, name: bytes) -> None:
    """aiokafka alone would raise on every fetch, for ever."""
    await tally.send(event("before"))
    await tally.send_with_name(name, event("good"), b"bad", event("also-good"))
    await tally.send(event("after"))
    async with tally.app().running(Role.WORKER):
        await tally.reached(5)

    assert await tally.counts() == {"before": 1, "good": 1, "also-good": 1, "after": 1}
    ((reason, record),) = await tally.dead()
    assert (reason, record.value) == ("undecodable", b"bad")
    assert record.headers == ((name.decode("utf-8", "surrogateescape"), b"content"),)
    assert record == (await tally.written())[2]


async def test_the_same_id_with_other_content_is_an_alarm_and_not_a_duplicate(tally: Tally) -> None:
    one, two = uuid7(), uuid7()
    await tally.send(event("first", id=one), event("second", id=two), event("forged", id=two))
    async with tally.app().running(Role.WORKER):
        await tally.reached(3)
        await tally.send(event("forged-too", id=one))
        await tally.reached(4)

    assert await tally.counts() == {"first": 1, "second": 1}
    letters = await tally.dead()
    assert [(reason, record.value) for reason, record in letters] == [
        ("equivocation", event("forged", id=two)),
        ("equivocation", event("forged-too", id=one)),
    ]


async def test_a_record_larger_than_the_broker_takes_is_told_by_its_digest(tally: Tally) -> None:
    """Whoever compresses may send more than a dead letter can hold."""
    async with tally.producer(compression_type="lz4") as producer:
        await producer.send_and_wait(tally.topic, b"x" * 12_000_000, partition=0)
    await tally.send(event("after"))
    async with tally.app().running(Role.WORKER):
        await tally.reached(2)

    ((reason, record),) = await tally.dead()
    assert (reason, record.value, record.offset) == ("too_large", None, 0)
    assert await tally.counts() == {"after": 1}


@pytest.mark.parametrize(
    "bug", [ValueError("a bug: ไม่มีถุง \udcff"), KeyError("bag"), ZeroDivisionError()], ids=["value", "key", "zero"]
)
async def test_a_bug_costs_the_record_that_shows_it_and_not_its_neighbours(tally: Tally, bug: Exception) -> None:
    async def fail(items: Sequence[str]) -> None:
        if "item-13" in items:
            raise bug

    tally.meanwhile = fail
    await tally.send(*(event(f"item-{number}") for number in range(40)))
    async with tally.app().running(Role.WORKER):
        await tally.reached(40)

    assert await tally.counts() == {f"item-{number}": 1 for number in range(40) if number != 13}
    assert await tally.answers() == 39
    ((reason, record),) = await tally.dead()
    assert (reason, record.offset) == ("handler_failed", 13)


@pytest.mark.parametrize("statement", ["SELECT 'x'::int", "SELECT 1 / 0", "INSERT INTO tally VALUES ('taken', 1, 1)"])
@pytest.mark.parametrize("way", ["driver", "SQLAlchemy"])
async def test_what_a_value_does_to_the_database_is_a_bug_and_no_outage(tally: Tally, statement: str, way: str) -> None:
    """A number out of range or a broken constraint would be tried again for ever, and block the partition."""
    database = Database(tally.settings)

    async def fail(items: Sequence[str]) -> None:
        if "item-3" not in items:
            return
        async with database.transaction() as tx:
            await (tx.execute(text(statement)) if way == "SQLAlchemy" else (await driver(tx)).execute(statement))

    tally.meanwhile = fail
    await tally.query("INSERT INTO tally VALUES ('taken', 1, 1)")
    await tally.send(*(event(f"item-{number}") for number in range(6)))
    async with tally.app().running(Role.WORKER):
        await tally.reached(6)
    await database.close()

    ((reason, record),) = await tally.dead()
    assert (reason, record.offset) == ("handler_failed", 3)


async def test_too_much_poison_stops_the_consumer_visibly_and_a_higher_limit_goes_on(tally: Tally) -> None:
    await tally.send(event("before"), *(b"broken %d" % number for number in range(6)), event("after"))
    app = tally.app(dead_letters_per_hour=5, batch_records=2)
    async with client(app, Role.WORKER) as http:

        async def complaints() -> list[str]:
            return list((await http.get("/readyz")).json()["complaints"])

        (complaint,) = await eventually(complaints)
        assert "the limit is 5" in complaint
        assert "nothing was skipped" in complaint
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/livez")).status_code == 200, "a supervisor's restart would begin a new limit"
        assert await tally.position() == 6
        assert len(await tally.dead()) == 5

    async with tally.app(dead_letters_per_hour=100).running(Role.WORKER):
        await tally.reached(8)
    assert await tally.counts() == {"before": 1, "after": 1}
    assert len(await tally.dead()) == 6
