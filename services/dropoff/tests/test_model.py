"""Which bag a piece is in, and how far it is."""

from datetime import UTC, datetime, timedelta

import pytest
from ewaste.contracts.events.dropoff import Category, Channel
from ewaste.contracts.refusal import Refused
from ewaste.dropoff.model import Bag, Drop, Progress, Stage, place, stage_of
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def _drop(at: datetime = NOW, bag_id: str | None = None, category: Category = Category.PHONE) -> Drop:
    return Drop("item-1", "CODE", "box-1", bag_id, category, Channel.APP, at)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=8, unique=True), st.integers(0, 1_000))
def test_a_drop_lands_in_the_bag_that_hung_then(installed: list[int], dropped: int) -> None:
    bags = [Bag(f"bag-{m}", "box-1", NOW - timedelta(minutes=m)) for m in sorted(installed, reverse=True)]
    fact = place(_drop(NOW - timedelta(minutes=dropped)), bags, NOW)
    hung = [m for m in installed if m >= dropped]
    assert fact.bag_id == f"bag-{min(hung) if hung else max(installed)}"


def test_a_bag_that_was_scanned_is_believed_when_it_hung_there() -> None:
    bags = [Bag("old", "box-1", NOW - timedelta(days=1)), Bag("new", "box-1", NOW)]
    assert place(_drop(bag_id="old"), bags, NOW).bag_id == "old"
    with pytest.raises(Refused, match="stranger"):
        place(_drop(bag_id="stranger"), bags, NOW)


@pytest.mark.parametrize("category", [Category.CABLE, Category.CHARGER, Category.BATTERY, Category.POWER_BANK])
def test_what_has_no_prior_of_its_own_is_weighed_and_never_assumed(category: Category) -> None:
    assert place(_drop(category=category), [Bag("b", "box-1", NOW)], NOW).estimated_grams is None


@pytest.mark.parametrize(
    ("progress", "stage"),
    [
        (Progress(), Stage.DROPPED),
        (Progress(collected_at=NOW), Stage.COLLECTED),
        (Progress(delivered_at=NOW), Stage.DELIVERED),
        (Progress(collected_at=NOW, processed_at=NOW), Stage.PROCESSED),
        (Progress(certificate_id="cert"), Stage.CERTIFIED),
    ],
)
def test_the_stage_is_the_furthest_fact(progress: Progress, stage: Stage) -> None:
    assert stage_of(progress) is stage
