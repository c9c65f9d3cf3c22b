"""What touches what: the validated and the fast path must agree on everything that was ever written."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ewaste.contracts.envelope import open_envelope, write_envelope
from ewaste.contracts.examples import examples
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import EVENT_TYPES, read_data, read_event
from ewaste.evidence.custody.graph import Link, Mark, fraction_node, node, related_nodes, split_node
from ewaste.evidence.custody.index import index_envelope, index_event

GOLDEN = [(name, value) for name, values in examples().items() for value in values]


def _touches(world: Any, place: int = -1) -> tuple[Link | Mark, ...]:
    return index_event(read_event(world.records[place][1]))


@pytest.mark.parametrize(("name", "value"), GOLDEN)
def test_the_fast_path_finds_what_the_validated_one_does(name: str, value: bytes) -> None:
    envelope = open_envelope(value)
    assert index_envelope(envelope) == index_event(read_data(envelope)), name


@pytest.mark.parametrize(("name", "value"), GOLDEN)
def test_each_touch_is_said_once(name: str, value: bytes) -> None:
    touches = index_event(read_event(value))
    assert len(set(touches)) == len(touches), name


def test_every_type_is_indexed_or_left_out_on_purpose() -> None:
    silent = {type_name for type_name, value in GOLDEN if not index_event(read_event(value))}
    education = {each.name for each in EVENT_TYPES if each.context is Context.EDUCATION}
    assert silent == education | {
        "ewaste.logistics.CollectionPlanned.v1",
        "ewaste.recycler.ConfirmationRefused.v1",
        "ewaste.traceability.CheckpointPublished.v1",
        "ewaste.traceability.ArchiveSealed.v1",
        "ewaste.traceability.ReadModelAttested.v1",
    }


def test_an_item_is_linked_to_its_bag(world: Any) -> None:
    world.drop("I-1", "B-1")
    assert _touches(world) == (Link("item/I-1", "bag/B-1"),)


def test_a_collection_concerns_the_sealed_and_the_fresh_bag(world: Any) -> None:
    world.collect("B-1", next_bag_id="B-2")
    assert _touches(world) == (Mark("bag/B-1"), Mark("bag/B-2"))


def test_a_load_links_its_bags(world: Any) -> None:
    world.dispatch("L-1", "B-1", "B-2")
    assert _touches(world) == (Mark("load/L-1"), Link("bag/B-1", "load/L-1"), Link("bag/B-2", "load/L-1"))


def test_fractions_are_named_within_their_batch(world: Any, output: Callable[..., Any]) -> None:
    world.recycle("X-1", output("F-1", 10))
    assert _touches(world) == (Mark("batch/X-1"), Link("fraction/X-1/F-1", "batch/X-1"))
    assert split_node(fraction_node("X-1", "F-1")) == ("fraction", "X-1/F-1")


def test_a_claim_touches_only_itself(world: Any) -> None:
    world.reject("L-1", "B-1")
    (claim,) = _touches(world, -2)
    assert isinstance(claim, Mark)
    assert claim.node.startswith("event/")


def test_a_correction_marks_the_event_it_corrects_whatever_the_case(world: Any) -> None:
    dropped = world.drop("I-1", "B-1")
    world.correct(Context.DROPOFF, str(dropped).upper())
    assert _touches(world) == (Mark(f"event/{dropped}"),)


def _with_data(world: Any, **changed: object) -> bytes:
    world.drop("I-1", "B-1")
    event = json.loads(world.records[-1][1])
    envelope = open_envelope(world.records[-1][1])
    data = json.dumps(event["data"] | changed).encode()
    return write_envelope(
        id=envelope.id, source=envelope.source, type=envelope.type, time=envelope.time, data=data, subject="x"
    )


@pytest.mark.parametrize("item_id", ["a\x00b", "x" * 65, "", 7, None, ["I-1"]])
def test_the_fast_path_lets_no_id_through_that_a_table_refuses(world: Any, item_id: object) -> None:
    assert index_envelope(open_envelope(_with_data(world, item_id=item_id))) == ()


def test_an_escape_in_another_field_hides_nothing(world: Any) -> None:
    value = _with_data(world, note='a "quoted" \u0000 word')
    assert index_envelope(open_envelope(value)) == (Link("item/I-1", "bag/B-1"),)


def test_a_type_of_a_later_version_touches_nothing(world: Any) -> None:
    world.drop("I-1", "B-1")
    value = world.records[-1][1].replace(b"ItemDropped.v1", b"ItemDropped.v9")
    assert index_envelope(open_envelope(value)) == ()


def test_related_nodes_go_down_and_then_up_but_never_down_again() -> None:
    links = {("item/1", "bag/1"), ("item/2", "bag/1"), ("bag/1", "load/1"), ("bag/2", "load/1"), ("bag/1", "batch/1")}

    def children(parent: str) -> list[str]:
        return [child for child, above in links if above == parent]

    def parents(child: str) -> list[str]:
        return [above for below, above in links if below == child]

    assert related_nodes("item/1", children, parents) == ("bag/1", "batch/1", "item/1", "load/1")
    assert related_nodes("batch/1", children, parents) == (
        "bag/1",
        "batch/1",
        "item/1",
        "item/2",
        "load/1",
    )


@pytest.mark.parametrize("text", ["", "item", "item/", "/I-1"])
def test_a_text_without_kind_and_id_is_no_node(text: str) -> None:
    with pytest.raises(ValueError, match="write kind/id"):
        split_node(text)
    assert split_node(node("bag", "B-1")) == ("bag", "B-1")
