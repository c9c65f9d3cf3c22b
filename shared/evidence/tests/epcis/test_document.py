"""Documents: the chain of one thing, and streams that never hold more than one event."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.fields import Context
from ewaste.evidence.custody.fold import Evidence, fold
from ewaste.evidence.epcis.document import chain_events, document, query_document, write_document
from ewaste.evidence.epcis.events import events_of
from ewaste.evidence.epcis.gs1 import Names

Validate = Callable[[Mapping[str, Any]], None]
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden"
CHAIN = ("item/I-B-1", "bag/B-1", "load/L-1", "batch/X-1", "certificate/C-1")


@pytest.mark.parametrize("node_id", CHAIN)
def test_the_chain_of_everything_is_valid_and_in_time_order(
    whole: Any, names: Names, validate: Validate, node_id: str
) -> None:
    whole.certificate("C-1", "X-1")
    events = chain_events(names, fold(whole.evidence()), node_id)
    validate(document(events, NOW))
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
    steps = {event["bizStep"] for event in events}
    assert {"collecting", "loading", "receiving", "unpacking", "disassembling"} <= steps


def test_a_chain_leaves_out_the_neighbours(whole: Any, names: Names) -> None:
    whole.drop("I-other", "B-1")
    told = json.dumps(chain_events(names, fold(whole.evidence()), "item/I-B-1"))
    assert names.uri("item", "I-other") not in told


def test_a_chain_shows_what_was_taken_back(whole: Any, names: Names, validate: Validate) -> None:
    whole.correct(Context.DROPOFF, whole.drop("I-B-1", "B-9"))
    events = chain_events(names, fold(whole.evidence()), "item/I-B-1")
    validate(document(events, NOW))
    assert [event["bizStep"] for event in events if "errorDeclaration" in event] == ["commissioning", "packing"]


@pytest.mark.parametrize("node_id", ["item/nobody", "gap/G-1", "partner/green-metals"])
def test_what_nobody_saw_has_no_document(whole: Any, names: Names, node_id: str) -> None:
    assert chain_events(names, fold(whole.evidence()), node_id) == []


def test_written_piece_by_piece_it_is_the_same_document(whole: Any, names: Names, validate: Validate) -> None:
    events = chain_events(names, fold(whole.evidence()), "batch/X-1")
    written = b"".join(write_document(iter(events), NOW))
    assert json.loads(written) == document(events, NOW)
    validate(json.loads(b"".join(write_document((), NOW))))


def test_a_stream_asks_for_an_event_only_when_it_is_written(whole: Any, names: Names) -> None:
    asked = []

    def one_after_the_other() -> Iterator[Mapping[str, Any]]:
        for number, event in enumerate(chain_events(names, fold(whole.evidence()), "bag/B-1")):
            asked.append(number)
            yield event

    stream = write_document(one_after_the_other(), NOW)
    next(stream)
    assert asked == []
    next(stream)
    assert asked == [0]


def test_an_answer_to_a_query_is_valid(whole: Any, names: Names, validate: Validate) -> None:
    validate(query_document(chain_events(names, fold(whole.evidence()), "item/I-B-1"), NOW))


def test_the_documents_of_the_golden_examples_never_change(
    golden: Mapping[str, Evidence], names: Names, validate: Validate
) -> None:
    """Others read what we export: a changed line here is a changed exchange format, to be said in its document."""
    events = [event for evidence in golden.values() for event in events_of(names, evidence)]
    path = GOLDEN / f"{'gs1' if names.keys else 'private'}.json"
    kept = json.loads(path.read_text())
    validate(kept)
    for event in kept["epcisBody"]["eventList"]:
        assert event in events
