"""Golden examples: what was ever written stays readable, and they never change."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts import examples as module
from ewaste.contracts.envelope import with_sequence
from ewaste.contracts.examples import example_names, examples
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import EVENT_TYPES, TYPES_BY_NAME, EventType, read_event, write_event
from ewaste.contracts.schemas import committed_schema, data_schema
from jsonschema import Draft202012Validator

FOLDER = Path(module.__file__).parent / "examples"
MANIFEST = Path(__file__).parent / "golden.sha256"
CASES = [
    pytest.param(name, value, id=f"{name}/{case}")
    for name, values in examples().items()
    for case, value in zip(example_names(name), values, strict=True)
]
SAMPLED = {"DropPointRegistered", "PartnerRegistered", "CoursePublished"}

each_type = pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)
each_example = pytest.mark.parametrize(("name", "value"), CASES)


@each_type
def test_every_type_has_an_example(event_type: EventType) -> None:
    assert examples()[event_type.name]
    assert len(example_names(event_type.name)) == len(examples()[event_type.name])


def test_every_example_has_a_type_and_a_case_name() -> None:
    for path in FOLDER.rglob("*"):
        if path.is_file():
            assert path.suffix == ".json"
            assert path.parent.name in TYPES_BY_NAME
            assert path.stem.replace("-", "").isalnum()


def test_no_example_ever_changes() -> None:
    """A new example gets a new line in the manifest (`sha256sum`); an old line stays as it is."""
    listed = {line.split("  ")[1]: line.split("  ")[0] for line in MANIFEST.read_text().splitlines()}
    there = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.rglob("*.json")
    }
    assert there == listed


@each_example
def test_an_example_is_read_and_means_what_it_says(name: str, value: bytes) -> None:
    event = read_event(value)
    assert event.type.name == name
    assert event.envelope.id.version == 7
    assert event.envelope.sequence_number is not None
    assert event.envelope.subject == event.type.subject_of(event.data)
    assert not event.data.model_extra
    if event.type.model.__name__ in SAMPLED:
        assert event.data.model_dump()["sample"] is True


@each_example
def test_an_example_satisfies_its_schema(name: str, value: bytes) -> None:
    validator = Draft202012Validator(committed_schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors(json.loads(value))) == []


@each_example
def test_an_example_written_again_is_the_same_event(name: str, value: bytes) -> None:
    event = read_event(value)
    envelope = event.envelope
    written = write_event(
        TYPES_BY_NAME[name],
        event.data,
        id=envelope.id,
        source=envelope.source,
        time=envelope.time,
        causation_id=envelope.causationid,
        correlation_id=envelope.correlationid,
        traceparent=envelope.traceparent,
    )
    assert envelope.sequence_number is not None
    again = json.loads(with_sequence(written, envelope.sequence_number))
    assert in_full(again, name) == in_full(json.loads(value), name)


def in_full(event: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that was left out is written as its default: the same fact in more words."""
    model = TYPES_BY_NAME[name].model
    return {**event, "data": model.model_validate_json(json.dumps(event["data"])).model_dump(mode="json")}


def test_each_source_numbers_its_events_without_a_gap_and_in_time() -> None:
    events = [read_event(value).envelope for values in examples().values() for value in values]
    for source in {event.source for event in events}:
        own = sorted((event for event in events if event.source == source), key=lambda event: event.sequence or "")
        assert [event.sequence_number for event in own] == list(range(1, len(own) + 1))
        assert [event.time for event in own] == sorted(event.time for event in own)
    assert len({event.id for event in events}) == len(events)


def test_causes_inside_the_examples_exist_and_came_first() -> None:
    events = {event.id: event for values in examples().values() for event in (read_event(v).envelope for v in values)}
    caused = [event for event in events.values() if event.causationid]
    assert caused
    for event in caused:
        assert events[UUID(event.causationid)].time <= event.time


def fields(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from fields(one, path)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield f"{path}.{name}"
            yield from fields(one, f"{path}.{name}")


def fields_of(schema: dict[str, Any], node: dict[str, Any], path: str = "") -> Iterator[str]:
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    for inner in (*node.get("anyOf", ()), *([node["items"]] if "items" in node else ())):
        yield from fields_of(schema, inner, path)
    for name, inner in node.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from fields_of(schema, inner, f"{path}.{name}")


@each_type
def test_the_examples_of_a_type_use_all_its_fields(event_type: EventType) -> None:
    shown = [json.loads(value)["data"] for value in examples()[event_type.name]]
    schema = data_schema(event_type)
    left_out_by_partners = {".difference"} if event_type.context is Context.PARTNER else set()
    assert set(fields(shown)) == set(fields_of(schema, schema)) - left_out_by_partners
