"""A released type takes new optional fields and nothing else: each change that would break a reader is found."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import pytest
from ewaste.contracts.compatibility import breaking_changes
from ewaste.contracts.registry import EVENT_TYPES, TYPES_BY_NAME, EventType
from ewaste.contracts.schemas import Schema, event_schema

ITEM = "ewaste.dropoff.ItemDropped.v1"
BIN = "ewaste.logistics.BinCollected.v1"
PLAN = "ewaste.logistics.CollectionPlanned.v1"
HANDOVER = "ewaste.logistics.HandoverRecorded.v1"
KEY = "ewaste.recycler.PartnerKeyRegistered.v1"

WORDS = ("title", "description", "$id", "$schema")
Change = Callable[[Schema], object]


def changed(name: str, change: Change) -> list[str]:
    old = event_schema(TYPES_BY_NAME[name])
    new = copy.deepcopy(old)
    change(new["$defs"])
    return breaking_changes(old, new)


def field(model: str, name: str, **keywords: Any) -> Change:
    return lambda defs: defs[model]["properties"][name].update(keywords)


BREAKING: dict[str, tuple[str, Change]] = {
    "removed required field": (ITEM, lambda d: (d["ItemDropped"]["properties"].pop("point_id"), need(d, "-point_id"))),
    "removed optional field": (ITEM, lambda d: d["ItemDropped"]["properties"].pop("estimated_grams")),
    "renamed optional field": (
        ITEM,
        lambda d: d["ItemDropped"]["properties"].update(grams=d["ItemDropped"]["properties"].pop("estimated_grams")),
    ),
    "new required field": (ITEM, lambda d: (field_added(d), need(d, "+new"))),
    "optional became required": (ITEM, lambda d: need(d, "+estimated_grams")),
    "required became optional": (ITEM, lambda d: need(d, "-channel")),
    "widened enum, which an old reader refuses": (ITEM, lambda d: d["Category"]["enum"].append("drone")),
    "narrowed enum, which refuses an old writer": (ITEM, lambda d: d["Category"]["enum"].pop()),
    "changed type": (ITEM, field("ItemDropped", "bag_id", type="integer")),
    "null no more": (ITEM, lambda d: d["ItemDropped"]["properties"]["estimated_grams"]["anyOf"].pop()),
    "changed pattern": (ITEM, field("ItemDropped", "bag_id", pattern="^[a-z]+$")),
    "tightened upper bound": (
        ITEM,
        lambda d: d["ItemDropped"]["properties"]["estimated_grams"]["anyOf"][0].update(maximum=5),
    ),
    "loosened upper bound": (BIN, field("BinCollected", "gross_grams", maximum=10**12)),
    "tightened lower bound": (BIN, field("BinCollected", "gross_grams", exclusiveMinimum=5)),
    "lower bound gone": (BIN, lambda d: d["BinCollected"]["properties"]["gross_grams"].pop("exclusiveMinimum")),
    "another default, another meaning of nothing": (BIN, field("BinCollected", "tare_grams", default=180)),
    "format gone": (PLAN, lambda d: d["CollectionPlanned"]["properties"]["service_date"].pop("format")),
    "another format": (PLAN, field("CollectionPlanned", "service_date", format="date-time")),
    "fewer items": (PLAN, field("CollectionPlanned", "stops", maxItems=10)),
    "more items": (PLAN, field("CollectionPlanned", "stops", maxItems=10_000)),
    "inside a list": (HANDOVER, field("BagHandover", "received_grams", maximum=5)),
    "inside a list, required": (HANDOVER, lambda d: (field_added(d, "BagHandover"), need(d, "+new", "BagHandover"))),
    "another constant": (KEY, field("PublicKey", "crv", const="Ed448")),
    "closed for newer writers": (ITEM, lambda d: d["ItemDropped"].update(additionalProperties=False)),
    "a keyword nobody knew": (ITEM, field("ItemDropped", "bag_id", contentEncoding="base64")),
}


def field_added(defs: Schema, model: str = "ItemDropped") -> object:
    return defs[model]["properties"].setdefault("new", {"type": "string"})


def need(defs: Schema, change: str, model: str = "ItemDropped") -> object:
    required = defs[model]["required"]
    return required.append(change[1:]) if change[0] == "+" else required.remove(change[1:])


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_found(name: str) -> None:
    type_name, change = BREAKING[name]
    assert changed(type_name, change)


def test_a_finding_says_where_and_what() -> None:
    assert changed(ITEM, lambda defs: defs["ItemDropped"]["required"].remove("channel")) == [
        "$.data.channel: was required, is optional"
    ]
    assert changed(HANDOVER, field("BagHandover", "received_grams", maximum=5)) == [
        "$.data.bags[].received_grams: maximum was 100000000, is 5"
    ]


@pytest.mark.parametrize("model", ["HandoverRecorded", "BagHandover"])
def test_a_new_optional_field_is_let_through(model: str) -> None:
    assert changed(HANDOVER, lambda defs: field_added(defs, model)) == []


def test_words_and_the_names_of_definitions_are_free() -> None:
    def reworded(defs: Schema) -> None:
        defs["Kind"] = {**defs.pop("Category"), "description": "Said better.", "title": "Kind"}
        defs["Kind"]["enum"].reverse()
        defs["ItemDropped"]["properties"]["category"] = {"$ref": "#/$defs/Kind", "description": "What it is."}

    assert changed(ITEM, reworded) == []


def test_a_definition_behind_an_unknown_keyword_is_followed() -> None:
    old = {"type": "object", "additionalProperties": {"$ref": "#/$defs/A"}, "$defs": {"A": {"type": "string"}}}
    assert breaking_changes(old, old) == []
    assert breaking_changes(old, {**old, "$defs": {"A": {"type": "integer"}}})


def mutations(node: Any) -> Iterator[Callable[[], object]]:
    """Every way to take one keyword, one property or one alternative out of a schema, in place."""
    if isinstance(node, list):
        for place, one in enumerate(node):
            yield partial(node.pop, place)
            yield from mutations(one)
    elif isinstance(node, dict):
        yield from (partial(node.pop, key) for key in node if key not in {*WORDS, "$defs"})
        for key, inner in node.items():
            yield from chain.from_iterable(map(mutations, inner.values())) if key == "$defs" else mutations(inner)


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)
def test_no_keyword_of_any_type_can_go_unseen(event_type: EventType) -> None:
    """Also the proof that the check reaches every corner of every schema."""
    old = event_schema(event_type)
    assert breaking_changes(old, copy.deepcopy(old)) == []
    for position in range(sum(1 for _ in mutations(old))):
        new = copy.deepcopy(old)
        list(mutations(new))[position]()
        assert breaking_changes(old, new), f"mutation {position} of {event_type.name}"
