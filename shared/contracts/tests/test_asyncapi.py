"""The AsyncAPI document describes what the registry and the topics say, and is valid."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts import asyncapi
from ewaste.contracts.asyncapi import asyncapi_document
from ewaste.contracts.envelope import CONTENT_TYPE
from ewaste.contracts.examples import examples
from ewaste.contracts.fields import Context
from ewaste.contracts.readers import READERS
from ewaste.contracts.registry import EVENT_TYPES, EventType
from ewaste.contracts.schemas import event_schema
from ewaste.contracts.topics import TOPICS
from jsonschema import Draft7Validator

DOCUMENT = asyncapi_document()
SERVICES = [context for context in Context if context is not Context.PARTNER]

each_type = pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    for one in node if isinstance(node, list) else ():
        yield from references(one)


def found(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_every_reference_leads_somewhere() -> None:
    assert all(found(reference) is not None for reference in set(references(DOCUMENT)))


def test_there_is_a_channel_per_topic_with_its_settings() -> None:
    channels = {channel["address"]: channel for channel in DOCUMENT["channels"].values()}
    assert channels.keys() == {topic.name for topic in TOPICS} | {"ewaste.partner.{partnerId}"}
    for topic in TOPICS:
        binding = channels[topic.name]["bindings"]["kafka"]
        assert (binding["topic"], binding["partitions"]) == (topic.name, topic.partitions)
        assert binding["topicConfiguration"]["retention.ms"] == -1
        assert binding["topicConfiguration"]["cleanup.policy"] == ["delete"]
    assert channels["ewaste.partner.{partnerId}"]["parameters"].keys() == {"partnerId"}


@each_type
def test_every_type_is_a_message_of_its_contexts_channel(event_type: EventType) -> None:
    channel = DOCUMENT["channels"][event_type.context]
    message = found(channel["messages"][event_type.name]["$ref"])
    assert message["name"] == event_type.name
    assert message["contentType"] == message["headers"]["properties"]["content-type"]["const"] == CONTENT_TYPE
    assert f"data.{event_type.key}`" in message["bindings"]["kafka"]["key"]["description"]
    assert ("jws" in message["headers"]["properties"]) is (event_type.context is Context.PARTNER)
    assert [example["payload"] for example in message["examples"]] == [
        json.loads(value) for value in examples()[event_type.name]
    ]


@each_type
def test_a_payload_schema_stands_on_its_own(event_type: EventType) -> None:
    """Tools read draft 7 with references into the document; the examples hold under it too."""
    schema = {"$ref": f"#/components/schemas/{event_type.name}", "components": DOCUMENT["components"]}
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    for value in examples()[event_type.name]:
        assert list(validator.iter_errors(json.loads(value))) == []
        assert not validator.is_valid({**json.loads(value), "data": {}})


def test_who_sends_and_who_receives_is_said() -> None:
    sent = {f"{context}.sends" for context in Context} | {f"{service}.sends.dead" for service in SERVICES}
    received = {f"{service}.receives.{context}" for service, contexts in READERS.items() for context in contexts}
    assert DOCUMENT["operations"].keys() == sent | received
    for name, operation in DOCUMENT["operations"].items():
        assert operation["action"] == ("send" if ".sends" in name else "receive")


def test_the_recycler_reads_partners_and_the_ledger_reads_everything() -> None:
    assert Context.PARTNER in READERS[Context.RECYCLER]
    assert set(READERS[Context.TRACEABILITY]) == set(Context)
    assert READERS.keys() <= set(SERVICES)


def test_two_definitions_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def clashing(event_type: EventType) -> Any:
        schema = event_schema(event_type)
        if "Difference" in schema["$defs"] and event_type.context is Context.RECYCLER:
            schema["$defs"]["Difference"] = {"type": "integer"}
        return schema

    monkeypatch.setattr(asyncapi, "event_schema", clashing)
    with pytest.raises(ValueError, match=r"called Difference, the second in ewaste\.recycler\.LoadReceived\.v1"):
        asyncapi_document()


def test_it_is_valid_asyncapi_3() -> None:
    """With the schema of the npm package @asyncapi/specs, where `EWASTE_ASYNCAPI_SCHEMA` names its 3.0.0.json."""
    path = os.environ.get("EWASTE_ASYNCAPI_SCHEMA")
    if not path:
        pytest.skip("EWASTE_ASYNCAPI_SCHEMA is not set: `npm install @asyncapi/specs`, then its schemas/3.0.0.json")
    validator = Draft7Validator(json.loads(Path(path).read_text()))
    errors = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator.iter_errors(DOCUMENT)]
    assert errors == []
