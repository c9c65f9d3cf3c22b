"""Rows say what the fold says: in every order of arrival, and from the part of the ledger that a register reads."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest
from ewaste.contracts.envelope import open_envelope
from ewaste.contracts.events.traceability import CustodyGapClosed, CustodyGapOpened, GapKind, Subject, SubjectKind
from ewaste.contracts.fields import Context
from ewaste.evidence.custody.fold import Evidence, mentions
from ewaste.evidence.custody.graph import Link, NodeId, related_nodes
from ewaste.evidence.custody.index import index_event
from ewaste.evidence.registers.catalogue import REGISTERS, rows_of
from ewaste.evidence.registers.columns import Kind, Row
from ewaste.evidence.registers.entries import Entry, entry_of
from ewaste.evidence.registers.model import Register
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

checked = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str, Kind.INTEGER: int, Kind.FLAG: bool, Kind.MOMENT: datetime, Kind.THAI_TIME: datetime,
    Kind.TEXTS: tuple, Kind.INTEGERS: tuple,
}  # fmt: skip


def city(world: Any, output: Callable[..., Any], settlement: Callable[..., Any]) -> None:
    """A bit of everything: two recycled batches, a split bag, a dispute, a break, corrections, alerts, certificates."""
    world.point()
    world.partner()
    for bag_id in ("B-1", "B-2", "B-3", "B-4"):
        world.install(bag_id)
        for number in range(2):
            world.drop(f"I-{bag_id}-{number}", bag_id)
        collected = world.collect(bag_id)
    world.correct(Context.LOGISTICS, collected)
    world.collect("B-4")
    world.dispatch("L-1", "B-1", "B-2", "B-3")
    world.dispatch("L-2", "B-4")
    world.hand_over("L-1", "B-1", "B-2", "B-3", off=-3_000)
    world.receive("L-1", "B-1", "B-2")
    world.receive("L-2", "B-4", seal="S-x")
    world.state("L-2", "C-1", settlement("B-4", 10_050))
    world.declare_break("B-2")
    world.open("X-1", {"B-1": 6_000})
    world.open("X-2", {"B-1": 5_000, "B-2": 10_000}, other=500)
    world.recycle("X-1", output("F-1", 6_000))
    world.recycle("X-2", output("F-1", 8_000, "R12"), output("F-2", 500, "D5"), loss=100)
    world.certificate("cert-1", "X-1")
    world.suspend("cert-1")
    world.certificate("cert-2", "X-1", replaces="cert-1")
    gap = {"kind": GapKind.COUNT_MISMATCH, "subject": Subject(kind=SubjectKind.LOAD, id="L-1"), "evidence": (1, 2)}
    world.say(Context.TRACEABILITY, CustodyGapOpened(gap_id="G-1", **gap))
    world.say(Context.TRACEABILITY, CustodyGapOpened(gap_id="G-2", **gap))
    world.say(Context.TRACEABILITY, CustodyGapClosed(gap_id="G-1", **gap))


def noted(world: Any, register: Register, order: Iterable[int]) -> list[Entry]:
    """The entries that a projection holds, decisive ones only."""
    opened = (entry_of(open_envelope(world.records[place][1]), index) for index, place in enumerate(order))
    return [each for each in opened if each and each.model == register.decided_by.__name__]


def told(world: Any, register: Register, order: Iterable[int] | None = None) -> list[Row]:
    places = list(range(len(world.records)) if order is None else order)
    return list(rows_of(register, world.evidence(places), noted(world, register, places)))


def without_places(register: Register, rows: list[Row]) -> list[tuple[str, ...]]:
    """In which order records came shows in their ledger indices alone."""
    kept = [place for place, column in enumerate(register.columns) if column.name != "ledger_index"]
    return sorted(tuple(str(row[place]) for place in kept) for row in rows)


@pytest.fixture(params=REGISTERS, name="register", scope="module")
def each_register(request: pytest.FixtureRequest) -> Register:
    return REGISTERS[request.param]


@pytest.fixture(scope="module", name="town")
def small_town(new_world: Callable[[], Any], output: Callable[..., Any], settlement: Callable[..., Any]) -> Any:
    world = new_world()
    city(world, output, settlement)
    return world


def test_every_row_fits_its_columns(town: Any, register: Register) -> None:
    rows = told(town, register)
    assert rows, "the town has something for every register"
    for row in rows:
        assert len(row) == len(register.columns)
        for column, value in zip(register.columns, row, strict=True):
            assert value is None or isinstance(value, _TYPES[column.kind])
            assert not (column.kind is Kind.INTEGER and isinstance(value, bool))


def test_each_thing_has_one_row(town: Any, register: Register) -> None:
    key = 3 if register.name == "handovers" else 1
    things = [row[:key] for row in told(town, register)]
    assert len(things) == len(set(things))


@checked
@given(data=st.data())
def test_the_order_of_arrival_changes_no_row(town: Any, register: Register, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(town.records))))
    assert without_places(register, told(town, register, order)) == without_places(register, told(town, register))


@checked
@given(data=st.data())
def test_what_a_register_reads_is_enough(town: Any, register: Register, data: st.DataObject) -> None:
    """The same rows from the evidence that the register asks for as from all of it, whatever is missing."""
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(town.records))), min_size=len(town.records) // 2)))
    everything = town.evidence(kept)
    entries = noted(town, register, kept)
    assert list(rows_of(register, read_part(register, everything, entries), entries)) == list(
        rows_of(register, everything, entries)
    )


def read_part(register: Register, everything: list[Evidence], entries: list[Entry]) -> list[Evidence]:
    """As service and auditor read it."""
    touching: dict[NodeId, set[int]] = {}
    children: dict[NodeId, set[NodeId]] = {}
    parents: dict[NodeId, set[NodeId]] = {}
    for each in everything:
        for touch in index_event(each.event):
            node = touch.child if isinstance(touch, Link) else touch.node
            touching.setdefault(node, set()).add(each.index)
            if isinstance(touch, Link) and touch.child.split("/")[0] not in register.skipping:
                children.setdefault(touch.parent, set()).add(touch.child)
            if isinstance(touch, Link):
                parents.setdefault(touch.child, set()).add(touch.parent)
    wanted: set[NodeId] = set()
    found: set[int] = set()
    for entry in entries:
        if (root := register.root_of(entry)) is not None:
            wanted |= set(related_nodes(root, lambda n: children.get(n, ()), lambda n: parents.get(n, ())))
    if register.root is None:
        keys = {entry.key for entry in entries}
        named = [(each, entry_of(each.event.envelope, each.index)) for each in everything]
        found = {each.index for each, entry in named if entry and entry.model in register.models and entry.key in keys}
        wanted = set(mentions(each for each in everything if each.index in found))
    asked: set[NodeId] = set()
    while wanted:
        asked |= wanted
        fresh = {index for node in wanted for index in touching.get(node, ())} - found
        found |= fresh
        wanted = set(mentions(each for each in everything if each.index in fresh)) - asked
    return [each for each in everything if each.index in found]


def named(world: Any, register: str) -> dict[str, dict[str, Any]]:
    """Rows by the id of their thing."""
    columns = [column.name for column in REGISTERS[register].columns]
    return {str(row[0]): dict(zip(columns, row, strict=True)) for row in told(world, REGISTERS[register])}


def test_a_bag_says_how_it_is_weighed_disputed_split_and_broken(town: Any) -> None:
    bags = named(town, "bags")
    assert set(bags) == {"B-1", "B-2", "B-3", "B-4"}
    assert bags["B-1"]["batch_ids"] == ("X-1", "X-2")
    assert bags["B-1"]["broken"] == "over_allocated"
    assert bags["B-2"]["broken"] == "custody_broken"
    assert bags["B-2"]["break_reason"] is not None
    assert bags["B-3"]["disputed"], "sent, and the receiver is silent about it"
    assert bags["B-4"]["disputed"], "another seal"
    assert all(bag["items"] == 2 and bag["khwaeng"] == "kawila" for bag in bags.values())


def test_a_batch_says_what_keeps_it_open(town: Any) -> None:
    batches = named(town, "batches")
    second = batches["X-2"]
    assert (second["input_own_grams"], second["input_other_grams"], second["landfill_grams"]) == (15_000, 500, 500)
    assert {"fraction_not_treated", "landfilled", "bag_over_allocated"} <= set(second["open_lines"])
    assert second["licence_number"] == "L-106-1"
    assert batches["X-1"]["certificate_id"] == "cert-2"


def test_certificates_and_alerts_say_whether_they_hold(town: Any) -> None:
    first, second = named(town, "certificates").values()
    assert (first["state"], first["replaced_by_certificate_id"]) == ("replaced", "cert-2")
    assert (first["suspension_reason"], second["state"]) == ("evidence_corrected", "valid")
    assert {id: row["state"] for id, row in named(town, "alerts").items()} == {"G-1": "closed", "G-2": "open"}


def test_a_handover_says_what_the_fold_makes_of_it(town: Any) -> None:
    names = [c.name for c in REGISTERS["handovers"].columns]
    rows = [dict(zip(names, row, strict=True)) for row in told(town, REGISTERS["handovers"])]
    assert [row["bag_id"] for row in rows] == ["B-1", "B-2", "B-3"]
    assert {row["difference_grams"] for row in rows} == {-3_000}
    assert {row["difference"] for row in rows} == {"significant"}
