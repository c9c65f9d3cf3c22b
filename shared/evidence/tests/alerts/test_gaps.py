"""What is an alert, under which name, and what never is one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ewaste.contracts.events.logistics import DisputeDecided
from ewaste.contracts.events.traceability import GapKind
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_data
from ewaste.evidence.alerts.gaps import equivocation_gaps, gaps_of
from ewaste.evidence.alerts.limits import DEFAULT_LIMITS, load_limits
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.rules.ruleset import RulesError

LATE = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_new_reason_is_another_alert_and_the_old_one_stays_closed(world: Any, acts: Any) -> None:
    acts.differs(off=-2_000)(world)
    first = {gap.kind: gap.gap_id for gap in gaps_of(fold(world.evidence()), "bag/B-1")}
    acts.settle(world, "L-1", "B-1", 8_050)
    assert gaps_of(fold(world.evidence()), "bag/B-1") == ()

    world.receive("L-1", "B-1", off=3_000)

    second = {gap.kind: gap.gap_id for gap in gaps_of(fold(world.evidence()), "bag/B-1")}
    assert second.keys() == first.keys() == {GapKind.WEIGHT_MISMATCH, GapKind.DISPUTE_OVERDUE}
    assert not set(first.values()) & set(second.values())


def test_the_municipality_ends_an_overdue_dispute(world: Any, acts: Any) -> None:
    acts.differs(off=-2_000)(world)
    (opened,) = [gap for gap in gaps_of(fold(world.evidence()), "bag/B-1") if gap.due_at]
    decided = DisputeDecided(load_id="L-1", decided_by="M-1", bags=acts.settlement("B-1", 8_050))
    id = world.say(Context.LOGISTICS, decided)
    assert gaps_of(fold(world.evidence()), "bag/B-1"), "too early to decide"
    topic, value = world.records[-1]
    assert opened.due_at is not None
    was = next(each for each in world.evidence() if each.event.envelope.id == id).event.envelope.time
    late = value.replace(was.isoformat().replace("+00:00", "Z").encode(), b"2026-12-24T00:00:00Z")
    world.records[-1] = (topic, late)
    assert gaps_of(fold(world.evidence()), "bag/B-1") == ()


def test_a_matching_delivery_gives_no_alert_ever(whole: Any) -> None:
    custody = fold(whole.evidence())
    for name in custody.touching.keys() | custody.children.keys():
        assert [gap for gap in gaps_of(custody, name) if gap.is_open(LATE)] == [], name


def test_a_minor_difference_is_no_alert(world: Any, acts: Any) -> None:
    acts.differs(off=-500)(world)
    assert gaps_of(fold(world.evidence()), "bag/B-1") == ()


def test_a_broken_bag_keeps_no_load_waiting(world: Any, acts: Any) -> None:
    acts.sent(world, "B-1")
    acts.declare_broken(world, "B-1")
    assert gaps_of(fold(world.evidence()), "load/L-1") == ()


def test_a_source_that_gives_one_id_two_contents_is_told_for_good(world: Any) -> None:
    id = world.install("B-1")
    world.say(Context.DROPOFF, read_data(world.evidence()[0].event.envelope).data, id=id)
    (gap,) = equivocation_gaps(fold(world.evidence()), "urn:ewaste:cm:dropoff")
    assert (gap.kind, gap.node, gap.evidence) == (GapKind.EQUIVOCATION, "source/urn:ewaste:cm:dropoff", (0, 1))
    world.correct(Context.DROPOFF, id)
    assert equivocation_gaps(fold(world.evidence()), "urn:ewaste:cm:dropoff") == (gap,)
    assert equivocation_gaps(fold(world.evidence()), "urn:ewaste:cm:logistics") == ()


def test_a_limit_file_that_says_no_sense_is_refused(tmp_path: Any) -> None:
    file = tmp_path / "alerts.2.toml"
    with pytest.raises(RulesError, match="no readable TOML"):
        load_limits(file)
    file.write_text("version = 2\nfull_percent = 101\n", "utf-8")
    with pytest.raises(RulesError, match="full_percent"):
        load_limits(file)
    assert load_limits() == DEFAULT_LIMITS


def test_a_time_at_the_end_of_the_calendar_is_never_due(world: Any) -> None:
    world.install("B-1")
    topic, value = world.records[0]
    time = world.evidence()[0].event.envelope.time
    world.records[0] = (topic, value.replace(time.isoformat()[:19].encode(), b"9998-12-31T23:59:59"))
    (gap,) = gaps_of(fold(world.evidence()), "bag/B-1")
    assert not gap.is_open(LATE)
