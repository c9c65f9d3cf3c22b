"""The committed schemas say what the readers do."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import pytest
from ewaste.contracts.envelope import Envelope, InvalidEvent
from ewaste.contracts.examples import examples
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import EVENT_TYPES, TYPES_BY_NAME, EventType, read_event
from ewaste.contracts.schemas import committed_schema, data_schema, event_schema, rendered
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

each_type = pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)


@cache
def validator(type_name: str) -> Draft202012Validator:
    return Draft202012Validator(committed_schema(type_name), format_checker=Draft202012Validator.FORMAT_CHECKER)


@each_type
def test_each_is_a_schema_of_the_whole_event_under_its_own_name(event_type: EventType) -> None:
    schema = committed_schema(event_type.name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["$id"] == f"urn:ewaste:schema:{event_type.name}" == schema["properties"]["dataschema"]["const"]
    assert schema["properties"].keys() == {field.encode_name for field in msgspec.structs.fields(Envelope)}
    assert schema["$defs"][event_type.model.__name__].items() <= data_schema(event_type).items()


def test_a_format_that_is_not_checked_would_be_no_promise() -> None:
    used = {"uuid", "date-time", "date"}
    assert used <= Draft202012Validator.FORMAT_CHECKER.checkers.keys()
    text = "".join(json.dumps(event_schema(event_type)) for event_type in EVENT_TYPES)
    assert {part.split('"')[0] for part in text.split('"format": "')[1:]} == used


def test_rendering_is_stable_and_readable() -> None:
    assert rendered({"b": "ก", "a": [1]}) == '{\n  "b": "ก",\n  "a": [\n    1\n  ]\n}\n'.encode()
    for event_type in EVENT_TYPES:
        assert rendered(event_schema(event_type)) == rendered(event_schema(event_type))


def test_an_unknown_type_has_no_schema() -> None:
    with pytest.raises(LookupError, match="not a type of this version"):
        committed_schema("ewaste.dropoff.Nothing.v1")
    with pytest.raises(LookupError):
        committed_schema("../asyncapi")


@pytest.mark.parametrize(
    ("attribute", "wrong"),
    [
        ("id", "7"),
        ("source", "urn:ewaste:chiangmai:logistics"),
        ("type", "ewaste.dropoff.ItemDropped.v2"),
        ("time", "2026-11-22T08:00:00"),
        ("specversion", "0.3"),
        ("sequence", "17"),
        ("subject", ""),
        ("dataschema", "urn:ewaste:schema:other"),
        ("data", {"item_id": "i"}),
    ],
)
def test_each_attribute_is_checked(attribute: str, wrong: object) -> None:
    event = json.loads(examples()["ewaste.dropoff.ItemDropped.v1"][0])
    assert validator(event["type"]).is_valid(event)
    assert not validator(event["type"]).is_valid({**event, attribute: wrong})
    del event[attribute]
    assert not validator("ewaste.dropoff.ItemDropped.v1").is_valid(event)


def test_a_partner_may_leave_out_what_only_services_know() -> None:
    event = json.loads(examples()["ewaste.partner.LoadReceived.v1"][0])
    for attribute in ("sequence", "subject", "datacontenttype", "dataschema"):
        del event[attribute]
    assert validator(event["type"]).is_valid(event)
    assert TYPES_BY_NAME[event["type"]].context is Context.PARTNER


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


GOLDEN = [value for values in examples().values() for value in values]
ODD_VALUES = [None, True, False, -1, 0, 1, 101, 10_001, 2**31, 2**53, 2**70, 0.5, "", " ", "a", "A", "a b", "ก", "é/",
              "a" * 65, "x" * 201, "2026-11-10", "2026-02-30", "2026-11-10T00:00:00Z", "20 01 35 HM", "phone", "R4",
              "a" * 43, "0" * 64, "a\u0000b", "\u2003", [], [1], {}, {"kind": "bag", "id": "b"}]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> Mapping[str, Any]:
    """A golden event with one value inside its data removed or replaced."""
    event: dict[str, Any] = json.loads(draw(st.sampled_from(GOLDEN)))
    path = draw(st.sampled_from([place for place in places(event["data"]) if place]))
    target: Any = event["data"]
    for step in path[:-1]:
        target = target[step]
    if draw(st.booleans()):
        target[path[-1]] = draw(st.sampled_from(ODD_VALUES))
    else:
        del target[path[-1]]
    return event


@given(damaged())
def test_the_schema_takes_exactly_what_the_reader_takes(event: Mapping[str, Any]) -> None:
    try:
        read_event(json.dumps(event).encode())
        read = True
    except InvalidEvent:
        read = False
    assert validator(event["type"]).is_valid(event) is read
