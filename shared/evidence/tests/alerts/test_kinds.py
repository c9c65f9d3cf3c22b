"""Each kind of alert opens, names its evidence and closes; the same in every order of arrival."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ewaste.evidence.alerts.gaps import Gap, closed_by, gaps_of
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LATE = datetime(2030, 1, 1, tzinfo=UTC)


def found(world: Any, case: Any, order: list[int] | None = None) -> Gap | None:
    gaps = gaps_of(fold(world.evidence(order)), case.subject)
    return next((gap for gap in gaps if gap.kind is case.kind), None)


def test_it_opens_with_its_evidence_and_closes_when_the_missing_fact_arrives(world: Any, case: Any) -> None:
    case.opens(world)
    opened = found(world, case)

    assert opened is not None
    by_index = {each.index: each for each in world.evidence()}
    shown = [by_index[index] for index in opened.evidence]
    assert tuple(type(each.event.data).__name__ for each in shown) == case.shown_by
    assert opened.because == str(shown[-1].event.envelope.id)
    told = opened.opened()
    assert (told.kind, node(told.subject.kind, told.subject.id)) == (case.kind, case.subject)

    size = len(world.records)
    case.closes(world)

    again = found(world, case)
    assert again is None or again.gap_id != opened.gap_id
    closing = closed_by(fold(world.evidence()), opened, size)
    assert closing
    assert min(closing) >= size
    assert set(opened.closed(closing).evidence) == {*opened.evidence, *closing}


def test_time_opens_it_after_the_limit_and_not_at_it(world: Any, case: Any) -> None:
    case.opens(world)
    gap = found(world, case)

    assert gap is not None
    if case.after is None:
        assert gap.due_at is None
        assert gap.is_open(datetime(2000, 1, 1, tzinfo=UTC))
    else:
        times = {each.event.envelope.time + case.after for each in world.evidence()}
        assert gap.due_at in times
        assert not gap.is_open(gap.due_at)
        assert gap.is_open(gap.due_at + timedelta(microseconds=1))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_and_repetition_of_records_change_nothing(
    new_world: Callable[[], Any], case: Any, data: st.DataObject
) -> None:
    world = new_world()
    case.opens(world)
    usual = found(world, case)
    places = list(range(len(world.records)))
    again = data.draw(st.lists(st.sampled_from(places), max_size=3))
    order = data.draw(st.permutations([*places, *again]))

    shuffled = found(world, case, list(order))

    assert usual is not None
    assert shuffled is not None
    assert (shuffled.gap_id, shuffled.due_at, shuffled.subject) == (usual.gap_id, usual.due_at, usual.subject)
    events = [
        sorted(str(each.event.envelope.id) for each in world.evidence(way) if each.index in gap.evidence)
        for way, gap in ((None, usual), (list(order), shuffled))
    ]
    assert events[0] == events[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_open_follows_from_the_set_of_facts(
    new_world: Callable[[], Any], cases: Any, data: st.DataObject
) -> None:
    """Many things at once, some closed again: any order of the same records gives the same open alerts."""
    world = new_world()
    for case in data.draw(st.lists(st.sampled_from(cases), min_size=1, max_size=4, unique_by=lambda case: case.kind)):
        case.opens(world)
        if data.draw(st.booleans()):
            case.closes(world)
    order = data.draw(st.permutations(range(len(world.records))))
    subjects = {case.subject for case in cases}

    def open_now(evidence: list[Any]) -> set[str]:
        custody = fold(evidence)
        return {gap.gap_id for each in subjects for gap in gaps_of(custody, each) if gap.is_open(LATE)}

    assert open_now(world.evidence(list(order))) == open_now(world.evidence())
