"""The fold says the same for every order, duplication and late arrival of the facts."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from ewaste.contracts.envelope import open_envelope
from ewaste.contracts.fields import Context
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.custody.bags import holder_of_bag, weight_of
from ewaste.evidence.custody.balance import balance
from ewaste.evidence.custody.disputes import bag_disputes
from ewaste.evidence.custody.fold import Custody, Evidence, fold, mentions
from ewaste.evidence.custody.graph import Link, NodeId, node, related_nodes
from ewaste.evidence.custody.index import index_envelope, index_event
from ewaste.evidence.custody.model import Dispute
from ewaste.evidence.custody.states import states_of
from ewaste.evidence.custody.trace import trace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = bytes(32)
BAGS = ("B-1", "B-2", "B-3")
PARTNER = "green-metals"
checked = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _travel(world: Any, usual: Callable[..., Any]) -> list[Any]:
    """Carriers, a store, gates and scales."""
    ids = [world.dispatch("L-1", "B-1", "B-2"), world.dispatch("L-2", "B-3", *usual((), ("B-1",)))]
    if usual(False, True):
        giver = usual("C-1", "C-3")
        ids += [world.actor("C-2"), world.hand_over("L-1", "B-1", "B-2", giver_id=giver, receiver_id="C-2")]
    ids.append(world.hand_over("L-1", "B-1", "B-2", giver_id=usual("C-1", "C-2"), off=usual(0, -3_000)))
    ids.append(world.receive("L-1", *usual(("B-1", "B-2"), ("B-2",)), seal=usual(None, "S-x"), off=usual(0, 50, 2_000)))
    ids.append(world.receive("L-2", *usual(("B-3",), ("B-3", "B-9"), ("B-3", "B-1"))))
    if usual(False, True):
        ids.append(world.reject("L-2", *usual((), ("B-3",))))
    return ids


def _quarrel(world: Any, draw: Callable[[st.SearchStrategy[Any]], Any], usual: Callable[..., Any]) -> list[Any]:
    """Words about disputes, in time or not, by parties or not; and bags whose custody breaks."""
    ids: list[Any] = []
    about = st.tuples(
        st.sampled_from(("L-1", "L-1", "L-2")),
        st.sampled_from(("B-1", "B-1", "B-2", "B-3", "B-9")),
        st.sampled_from((10_050, 10_050, 7_050, None)),
        st.sampled_from((("C-1", PARTNER), ("C-2", PARTNER), ("C-1", "C-2"), ("C-1",), (PARTNER,), ("city",))),
    )
    for load, bag, gross, parties in draw(st.lists(about, min_size=usual(4, 0), max_size=6)):
        world.days += draw(st.sampled_from((0, 0, 16)))
        said = world.settlement(bag, gross)
        for party in parties:
            ids.append(world.decide(load, said) if party == "city" else world.state(load, party, said))
    if usual(False, True):
        ids.append(world.declare_break("B-2"))
    return ids


def _happen(draw: Callable[[st.SearchStrategy[Any]], Any], world: Any, output: Callable[..., Any]) -> None:
    """Two loads, two batches, treatments; here and there something is wrong, contradicted, taken back or missing."""

    def usual(first: Any, *others: Any) -> Any:
        return draw(st.sampled_from((first,) * 6 + others))

    ids = [world.partner(), world.point(), world.partner(valid_until=date(2026, 12, 31))]
    for place, bag in enumerate(BAGS):
        ids.append(world.install(bag))
        ids += [world.drop(f"I-{place}-{item}", bag) for item in range(draw(st.integers(0, 2)))]
        ids.append(world.collect(bag, next_bag_id=usual(None, *BAGS)))
    if usual(False, True):
        ids += [world.drop("I-0-0", "B-2"), world.collect("B-2", gross=12_000), world.open("X-2", {"B-2": 5_000})]
        ids.append(world.recycle("X-2", output("F-9", 5_000)))
    ids += _travel(world, usual)
    halves = {"B-1": usual(10_000, 9_000, 5_000, 11_000), "B-2": 10_000}
    ids.append(world.open("X-1", halves, other=usual(0, 200), sorted=usual(None, {"phone": sum(halves.values())})))
    ids.append(world.open("X-2", {usual("B-3", "B-1"): usual(10_000, 5_000)}))
    ids.append(world.recycle("X-1", output("F-1", 10_000), output("F-2", usual(9_900, 9_000), "R12"), loss=100))
    ids.append(world.recycle("X-2", output("F-1", 10_000, usual("R4", "D1", "D13"))))
    again = output(usual("F-3", "F-2", "F-1"), 9_900, usual("R13", "R3", "D5"))
    ids.append(world.treat("X-1", "F-2", usual(9_900, 10_300), again))
    ids.append(world.treat("X-1", "F-3", 9_900, output("F-4", 9_890), id=usual("T-2", "T-1")))
    if usual(False, True):
        ids += [world.certificate("C-1", "X-1"), world.suspend("C-1")]
        ids.append(world.certificate("C-2", "X-1", replaces=draw(st.sampled_from((None, "C-1")))))
    ids += _quarrel(world, draw, usual)
    for _ in range(usual(0, 1, 2, 3)):
        taken_back = draw(st.sampled_from(ids))
        source = next(open_envelope(value).source for _, value in world.records if str(taken_back).encode() in value)
        ids.append(world.correct(Context(source.rpartition(":")[2]), taken_back))
    lost = draw(st.sets(st.integers(0, len(world.records) - 1), max_size=usual(0, 1, 2, 20)))
    world.records = [record for place, record in enumerate(world.records) if place not in lost]


@st.composite
def worlds(draw: Callable[[st.SearchStrategy[Any]], Any], make: Callable[[], Any], output: Callable[..., Any]) -> Any:
    world = make()
    _happen(draw, world, output)
    return world


def _said(custody: Custody, evidence: list[Evidence]) -> dict[str, Any]:
    """Everything the code says of a world."""
    states = states_of(custody)
    return {
        "states": states,
        "traces": {name: trace(custody, name).to_dict() for name in states},
        "equivocations": custody.equivocations,
        "certificates": {batch: _certify(evidence, batch) for batch in ("X-1", "X-2")},
    }


def _certify(evidence: Iterable[Evidence], batch: str) -> Any:
    return certify(evidence, batch, issuer="urn:ewaste:cm:traceability", ledger_size=1_000, ledger_root=ROOT)


@checked
@given(data=st.data())
def test_order_and_duplication_of_evidence_change_nothing(
    data: st.DataObject, new_world: Callable[[], Any], output: Callable[..., Any]
) -> None:
    evidence = data.draw(worlds(new_world, output)).evidence()
    mixed = data.draw(st.permutations(evidence + evidence[::2]))
    assert _said(fold(mixed), mixed) == _said(fold(evidence), evidence)


@checked
@given(data=st.data())
def test_the_order_of_arrival_in_the_ledger_changes_no_state_and_no_gram(
    data: st.DataObject, new_world: Callable[[], Any], output: Callable[..., Any]
) -> None:
    world = data.draw(worlds(new_world, output))
    order = data.draw(st.permutations(range(len(world.records))))
    arrived = [*order, *data.draw(st.lists(st.sampled_from(order), max_size=5))] if order else []
    said, late = fold(world.evidence()), fold(world.evidence(arrived))
    assert states_of(late) == states_of(said)
    for batch in ("X-1", "X-2"):
        assert balance(late, batch) == balance(said, batch)
    for bag in (*BAGS, "B-9"):
        assert _told(bag_disputes(late, bag)) == _told(bag_disputes(said, bag))
        assert holder_of_bag(late, bag) == holder_of_bag(said, bag)
    for batch in ("X-1", "X-2"):
        early, after = _certify(world.evidence(), batch), _certify(world.evidence(arrived), batch)
        if isinstance(early, Certificate):
            assert _without_indices(after) == _without_indices(early)
        else:
            assert after == early


# Where a record stands in the ledger is the one thing that arrival decides.
def _told(disputes: Iterable[Dispute]) -> list[str]:
    return [re.sub(r'"(index|ended_by)": (\d+|\[[^]]*\])', "", json.dumps(each.to_dict())) for each in disputes]


def _without_indices(certificate: Any) -> dict[str, Any]:
    content = {key: value for key, value in certificate.content.items() if key != "evidence"}
    told = {name: re.sub(r'"(index|ended_by)": (\d+|\[[^]]*\])', "", json.dumps(content[name])) for name in _QUOTING}
    return content | told


_QUOTING = ("disputes", "breaks")


@checked
@given(data=st.data())
def test_no_certificate_claims_more_than_went_in_nor_a_gram_twice(
    data: st.DataObject, new_world: Callable[[], Any], output: Callable[..., Any]
) -> None:
    evidence = data.draw(worlds(new_world, output)).evidence()
    custody = fold(evidence)
    taken: dict[str, int] = {}
    for batch in ("X-1", "X-2"):
        issued = _certify(evidence, batch)
        if not isinstance(issued, Certificate):
            continue
        grams, coverage = issued.content["grams"], issued.content["assessments"]["coverage"]["grams"]
        assert grams["output"] + grams["process_loss"] <= grams["input"] + grams["tolerance"]
        assert sum(coverage.values()) == grams["own"] == sum(each["grams"] for each in issued.content["inputs"])
        for each in issued.content["inputs"]:
            taken[each["bag_id"]] = taken.get(each["bag_id"], 0) + each["grams"]
    for bag_id, grams in taken.items():
        weight = weight_of(custody, bag_id)
        assert weight is not None
        assert grams <= weight.net_grams + custody.rules.tolerance.grams_of(weight.net_grams)


@checked
@given(data=st.data())
def test_a_chain_needs_no_more_than_its_related_evidence(
    data: st.DataObject, new_world: Callable[[], Any], output: Callable[..., Any]
) -> None:
    evidence = data.draw(worlds(new_world, output)).evidence()
    custody = fold(evidence)
    for name in states_of(custody):
        part = _evidence_of(evidence, name)
        assert trace(fold(part), name).to_dict() == trace(custody, name).to_dict()
    for batch in ("X-1", "X-2"):
        assert _certify(_evidence_of(evidence, node("batch", batch)), batch) == _certify(evidence, batch)


def _evidence_of(evidence: list[Evidence], name: NodeId) -> list[Evidence]:
    """As a service reads it: rows of (node, parent, index), related nodes, then mentions until nothing is new."""
    rows: list[tuple[NodeId, NodeId | None, Evidence]] = []
    for each in evidence:
        for touch in index_event(each.event):
            rows.append((touch.child, touch.parent, each) if isinstance(touch, Link) else (touch.node, None, each))
    asked: set[NodeId] = set()
    wanted = set(
        related_nodes(
            name,
            lambda above: [child for child, parent, _ in rows if parent == above],
            lambda below: [parent for child, parent, _ in rows if child == below and parent is not None],
        )
    )
    found: dict[int, Evidence] = {}
    while wanted - asked:
        fresh = {each.index: each for child, _, each in rows if child in wanted - asked}
        asked |= wanted
        found |= fresh
        wanted = set(mentions(fresh.values()))
    return list(found.values())


@checked
@given(data=st.data())
def test_the_fast_index_agrees_on_every_world(
    data: st.DataObject, new_world: Callable[[], Any], output: Callable[..., Any]
) -> None:
    for each in data.draw(worlds(new_world, output)).evidence():
        assert index_envelope(each.event.envelope) == index_event(each.event)


@pytest.mark.parametrize("place", range(13))
def test_what_is_missing_keeps_the_certificate_back_until_it_arrives(whole: Any, place: int) -> None:
    late = whole.records.pop(place)
    early = _certify(whole.evidence(), "X-1")
    whole.records.append(late)
    assert isinstance(_certify(whole.evidence(), "X-1"), Certificate)
    # Without a place's name, the record of hanging, the drop or a handover on the way the grams are still proven.
    assert isinstance(early, Certificate) == (place in {0, 2, 3, 6})
