"""JSON Schemas (draft 2020-12) of whole events, as the models give them.

One schema per event type, `$id` `urn:ewaste:schema:<type name>`, which is also what the event's `dataschema` says.
They are committed under `schemas/` and travel in the wheel; `python -m ewaste.contracts generate` writes them.
"""

import json
from importlib.resources import files
from typing import Any, Final

from ewaste.contracts.fields import Context
from ewaste.contracts.registry import TYPES_BY_NAME, EventType
from pydantic.json_schema import GenerateJsonSchema

__all__ = ["Schema", "committed_schema", "data_schema", "event_schema", "rendered"]

Schema = dict[str, Any]

_ATTRIBUTE: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 256,
    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
}
_ALWAYS: Final = ("specversion", "id", "source", "type", "time", "data")
# A partner's own producer may leave these out; a service never does.
_FROM_SERVICES: Final = ("subject", "datacontenttype", "dataschema", "sequence")


class _Plain(GenerateJsonSchema):
    """Without titles that only repeat the fields' names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def data_schema(event_type: EventType) -> Schema:
    """The schema of `data`: what this version's readers take."""
    return event_type.model.model_json_schema(mode="validation", schema_generator=_Plain)


def event_schema(event_type: EventType) -> Schema:
    """The schema of the whole CloudEvent of one type, open for extensions and for fields of newer writers."""
    data = data_schema(event_type)
    definitions = {event_type.model.__name__: data, **data.pop("$defs", {})}
    from_partner = event_type.context is Context.PARTNER
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ewaste:schema:{event_type.name}",
        "title": event_type.name,
        "description": data.get("description", event_type.name),
        "type": "object",
        "required": [*_ALWAYS, *(() if from_partner else _FROM_SERVICES)],
        "properties": _properties(event_type),
        "$defs": definitions,
    }


def _properties(event_type: EventType) -> Schema:
    return {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "UUID version 7 (RFC 9562); one per source."},
        "source": {"type": "string", "maxLength": 256, "pattern": _source_pattern(event_type.context)},
        "type": {"const": event_type.name},
        "subject": {**_ATTRIBUTE, "description": f"The value of `data.{event_type.subject}`."},
        "time": {"type": "string", "format": "date-time", "description": "RFC 3339, written in UTC with `Z`."},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"const": f"urn:ewaste:schema:{event_type.name}"},
        "sequence": {
            "type": "string",
            "pattern": "^[0-9]{20}$",
            "description": "Contiguous per source, with leading zeros: a gap is a lost event.",
        },
        "causationid": {**_ATTRIBUTE, "description": "The id of the event or request that led to this one."},
        "correlationid": {**_ATTRIBUTE, "description": "Shared by everything that began with one act."},
        "traceparent": {**_ATTRIBUTE, "description": "W3C Trace Context."},
        "data": {"$ref": f"#/$defs/{event_type.model.__name__}"},
    }


def _source_pattern(context: Context) -> str:
    if context is Context.PARTNER:
        return "^urn:ewaste:partner:[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$"
    return f"^urn:ewaste:[a-z][a-z0-9-]{{0,30}}:{context}$"


def rendered(document: Schema) -> bytes:
    """The bytes that are committed: two spaces, UTF-8, one newline at the end."""
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def committed_schema(type_name: str) -> Schema:
    """The schema that this package carries for a type; raises LookupError for an unknown one."""
    if type_name not in TYPES_BY_NAME:
        raise LookupError(f"{type_name!r} is not a type of this version: see ewaste.contracts.registry.EVENT_TYPES")
    text = files("ewaste.contracts").joinpath("schemas", f"{type_name}.json").read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema
