"""What a question accepts and where it looks, without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ewaste.evidence.epcis.gs1 import Gs1Keys, Names
from ewaste.traceability.exports.epcis_query import Period, Query, bare_step, canonical_uris, nodes_of, split_values

NAMES = Names("chiangmai", Gs1Keys("9521234"))
EVENT = {
    "type": "AggregationEvent",
    "bizStep": "loading",
    "parentID": NAMES.uri("load", "L-1"),
    "childEPCs": [NAMES.uri("bag", "B-1"), NAMES.uri("bag", "000000123")],
    "childQuantityList": [{"epcClass": NAMES.uri("contents", "B-1"), "quantity": 1}],
}


@pytest.mark.parametrize(
    ("query", "accepted"),
    [
        (Query(), True),
        (Query(types=frozenset({"ObjectEvent", "AggregationEvent"})), True),
        (Query(types=frozenset({"ObjectEvent"})), False),
        (Query(steps=frozenset({"loading"})), True),
        (Query(steps=frozenset({"receiving"})), False),
        (Query(epcs=frozenset({NAMES.uri("bag", "B-1"), "urn:other"})), True),
        (Query(epcs=frozenset({NAMES.uri("load", "L-1")})), True),
        (Query(epcs=frozenset({NAMES.uri("contents", "B-1")})), False),
        (Query(classes=frozenset({NAMES.uri("contents", "B-1")})), True),
        (Query(steps=frozenset({"loading"}), epcs=frozenset({"urn:other"})), False),
    ],
)
def test_every_condition_must_hold(query: Query, accepted: bool) -> None:
    assert query.accepts(EVENT) is accepted


@pytest.mark.parametrize(
    ("kind", "id", "node"),
    [
        ("bag", "B-1", "bag/B-1"),
        ("contents", "B-1", "bag/B-1"),
        ("fraction", "X-1/F-1", "batch/X-1"),
        ("item", "I-1", "item/I-1"),
    ],
)
def test_a_thing_is_looked_for_where_it_is_spoken_of(kind: str, id: str, node: str) -> None:
    assert nodes_of(NAMES, Query(epcs=frozenset({NAMES.uri(kind, id)}))) == {node}


def test_a_place_is_in_no_index_and_a_stranger_nowhere() -> None:
    assert nodes_of(NAMES, Query()) is None
    assert nodes_of(NAMES, Query(epcs=frozenset({NAMES.uri("point", "P-1")}))) is None
    assert nodes_of(NAMES, Query(epcs=frozenset({"https://id.gs1.org/8004/4012345X"}))) == frozenset()


def test_a_gs1_key_is_found_in_every_form() -> None:
    asked = canonical_uris(split_values(["urn:epc:id:sscc:9521234.0000000123"]))
    assert asked == {NAMES.uri("bag", "000000123")}
    assert Query(epcs=asked).accepts(EVENT)


@pytest.mark.parametrize(
    "step",
    ["loading", "cbv:BizStep-loading", "urn:epcglobal:cbv:bizstep:loading", "https://ref.gs1.org/cbv/BizStep-loading"],
)
def test_a_step_is_known_in_every_form(step: str) -> None:
    assert bare_step(step) == "loading"


def test_several_values_come_joined_or_repeated() -> None:
    assert split_values(["a|b", "c"]) == {"a", "b", "c"}
    assert split_values(None) is None


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    since, until = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

    class Envelope:
        type = "ewaste.dropoff.ItemDropped.v1"
        time = since

    envelope: Any = Envelope()
    assert Period(since, until).may_hold(envelope)
    envelope.time = until
    assert not Period(since, until).may_hold(envelope)
    envelope.type, envelope.time = "ewaste.partner.LoadReceived.v1", since
    assert not Period(since, until).may_hold(envelope)
    assert not Period().may_hold(None)
