"""Which records are noted for a register: at least those that the fold will believe."""

import json
from typing import Any

import msgspec
import pytest
from ewaste.contracts.envelope import open_envelope
from ewaste.contracts.examples import examples
from ewaste.contracts.registry import read_event
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.entries import entry_of

KEYS = {
    "BinCollected": "bag_id", "HandoverRecorded": "handover_id", "BatchOpened": "batch_id",
    "CertificateIssued": "certificate_id", "CustodyGapOpened": "gap_id", "CustodyGapClosed": "gap_id",
}  # fmt: skip


def test_every_released_example_of_a_deciding_event_is_noted_and_no_other() -> None:
    seen = set()
    for values in examples().values():
        for value in values:
            event = read_event(value)
            entry = entry_of(open_envelope(value), 7)
            model = type(event.data).__name__
            if model in KEYS and event.type.context != "partner":
                assert entry is not None
                assert (entry.model, entry.key, entry.index) == (model, getattr(event.data, KEYS[model]), 7)
                assert entry.happened_at == event.envelope.time
                seen.add(model)
            else:
                assert entry is None, f"{event.type.name} decides nothing"
    assert seen == set(KEYS)
    assert {model for each in REGISTERS.values() for model in each.models} == set(KEYS)


def _changed(value: bytes, **data: Any) -> bytes:
    event = json.loads(value)
    return json.dumps({**event, "data": {**event["data"], **data}}).encode()


@pytest.fixture
def collected() -> bytes:
    return next(v for values in examples().values() for v in values if b".BinCollected.v1" in v)


def test_an_id_written_with_escapes_is_still_noted(collected: bytes) -> None:
    value = collected.replace(b'"bag_id":"', b'"bag_id":"\\u0042-').replace(b'"bag_id": "', b'"bag_id": "\\u0042-')
    assert b"\\u0042" in value
    entry = entry_of(open_envelope(value), 0)
    assert entry is not None
    assert entry.key.startswith("B-")


@pytest.mark.parametrize("bag_id", [None, 7, "", "x" * 65, "nul\u0000"])
def test_what_names_nothing_is_not_noted(collected: bytes, bag_id: object) -> None:
    assert entry_of(open_envelope(_changed(collected, bag_id=bag_id)), 0) is None


def test_an_event_that_is_not_valid_may_be_noted_and_the_fold_decides(collected: bytes) -> None:
    assert entry_of(open_envelope(_changed(collected, gross_grams="heavy")), 0) is not None
    assert msgspec.json.decode(collected)["specversion"] == "1.0"
