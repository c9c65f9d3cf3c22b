"""A chain is told from end to end, with its proofs, in two languages, and says what is missing."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ewaste.contracts.examples import examples
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_event
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.texts import describe
from ewaste.evidence.custody.trace import Trace, UnknownNode, trace

Output = Callable[..., Any]


def _trace(world: Any, node: str = "item/I-B-1") -> Trace:
    return trace(fold(world.evidence()), node)


def _walk(branch: Trace) -> Iterator[Trace]:
    yield branch
    for each in (*branch.then, *branch.inside):
        yield from _walk(each)


def _nodes(branch: Trace) -> Any:
    return {branch.node: [_nodes(each) for each in branch.then]} if branch.then else branch.node


def _missing(branch: Trace) -> list[tuple[str, str]]:
    return [(each.node, each.expected) for each in branch.all_missing()]


def test_an_item_is_followed_to_its_certificate(whole: Any) -> None:
    whole.certificate("C-1", "X-1")
    found = _trace(whole)
    assert _nodes(found) == {
        "item/I-B-1": [
            {
                "bag/B-1": [
                    "load/L-1",
                    {"batch/X-1": ["fraction/X-1/F-1", "fraction/X-1/F-2", "certificate/C-1"]},
                ]
            }
        ]
    }
    assert (found.state, found.all_missing()) == ("certified", ())


def test_each_step_names_its_event_its_place_in_the_ledger_and_the_claim_behind_it(whole: Any) -> None:
    steps = [step for branch in _walk(_trace(whole)) for step in branch.steps]
    assert [(step.index, step.type, step.claim and step.claim.index) for step in steps] == [
        (3, "ItemDropped", None),
        (2, "BagInstalled", None),
        (4, "BinCollected", None),
        (5, "LoadDispatched", None),
        (6, "HandoverRecorded", None),
        (8, "LoadReceived", 7),
        (10, "BatchOpened", 9),
        (12, "BatchRecycled", 11),
    ]
    assert steps[0].time == "2026-11-02T01:04:00Z"
    assert steps[0].text_en == "Dropped into bag B-1 at Warorot Market: phone"
    assert steps[0].text_th == "ทิ้งโทรศัพท์มือถือลงถุง B-1 ที่ ตลาดวโรรส"
    assert steps[2].details["gross_grams"] == 10_050
    assert "Green Metals" in steps[5].text_en


def test_it_says_what_is_missing_now_and_what_is_missing_in_between(whole: Any) -> None:
    assert _missing(_trace(whole)) == [("batch/X-1", "CertificateIssued")]
    whole.records = [record for record in whole.records if b"BinCollected" not in record[1]]
    found = _missing(_trace(whole))
    assert ("bag/B-1", "BinCollected") in found
    assert ("bag/B-1", "bag_not_weighed") in found


def test_a_fresh_item_waits_for_its_bag(world: Any) -> None:
    world.install("B-1")
    world.drop("I-1", "B-1")
    expected = [(node, name) for node in ("bag/B-1",) for name in ("BinCollected", "LoadDispatched", "BatchOpened")]
    assert _missing(_trace(world, "item/I-1")) == expected


def test_an_interim_fraction_is_followed_through_its_treatments(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 6_000), output("F-3", 4_000, "R13"))
    (batch,) = [branch for branch in _walk(_trace(world)) if branch.kind == "batch"]
    assert [_nodes(each) for each in batch.then] == [{"fraction/X-1/F-1": ["fraction/X-1/F-2", "fraction/X-1/F-3"]}]
    states = {branch.id: branch.state for branch in _walk(batch) if branch.kind == "fraction"}
    assert states == {"F-1": "treated", "F-2": "final", "F-3": "waiting"}
    assert ("fraction/X-1/F-3", "fraction_not_treated") in _missing(batch)


def test_fractions_that_contradict_themselves_are_told_once(world: Any, output: Output) -> None:
    world.recycle("X-1", output("F-1", 10, "R12"), output("F-2", 10, "R12"))
    world.treat("X-1", "F-1", 10, output("F-2", 10, "R12"), output("F-1", 10, "R12"), output("F-3", 10))
    found = _trace(world, "batch/X-1")
    names = [branch.node for branch in _walk(found) if branch.kind == "fraction"]
    assert sorted(names) == ["fraction/X-1/F-1", "fraction/X-1/F-2", "fraction/X-1/F-3"]


def test_differences_are_shown_at_every_change_of_hands(world: Any) -> None:
    world.deliver("L-1", "B-1")
    world.receive("L-1", "B-1", seal="S-other")
    (bag,) = [branch for branch in _walk(_trace(world)) if branch.kind == "bag"]
    assert [each.difference for each in bag.differences] == ["matched", "matched", "matched", "seal_mismatch"]


def test_what_was_taken_back_is_shown_and_not_counted(world: Any) -> None:
    wrong = world.drop("I-1", "B-1")
    world.correct(Context.DROPOFF, wrong)
    world.drop("I-1", "B-2")
    found = _trace(world, "item/I-1")
    assert [(step.index, step.withdrawn_by) for step in found.steps] == [(0, 1), (2, None)]
    assert [each.node for each in found.then] == ["bag/B-2"]


@pytest.mark.parametrize(
    ("node", "inside"),
    [
        ("bag/B-1", ["item/I-B-1"]),
        ("load/L-1", ["bag/B-1"]),
        ("batch/X-1", ["load/L-1", "bag/B-1"]),
        ("certificate/C-1", ["batch/X-1"]),
    ],
)
def test_every_node_shows_what_it_holds(whole: Any, node: str, inside: list[str]) -> None:
    whole.certificate("C-1", "X-1")
    found = _trace(whole, node)
    assert [each.node for each in found.inside] == inside
    assert "item/I-B-1" in {branch.node for branch in _walk(found)} or node == "load/L-1"


@pytest.mark.parametrize("node", ["item/I-9", "bag/B-9", "load/L-9", "batch/X-9", "certificate/C-9", "point/P-1"])
def test_an_unknown_node_is_told_as_such(whole: Any, node: str) -> None:
    with pytest.raises(UnknownNode, match=node):
        _trace(whole, node)


@pytest.mark.parametrize("node", ["item/I-B-1", "bag/B-1", "load/L-1", "batch/X-1"])
def test_it_is_plain_json_and_speaks_thai(whole: Any, node: str) -> None:
    plain = _trace(whole, node).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    for branch in _walk(_trace(whole, node)):
        for told in (branch, *branch.steps, *branch.missing):
            assert any("\u0e00" <= letter <= "\u0e7f" for letter in told.text_th)
            assert told.text_en


GOLDEN = [(name, value) for name, values in examples().items() for value in values if ".education." not in name]


@pytest.mark.parametrize(("name", "value"), GOLDEN)
def test_every_golden_fact_can_be_told(name: str, value: bytes) -> None:
    described = describe(read_event(value).data, lambda _, id: (id, id))
    if described is not None:
        details, english, thai = described
        json.dumps(details)
        assert "{" not in english + thai
        assert "None" not in english + thai
