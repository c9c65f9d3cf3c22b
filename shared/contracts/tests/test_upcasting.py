"""Old versions stay readable: each is lifted to the newest, and what every golden example means is written down.

No released event has a second version yet; three versions of an event of this file's own show the mechanism.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts import registry
from ewaste.contracts.envelope import open_envelope
from ewaste.contracts.events.dropoff import BagFillReported, BagInstalled
from ewaste.contracts.examples import example_names, examples
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.registry import EVENT_TYPES, UPCASTS, EventType, is_unknown_version, read_data, type_for
from ewaste.contracts.upcasting import Upcast, Upcasts

FOLDER = Path(__file__).parent / "upcasting"
"""What each golden example of an older version says today: `<type>/<case>.json`, written once and never again."""


class BagWeighed(Part):
    """The first version had whole kilograms."""

    bag_id: str
    kilograms: int


class BagWeighed2(Part):
    bag_id: str
    grams: int


class BagWeighed3(Part):
    bag_id: str
    gross_grams: int
    tare_grams: int = 0


class Named(EventType):
    """All versions have the first one's name."""

    @property
    def name(self) -> str:
        return f"ewaste.dropoff.BagWeighed.v{self.version}"


FIRST = Named(Context.DROPOFF, BagWeighed, "bag_id", "bag_id", 1)
SECOND = Named(Context.DROPOFF, BagWeighed2, "bag_id", "bag_id", 2)
THIRD = Named(Context.DROPOFF, BagWeighed3, "bag_id", "bag_id", 3)


def to_grams(old: BagWeighed) -> BagWeighed2:
    return BagWeighed2(bag_id=old.bag_id, grams=old.kilograms * 1_000)


def to_gross(old: BagWeighed2) -> BagWeighed3:
    return BagWeighed3(bag_id=old.bag_id, gross_grams=old.grams)


STEPS = (Upcast(FIRST, SECOND, to_grams), Upcast(SECOND, THIRD, to_gross))


@pytest.fixture
def three_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {each.name: each for each in (FIRST, SECOND, THIRD)}
    monkeypatch.setattr(registry, "TYPES_BY_NAME", {**registry.TYPES_BY_NAME, **known})
    monkeypatch.setattr(registry, "UPCASTS", Upcasts(STEPS))


def written(version: int, **data: Any) -> bytes:
    value = json.loads(examples()["ewaste.dropoff.BagInstalled.v1"][0])
    return json.dumps(value | {"type": f"ewaste.dropoff.BagWeighed.v{version}", "data": data}).encode()


@pytest.mark.usefixtures("three_versions")
def test_every_version_reads_as_the_newest() -> None:
    newest = BagWeighed3(bag_id="B-1", gross_grams=12_000)
    for value in (
        written(1, bag_id="B-1", kilograms=12),
        written(2, bag_id="B-1", grams=12_000),
        written(3, bag_id="B-1", gross_grams=12_000),
    ):
        event = read_data(open_envelope(value))
        assert (event.type, event.data) == (THIRD, newest)
        assert event.envelope.type != THIRD.name or value == written(3, bag_id="B-1", gross_grams=12_000)


@pytest.mark.usefixtures("three_versions")
def test_an_old_version_is_still_held_to_its_own_model() -> None:
    with pytest.raises(ValueError, match=r"data\.kilograms"):
        read_data(open_envelope(written(1, bag_id="B-1", grams=12_000)))


@pytest.mark.usefixtures("three_versions")
def test_a_version_that_is_newer_than_this_release_is_told_from_garbage() -> None:
    assert is_unknown_version("ewaste.dropoff.BagWeighed.v4")
    for name in (
        "ewaste.dropoff.BagWeighed.v3",
        "ewaste.dropoff.BagSniffed.v1",
        "nonsense",
        "ewaste.dropoff.BagWeighed.v",
    ):
        assert not is_unknown_version(name)


def test_a_step_joins_two_versions_in_a_row_of_one_event() -> None:
    installed, filled = type_for(Context.DROPOFF, BagInstalled), type_for(Context.DROPOFF, BagFillReported)
    for old, new in ((FIRST, THIRD), (SECOND, FIRST), (installed, filled), (FIRST, FIRST)):
        with pytest.raises(ValueError, match="not the version after"):
            Upcast(old, new, lambda data: data)
    moved = Named(Context.DROPOFF, BagWeighed2, "grams", "bag_id", 2)
    with pytest.raises(ValueError, match="another key"):
        Upcast(FIRST, moved, to_grams)
    with pytest.raises(ValueError, match="two ways"):
        Upcasts((STEPS[0], Upcast(FIRST, SECOND, to_grams)))


def older(types: tuple[EventType, ...] = EVENT_TYPES) -> list[EventType]:
    return [each for each in types if UPCASTS.newest(each) is not each]


def test_every_older_version_leads_to_the_newest_and_its_examples_say_what_they_said() -> None:
    """A new step needs a golden file for each example of the version that it starts from."""
    stems: dict[str, list[EventType]] = {}
    for each in EVENT_TYPES:
        stems.setdefault(each.name.rpartition(".")[0], []).append(each)
    for versions in stems.values():
        newest = max(versions, key=lambda each: each.version)
        assert {UPCASTS.newest(each) for each in versions} == {newest}
    golden = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.json")}
    assert golden == {f"{each.name}/{case}.json" for each in older() for case in example_names(each.name)}
    for each in older():
        for case, value in zip(example_names(each.name), examples()[each.name], strict=True):
            lifted = read_data(open_envelope(value)).data.model_dump(mode="json")
            assert lifted == json.loads((FOLDER / each.name / f"{case}.json").read_bytes())
