"""A request that is sent again gets its first answer, and does nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from ewaste.contracts.refusal import Refused
from ewaste.runtime.app import App
from ewaste.runtime.database import driver
from ewaste.runtime.idempotency import once
from fastapi import Response
from tally import Tally


@pytest.fixture
async def app(tally: Tally) -> AsyncIterator[App]:
    made = tally.app()
    yield made
    await made.database.close()


async def ask(app: App, key: str | None, request: bytes = b"{}", *, fail: bool = False, slow: float = 0) -> Response:
    """A request that counts itself and answers 201."""
    async with app.database.transaction() as tx:

        async def work() -> tuple[int, bytes]:
            connection = await driver(tx)
            await connection.execute(
                "INSERT INTO tally VALUES ('asked', 1, 0) ON CONFLICT (item_id) DO UPDATE SET times = tally.times + 1"
            )
            await asyncio.sleep(slow)
            if fail:
                raise ValueError("failed")
            return 201, b'{"receipt": "R-1"}'

        return await once(tx, "POST /drops", key, request, work)


async def test_the_same_request_again_gets_the_first_answer(app: App, tally: Tally) -> None:
    first, again = await ask(app, "key-12345"), await ask(app, "key-12345")
    assert (first.status_code, first.body) == (again.status_code, again.body) == (201, b'{"receipt": "R-1"}')
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await tally.counts() == {"asked": 1}


async def test_a_key_is_not_for_another_request(app: App, tally: Tally) -> None:
    await ask(app, "key-12345", b'{"a": 1}')
    with pytest.raises(Refused, match="idempotency-key-reused") as refused:
        await ask(app, "key-12345", b'{"a": 2}')
    assert refused.value.field == "Idempotency-Key"
    assert await tally.counts() == {"asked": 1}


async def test_the_same_request_at_the_same_time_has_one_effect(app: App, tally: Tally) -> None:
    answers = await asyncio.gather(*(ask(app, "key-12345", slow=0.2) for _ in range(4)))
    assert {(one.status_code, one.body) for one in answers} == {(201, b'{"receipt": "R-1"}')}
    assert sum("Idempotency-Replayed" in one.headers for one in answers) == 3
    assert await tally.counts() == {"asked": 1}


async def test_a_request_that_failed_may_be_tried_again_with_its_key(app: App, tally: Tally) -> None:
    with pytest.raises(ValueError, match="failed"):
        await ask(app, "key-12345", fail=True)
    assert await tally.counts() == {}
    assert (await ask(app, "key-12345")).status_code == 201
    assert await tally.counts() == {"asked": 1}


async def test_one_that_waited_for_a_failing_one_does_the_work(app: App, tally: Tally) -> None:
    answers = await asyncio.gather(
        ask(app, "key-12345", fail=True, slow=0.3), ask(app, "key-12345", slow=0.1), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in answers) in (["Response", "ValueError"], ["Response", "Response"])
    assert await tally.counts() == {"asked": 1}


async def test_without_a_key_every_request_counts(app: App, tally: Tally) -> None:
    await ask(app, None)
    await ask(app, None)
    assert await tally.counts() == {"asked": 2}
