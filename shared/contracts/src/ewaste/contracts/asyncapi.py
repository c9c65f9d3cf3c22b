"""The AsyncAPI 3.0 document of the whole system, from the registry (docs/decisions/0003-asyncapi-from-registry.md)."""

import json
from typing import Any, Final

from ewaste.contracts.envelope import CONTENT_TYPE
from ewaste.contracts.examples import example_names, examples
from ewaste.contracts.fields import Context
from ewaste.contracts.readers import READERS
from ewaste.contracts.registry import EVENT_TYPES, EventType
from ewaste.contracts.schemas import Schema, event_schema
from ewaste.contracts.topics import TOPICS, Topic, dead_letter_topic, partner_topic_spec, topic_of

__all__ = ["asyncapi_document"]

_BINDING: Final = {"bindingVersion": "0.5.0"}
_DEAD_LETTER_HEADERS: Final = {
    "ewaste-dead-consumer": "The consumer that gave up.",
    "ewaste-dead-reason": "One word: too_large, undecodable, envelope, unknown_type, schema or a consumer's own.",
    "ewaste-dead-detail": "What is wrong, for people.",
    "ewaste-dead-topic": "Where the record was.",
    "ewaste-dead-partition": "Where the record was.",
    "ewaste-dead-offset": "Where the record was.",
    "ewaste-dead-timestamp": "The record's own time in Unix milliseconds.",
}
_INFO: Final = {
    "title": "E-waste Trace events",
    "version": "1.0.0",
    "description": (
        "Every Kafka value is one CloudEvent 1.0 in structured JSON mode. Amounts are integers with the unit in the "
        "field's name, times are UTC, nothing personal is in any event. A released type only gains optional fields: "
        "ignore what you do not know."
    ),
    "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
}


def asyncapi_document() -> Schema:
    """Channels per topic, a message per event type, and who sends and receives what."""
    messages: Schema = {}
    schemas: Schema = {}
    for event_type in EVENT_TYPES:
        messages[event_type.name] = _message(event_type)
        _add_schemas(schemas, event_type)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:ewaste:events",
        "info": _INFO,
        "defaultContentType": CONTENT_TYPE,
        "channels": {**{str(context): _channel(context) for context in Context}, **_dead_channels()},
        "operations": _operations(),
        "components": {"messages": {**messages, "DeadLetter": _dead_letter()}, "schemas": schemas},
    }


def _channel(context: Context) -> Schema:
    types = [event_type for event_type in EVENT_TYPES if event_type.context is context]
    messages = {event_type.name: _ref("components", "messages", event_type.name) for event_type in types}
    if context is not Context.PARTNER:
        topic = _topic(topic_of(context))
        summary = f"What the {context} service states."
        return {
            "address": topic.name,
            "summary": summary,
            "messages": messages,
            "bindings": _bindings(topic, name=True),
        }
    return {
        "address": "ewaste.partner.{partnerId}",
        "summary": "What a recycler confirms; only that partner may write here, and every record is signed.",
        "messages": messages,
        "parameters": {"partnerId": {"description": "As in `PartnerRegistered`.", "examples": ["lanna-metals"]}},
        "bindings": _bindings(partner_topic_spec("lanna-metals"), name=False),
    }


def _dead_channels() -> Schema:
    return {
        f"{service}.dead": {
            "address": dead_letter_topic(service),
            "summary": f"Records that the {service} service could not handle, whole and with the reason.",
            "messages": {"DeadLetter": _ref("components", "messages", "DeadLetter")},
            "bindings": _bindings(_topic(dead_letter_topic(service)), name=True),
        }
        for service in Context
        if service is not Context.PARTNER
    }


def _topic(name: str) -> Topic:
    return next(topic for topic in TOPICS if topic.name == name)


def _bindings(topic: Topic, *, name: bool) -> Schema:
    settings = {key: _setting(key, value) for key, value in topic.config.items()}
    named = {"topic": topic.name} if name else {}
    return {"kafka": {**named, "partitions": topic.partitions, "topicConfiguration": settings, **_BINDING}}


def _setting(key: str, value: str) -> Any:
    if key == "cleanup.policy":
        return value.split(",")
    return int(value) if value.lstrip("-").isdigit() else value


def _message(event_type: EventType) -> Schema:
    schema = event_schema(event_type)
    return {
        "name": event_type.name,
        "title": event_type.model.__name__,
        "summary": schema["description"],
        "contentType": CONTENT_TYPE,
        "headers": _headers(event_type),
        "payload": _ref("components", "schemas", event_type.name),
        "correlationId": {"location": "$message.payload#/correlationid"},
        "bindings": {"kafka": {"key": _key(f"The value of `data.{event_type.key}`, UTF-8."), **_BINDING}},
        "examples": [
            {"name": name, "payload": json.loads(value)}
            for name, value in zip(example_names(event_type.name), examples().get(event_type.name, ()), strict=True)
        ],
    }


def _key(description: str) -> Schema:
    return {"type": "string", "description": description}


def _headers(event_type: EventType) -> Schema:
    headers: Schema = {"content-type": {"type": "string", "const": CONTENT_TYPE}}
    if event_type.context is not Context.PARTNER:
        return {"type": "object", "properties": headers}
    jws = "Detached JWS (RFC 7515 appendix F), Ed25519, over the exact bytes of the value."
    return {"type": "object", "required": ["jws"], "properties": {**headers, "jws": _key(jws)}}


def _dead_letter() -> Schema:
    told = {name: _key(description) for name, description in _DEAD_LETTER_HEADERS.items()}
    return {
        "name": "DeadLetter",
        "title": "DeadLetter",
        "summary": "A record as it came, bytes for bytes, with its own key and headers and the reason beside them.",
        "headers": {"type": "object", "required": list(told), "properties": told},
        "payload": {"description": "Any bytes."},
        "bindings": {"kafka": {"key": _key("The record's own key."), **_BINDING}},
    }


def _add_schemas(schemas: Schema, event_type: EventType) -> None:
    """References move from each schema's own `$defs` to the document's components."""
    event = event_schema(event_type)
    found = {event_type.name: event, **event.pop("$defs")}
    for name, schema in found.items():
        moved = _moved({key: value for key, value in schema.items() if key not in ("$schema", "$id")})
        if schemas.setdefault(name, moved) != moved:
            raise ValueError(f"two definitions are called {name}, the second in {event_type.name}: rename one")


def _moved(node: Any) -> Any:
    if isinstance(node, list):
        return [_moved(one) for one in node]
    if isinstance(node, dict):
        return {key: _target(value) if key == "$ref" else _moved(value) for key, value in node.items()}
    return node


def _target(reference: str) -> str:
    return reference.replace("#/$defs/", "#/components/schemas/")


def _operations() -> Schema:
    operations = {f"{context}.sends": _operation("send", context, str(context)) for context in Context}
    for service, contexts in READERS.items():
        for context in contexts:
            operations[f"{service}.receives.{context}"] = _operation("receive", service, str(context))
    for service in Context:
        if service is not Context.PARTNER:
            operations[f"{service}.sends.dead"] = _operation("send", service, f"{service}.dead")
    return operations


def _operation(action: str, who: Context, channel: str) -> Schema:
    return {
        "action": action,
        "channel": _ref("channels", channel),
        "summary": f"{who} {action}s",
        "tags": [{"name": str(who)}],
    }


def _ref(*steps: str) -> Schema:
    return {"$ref": "#/" + "/".join(steps)}
