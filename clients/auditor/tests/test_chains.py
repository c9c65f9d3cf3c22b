"""What is kept on the disk answers as the same kept in memory would."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from ewaste.auditor.chains import Chains
from ewaste.auditor.commands.common import COULD_NOT_RUN, told_errors
from ewaste.auditor.entries import trusted_entries
from ewaste.auditor.identities import Identities
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.scratch import open_scratch
from ewaste.evidence.custody.graph import Link, related_nodes, split_node
from ewaste.evidence.custody.index import index_envelope

Books = Any
Save = Callable[[Books], Path]


class InMemory:
    def __init__(self, mirror: Mirror) -> None:
        self.below: dict[str, set[str]] = {}
        self.above: dict[str, set[str]] = {}
        self.nodes: set[str] = set()
        for entry in trusted_entries(mirror, mirror.size):
            for touch in index_envelope(entry.envelope) if entry.in_place and entry.envelope else ():
                if isinstance(touch, Link):
                    self.below.setdefault(touch.parent, set()).add(touch.child)
                    self.above.setdefault(touch.child, set()).add(touch.parent)
                    self.nodes |= {touch.child, touch.parent}
                else:
                    self.nodes.add(touch.node)

    def related(self, node: str, skipping: frozenset[str]) -> set[str]:
        def down(name: str) -> list[str]:
            return [each for each in self.below.get(name, ()) if split_node(each)[0] not in skipping]

        return set(related_nodes(node, down, lambda name: self.above.get(name, ())))


@pytest.fixture
def mirror(books: Books, save: Save) -> Mirror:
    return Mirror.open(save(books))


@pytest.mark.parametrize("skipping", [frozenset(), frozenset({"item"}), frozenset({"bag", "fraction", "item"})])
def test_related_nodes_are_those_of_the_graph(mirror: Mirror, skipping: frozenset[str]) -> None:
    chains, expected = seen(mirror), InMemory(mirror)

    assert {split_node(each)[0] for each in expected.nodes} >= {"item", "bag", "load", "batch", "certificate"}
    for node in [*expected.nodes, "bag/nowhere"]:
        assert chains.related(node, skipping) == expected.related(node, skipping)


def test_every_named_node_is_known(mirror: Mirror) -> None:
    chains, expected = seen(mirror), InMemory(mirror)

    assert all(chains.knows(each) for each in expected.nodes)
    assert not chains.knows("bag/nowhere")
    for kind in ("item", "bag", "batch", "certificate", "ba"):
        assert chains.ids(kind) == sorted(id for found, id in map(split_node, expected.nodes) if found == kind)


def test_records_that_come_after_a_question_count_in_the_next(mirror: Mirror) -> None:
    identities = Identities()
    chains = Chains(mirror, identities)
    for entry in trusted_entries(mirror, mirror.size):
        if entry.in_place:
            chains.see(entry)
            identities.is_new(entry)
            assert all(each.index <= entry.index for each in chains.evidence_of("batch/X-1"))

    at_the_end = [each.index for each in chains.evidence_of("batch/X-1")]
    assert at_the_end == [each.index for each in seen(mirror).evidence_of("batch/X-1")] != []


def test_a_repeated_event_names_all_that_were_before(books: Books, save: Save) -> None:
    first = len(books.records) - 1
    for _ in range(2):
        books.put(books.records[first].topic, "again", books.records[first].value)
    mirror, identities = Mirror.open(save(books)), Identities()
    *_, one, two, three = trusted_entries(mirror, mirror.size)

    assert [identities.is_new(each) for each in (one, two, three)] == [True, False, False]
    assert one.envelope is not None
    assert identities.earlier(one.envelope, three.index) == [one.index, two.index]
    assert identities.earlier(one.envelope, one.index) == []
    assert identities.contradicted(three) is None


def test_a_full_disk_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    database = open_scratch("PRAGMA max_page_count = 2; CREATE TABLE row (content BLOB);")
    with pytest.raises(typer.Exit) as exit, told_errors():
        database.execute("INSERT INTO row VALUES (zeroblob(1000000))")

    assert exit.value.exit_code == COULD_NOT_RUN
    assert "TMPDIR" in capsys.readouterr().err
    assert isinstance(exit.value.__context__, sqlite3.Error)


def seen(mirror: Mirror) -> Chains:
    identities = Identities()
    chains = Chains(mirror, identities)
    for entry in trusted_entries(mirror, mirror.size):
        if entry.in_place:
            chains.see(entry)
            identities.is_new(entry)
    return chains
