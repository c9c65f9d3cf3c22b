"""`sample`: what is drawn are members of the population that certificates stand on, with what to look at."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.contracts.events.traceability import CertificateSuspended, SuspensionReason
from ewaste.contracts.fields import Context
from typer.testing import CliRunner


def run(folder: Path, *more: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["sample", str(folder), "--nonce", "lottery", *map(str, more)])
    return done.exit_code, done.stdout


def drawn(folder: Path, *more: object) -> dict[str, Any]:
    code, text = run(folder, "--json", *more)
    assert code == 0
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(
    ("of", "names"),
    [
        ("items", {"item/I-1", "item/I-2", "item/I-3"}),
        ("bags", {"bag/B-1"}),
    ],
)
def test_what_is_certified_is_drawn(books: Any, save: Callable[[Any], Path], of: str, names: set[str]) -> None:
    found = drawn(save(books), "--of", of)
    assert {each["subject"] for each in found["subjects"]} == names
    assert (found["population"], found["size"], found["root"]) == (
        len(names),
        len(books.records),
        books.root().hex(),
    )


def test_each_fact_has_its_place_and_something_to_look_at(books: Any, save: Callable[[Any], Path]) -> None:
    (bag,) = drawn(save(books), "--of", "bags")["subjects"]
    collected = next(each for each in bag["facts"] if each["type"] == "BinCollected")
    record = books.records[collected["index"]]
    assert (collected["topic"], collected["offset"]) == (record.topic, record.offset)
    assert "seal" in collected["look_at_en"]
    assert "ซีล" in collected["look_at_th"]
    received = next(each for each in bag["facts"] if each["type"] == "LoadReceived")
    assert books.records[received["claim_index"]].topic.startswith("ewaste.partner.")


def test_a_suspended_certificate_leaves_the_population(books: Any, save: Callable[[Any], Path]) -> None:
    id = drawn(save(books), "--of", "certificates")["subjects"][0]["subject"].removeprefix("certificate/")
    before = len(books.records)
    reason = SuspensionReason.EVIDENCE_ARRIVED
    books.say(Context.TRACEABILITY, CertificateSuspended(certificate_id=id, reason=reason, evidence=(before - 1,)))
    folder = save(books)
    assert drawn(folder, "--of", "certificates")["population"] == 0
    assert drawn(folder, "--of", "certificates", "--until", before)["population"] == 1


def test_records_are_drawn_by_index(books: Any, save: Callable[[Any], Path]) -> None:
    found = drawn(save(books), "--of", "records", "-n", 4)
    assert [f"record/{each}" for each in found["drawn"]] == [each["subject"] for each in found["subjects"]]
    assert len(set(found["drawn"])) == 4
    whole = drawn(save(books), "--of", "records")
    assert sorted(whole["drawn"]) == list(range(len(books.records)))


def test_text_and_table_say_the_same(books: Any, save: Callable[[Any], Path]) -> None:
    folder = save(books)
    told = drawn(folder)
    code, text = run(folder)
    assert code == 0
    assert all(each["subject"] in text for each in told["subjects"])
    rows = list(csv.DictReader(io.StringIO(run(folder, "--csv")[1])))
    facts = [(each["subject"], str(fact["index"])) for each in told["subjects"] for fact in each["facts"]]
    assert [(row["subject"], row["index"]) for row in rows] == facts
