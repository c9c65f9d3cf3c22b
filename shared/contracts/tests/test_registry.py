"""The conventions of event types, checked on what readers take, not on what was meant."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from ewaste.contracts import registry
from ewaste.contracts.envelope import MAX_EVENT_BYTES, InvalidEvent, open_envelope, with_sequence
from ewaste.contracts.events import common, dropoff, education, logistics, recycler, traceability
from ewaste.contracts.fields import Context, Part, Text
from ewaste.contracts.registry import EVENT_TYPES, TYPES_BY_NAME, EventType, type_for, write_event
from ewaste.contracts.schemas import data_schema
from pydantic import TypeAdapter

EVENT_MODULES = (common, dropoff, education, logistics, recycler, traceability)
COURSE = type_for(Context.EDUCATION, education.CoursePublished)
UNITS = ("grams", "_grams", "_bytes", "_seconds", "_percent", "_basis_points", "_microdegrees")
COUNTED_OR_ORDINAL = {
    ("OutputFraction", "pieces"),
    ("CoursePublished", "course_version"),
    ("LearnerEnrolled", "course_version"),
    ("LessonCompleted", "course_version"),
    ("CourseCompleted", "course_version"),
    ("CourseCompleted", "lessons_completed"),
    ("WellnessIndexComputed", "learners"),
    ("ConfirmationRefused", "partition"),
    ("ConfirmationRefused", "offset"),
    ("CertificateIssued", "ledger_size"),
    ("CheckpointPublished", "size"),
    ("ArchiveSealed", "start"),
    ("ArchiveSealed", "end"),
    ("ArchiveSealed", "rows"),
    ("ReadModelAttested", "size"),
    ("ReadModel", "rows"),
    ("CustodyGapOpened", "evidence"),
    ("CustodyGapClosed", "evidence"),
    ("CertificateSuspended", "evidence"),
}
# Words that name places, courses and companies, or that machines write; none can be about a person.
FREE_TEXT = {
    ("DropPointRegistered", "name_th"),
    ("DropPointRegistered", "name_en"),
    ("DropPointRegistered", "community"),
    ("ActorRegistered", "name_th"),
    ("ActorRegistered", "name_en"),
    ("PartnerRegistered", "name_th"),
    ("PartnerRegistered", "name_en"),
    ("CoursePublished", "title_th"),
    ("CoursePublished", "title_en"),
    ("CourseModule", "title_th"),
    ("CourseModule", "title_en"),
    ("CourseLesson", "title_th"),
    ("CourseLesson", "title_en"),
    ("EventCorrected", "corrected_source"),
    ("ConfirmationRefused", "topic"),
    ("ConfirmationRefused", "field"),
    ("CheckpointPublished", "origin"),
    ("ArchiveSealed", "origin"),
    ("ArchiveSealed", "writer"),
    ("ReadModelAttested", "origin"),
}
KEYWORDS = {"type", "properties", "required", "items", "anyOf", "enum", "const", "format", "pattern", "default", "$ref"}
BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "minItems", "maxItems"}
WORDS = {"title", "description", "$defs"}

each_type = pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)


class Leaf(NamedTuple):
    owner: str
    field: str
    schema: Mapping[str, Any]


def objects(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield schema["title"], schema
    for name, definition in schema.get("$defs", {}).items():
        if "properties" in definition:
            yield name, definition


def leaves(schema: Mapping[str, Any]) -> Iterator[Leaf]:
    for owner, definition in objects(schema):
        for field, node in definition["properties"].items():
            for one in [node, *node.get("anyOf", [])]:
                item = one.get("items", one)
                if "$ref" not in item and "anyOf" not in item:
                    yield Leaf(owner, field, item)


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


@each_type
def test_names_say_context_past_tense_fact_and_version(event_type: EventType) -> None:
    assert re.fullmatch(r"ewaste\.[a-z]+\.([A-Z][a-z]+)*[A-Z][a-z]*ed\.v[1-9][0-9]*", event_type.name)
    assert event_type.model.__doc__ or event_type.context is Context.EDUCATION


def test_names_are_unique_and_every_version_before_is_still_there() -> None:
    assert len(TYPES_BY_NAME) == len(EVENT_TYPES)
    for event_type in EVENT_TYPES:
        for older in range(1, event_type.version):
            assert f"{event_type.name.rsplit('.v', 1)[0]}.v{older}" in TYPES_BY_NAME


@each_type
def test_key_and_subject_are_required_identifying_fields(event_type: EventType) -> None:
    schema = data_schema(event_type)
    for field in (event_type.key, event_type.subject):
        assert field in schema["required"]
        assert schema["properties"][field]["type"] == "string"


@each_type
def test_field_names_are_snake_case(event_type: EventType) -> None:
    fields = chain.from_iterable(definition["properties"] for _, definition in objects(data_schema(event_type)))
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", field) for field in fields)


@each_type
def test_amounts_are_bounded_integers_with_their_unit_in_the_name(event_type: EventType) -> None:
    for owner, field, schema in leaves(data_schema(event_type)):
        if schema["type"] == "integer":
            assert field.endswith(UNITS) or (owner, field) in COUNTED_OR_ORDINAL, (owner, field)
            assert "minimum" in schema or "exclusiveMinimum" in schema
            assert abs(schema["maximum"]) < 2**53, "what every JSON reader holds exactly"


@each_type
def test_there_are_no_floats_and_no_open_ended_values(event_type: EventType) -> None:
    for _, _, schema in leaves(data_schema(event_type)):
        assert schema["type"] in {"string", "integer", "boolean", "null"}
    for node in nodes(data_schema(event_type)):
        if node.get("type") == "array":
            assert "maxItems" in node, "a list without an end becomes an event that no reader takes"


@each_type
def test_texts_are_closed_forms_or_known_to_hold_nothing_personal(event_type: EventType) -> None:
    free = TypeAdapter(Text).json_schema()["pattern"]
    for owner, field, schema in leaves(data_schema(event_type)):
        if schema["type"] == "string" and not schema.keys() & {"const", "enum", "format"}:
            assert "pattern" in schema, (owner, field)
            assert schema["pattern"] != free or (owner, field) in FREE_TEXT, (owner, field)


def test_no_exception_outlives_its_field() -> None:
    fields = {(leaf.owner, leaf.field) for event_type in EVENT_TYPES for leaf in leaves(data_schema(event_type))}
    assert fields >= COUNTED_OR_ORDINAL | FREE_TEXT


@each_type
def test_only_keywords_that_the_compatibility_check_understands(event_type: EventType) -> None:
    schema = data_schema(event_type)
    for node in chain([schema], schema.get("$defs", {}).values(), (leaf.schema for leaf in leaves(schema))):
        assert node.keys() <= KEYWORDS | BOUNDS | WORDS


def test_every_model_belongs_to_a_type() -> None:
    named = {name for event_type in EVENT_TYPES for name, _ in objects(data_schema(event_type))}
    defined = {
        name
        for module in EVENT_MODULES
        for name in module.__all__
        if isinstance(getattr(module, name), type) and issubclass(getattr(module, name), Part)
    }
    assert defined == named


def test_partners_claim_what_the_recycler_service_states() -> None:
    claims = {event_type.model: event_type for event_type in EVENT_TYPES if event_type.context is Context.PARTNER}
    for model, claim in claims.items():
        fact = type_for(Context.RECYCLER, model)
        assert (claim.key, claim.subject, claim.version) == (fact.key, fact.subject, fact.version)


def test_every_context_can_correct_itself() -> None:
    assert {type_for(context, common.EventCorrected).context for context in Context} == set(Context)


def test_a_certificate_and_its_suspension_keep_their_order() -> None:
    issued = type_for(Context.TRACEABILITY, traceability.CertificateIssued)
    suspended = type_for(Context.TRACEABILITY, traceability.CertificateSuspended)
    assert issued.key == suspended.key == "certificate_id"


def test_a_type_that_a_context_does_not_publish_is_named() -> None:
    with pytest.raises(LookupError, match="education publishes no ItemDropped"):
        type_for(Context.EDUCATION, dropoff.ItemDropped)


def test_nothing_registers_itself_by_being_imported() -> None:
    program = (
        "import sys\n"
        "from ewaste.contracts.events import common, dropoff, education, logistics, recycler, traceability\n"
        "assert 'ewaste.contracts.registry' not in sys.modules\n"
        "from ewaste.contracts import fields, registry\n"
        "before = registry.EVENT_TYPES, dict(registry.TYPES_BY_NAME)\n"
        "type('ThingHappened', (fields.Part,), {'__doc__': 'A new fact.'})\n"
        "assert before == (registry.EVENT_TYPES, dict(registry.TYPES_BY_NAME))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert isinstance(registry.EVENT_TYPES, tuple)


def largest(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Any:
    """The longest value a schema takes, as far as bounds go."""
    if "$ref" in node or "anyOf" in node:
        inner = node["anyOf"][0] if "anyOf" in node else schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
        return largest(schema, inner)
    if "enum" in node or "const" in node:
        return max(node.get("enum", [node.get("const")]), key=len)
    if node["type"] == "object":
        return {name: largest(schema, inner) for name, inner in node["properties"].items()}
    if node["type"] == "array":
        return [largest(schema, node["items"])] * node["maxItems"]
    return longest_text(node) if node["type"] == "string" else node.get("maximum", False)


def longest_text(node: Mapping[str, Any]) -> str:
    if node.get("format") == "date":
        return "2026-11-22"
    candidates = ["ก" * 200, "ก" * 64, "a" * 64, "a" * 43, "a" * 32, "19 10 02 HM", "TH"]
    return next(one for one in candidates if re.search(node["pattern"], one) and len(one) <= node.get("maxLength", 64))


# A course of 2,000 lessons with the longest titles is too much; writing it is refused, as the next test shows.
@pytest.mark.parametrize(
    "event_type", [one for one in EVENT_TYPES if one is not COURSE], ids=lambda event_type: event_type.name
)
def test_the_largest_event_its_bounds_allow_can_be_read(event_type: EventType) -> None:
    schema = data_schema(event_type)
    data = event_type.model.model_validate_json(json.dumps(largest(schema, schema)), strict=True)
    value = with_sequence(write(event_type, data), 2**63 - 1)
    assert len(value) <= MAX_EVENT_BYTES
    assert open_envelope(value).type == event_type.name


def test_a_larger_event_is_refused_where_it_is_written() -> None:
    schema = data_schema(COURSE)
    course = COURSE.model.model_validate_json(json.dumps(largest(schema, schema)), strict=True)
    with pytest.raises(InvalidEvent, match="too_large"):
        write(COURSE, course)


def write(event_type: EventType, data: Part) -> bytes:
    return write_event(
        event_type, data, id=UUID(int=7), source="urn:ewaste:chiangmai:test", time=datetime(2026, 11, 22, tzinfo=UTC)
    )
