"""After the fault was mended, dead letters are handled by the same handlers, each event once."""

from collections.abc import Sequence
from typing import Any

import pytest
from ewaste.runtime.app import Role
from ewaste.runtime.redrive import redrive
from tally import Tally, event, nothing


@pytest.fixture
async def buried(tally: Tally) -> Tally:
    """Three events that a bug sent to the dead letters, and one record that nothing can read."""

    async def bug(items: Sequence[str]) -> None:
        if any(item.startswith("hit") for item in items):
            raise ValueError("a bug")

    tally.meanwhile = bug
    await tally.send(event("hit-1"), event("fine"), event("hit-2"), b"unreadable", event("hit-3"))
    async with tally.app().running(Role.WORKER):
        await tally.reached(5)
    assert await tally.counts() == {"fine": 1}
    tally.meanwhile = nothing
    return tally


async def again(
    tally: Tally, *, reason: str | None = None, dry_run: bool = False, limit: int = 100_000
) -> dict[str, Any]:
    report = await redrive(tally.app(), reason=reason, dry_run=dry_run, limit=limit)
    assert (report.pop("topic"), report.pop("dry_run")) == ("ewaste.dropoff.dead", dry_run)
    report.pop("skipped", None)  # letters of other tests
    return report


async def test_redrive_handles_once_what_can_be_handled_now(buried: Tally) -> None:
    assert await again(buried) == {"handled": 3, "still_invalid": 1}
    assert await buried.counts() == {"fine": 1, "hit-1": 1, "hit-2": 1, "hit-3": 1}
    assert await buried.answers() == 4
    assert await again(buried) == {"handled_before": 3, "still_invalid": 1}
    assert await buried.counts() == {"fine": 1, "hit-1": 1, "hit-2": 1, "hit-3": 1}
    assert await buried.position() == 5


async def test_a_dry_run_tells_the_same_and_changes_nothing(buried: Tally) -> None:
    assert await again(buried, dry_run=True) == {"handled": 3, "still_invalid": 1}
    assert await buried.counts() == {"fine": 1}
    assert await buried.answers() == 1
    assert await again(buried) == {"handled": 3, "still_invalid": 1}


async def test_only_one_reason(buried: Tally) -> None:
    assert await again(buried, reason="undecodable") == {"still_invalid": 1}
    assert await again(buried, reason="handler_failed", dry_run=True) == {"handled": 3}


async def test_what_fails_again_stays_for_the_next_time_and_does_not_stop_the_others(buried: Tally) -> None:
    async def half_mended(items: Sequence[str]) -> None:
        if "hit-2" in items:
            raise ValueError("the other half of the bug")

    buried.meanwhile = half_mended
    assert await again(buried) == {"failed": 1, "handled": 2, "still_invalid": 1}
    buried.meanwhile = nothing
    assert await again(buried) == {"handled": 1, "handled_before": 2, "still_invalid": 1}


async def test_an_event_that_came_again_by_itself_is_not_handled_a_second_time(buried: Tally) -> None:
    (letter, *_) = [record.value for _, record in await buried.dead()]
    await buried.send(letter)
    async with buried.app().running(Role.WORKER):
        await buried.reached(6)
    assert await again(buried) == {"handled": 2, "handled_before": 1, "still_invalid": 1}
    assert await buried.counts() == {"fine": 1, "hit-1": 1, "hit-2": 1, "hit-3": 1}
