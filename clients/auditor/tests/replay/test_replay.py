"""From the records alone: the service's read models, its certificates, and whether it told the truth about them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.auditor.findings import Code
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.replay.index import DiskIndex
from ewaste.auditor.replay.replaying import Replayed, replay
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.events.traceability import ReadModelAttested
from ewaste.contracts.fields import Context
from ewaste.evidence.custody.fold import Evidence, fold, read_evidence
from ewaste.evidence.custody.states import states_of
from ewaste.evidence.replay.code import code_digest
from ewaste.evidence.replay.models import ReadModels
from typer.testing import CliRunner

Books = Any
Save = Callable[[Books], Path]


def attest(books: Books, save: Save, *, spoil: str = "", code: str = "") -> Replayed:
    """Tell the state of everything so far, as the service would, with one model wrong."""
    found = replay(save(books))
    models = tuple(
        each.model_copy(update={"digest": "00" * 32}) if each.name == spoil else each for each in found.state.models
    )
    told = ReadModelAttested(
        origin=found.head.origin,
        size=found.head.size,
        root=found.head.root.hex(),
        state_digest=found.state.digest,
        code_digest=code or code_digest(),
        models=models,
    )
    books.say(Context.TRACEABILITY, told)
    return found


def test_what_was_attested_is_what_the_records_give(books: Books, save: Save) -> None:
    attest(books, save)
    books.say(Context.DROPOFF, BagInstalled(bag_id="B-7", point_id="P-1"))
    attest(books, save, code="11" * 32)
    found = replay(save(books))
    assert found.clean
    assert [(each.differs, each.same_code) for each in found.attested] == [((), True), ((), False)]
    assert (found.certificates, found.derived) == (1, 1)


@pytest.mark.parametrize("model", ["touches", "register-entries", "certificate-events", "certificates", "sequences"])
def test_a_state_that_the_records_do_not_give_is_a_finding_that_names_the_model(
    books: Books, save: Save, model: str
) -> None:
    honest = attest(books, save)
    books.say(Context.DROPOFF, BagInstalled(bag_id="B-7", point_id="P-1"))
    attest(books, save, spoil=model)
    (finding,) = replay(save(books)).findings.kept
    assert finding.code is Code.STATE_DIFFERS
    assert f"other {model}; the last state that agrees is that of {honest.head.size} records" in finding.message
    assert finding.place is not None
    assert finding.place.index == len(books.records) - 1


def test_until_gives_the_state_that_a_shorter_ledger_had(books: Books, save: Save) -> None:
    sizes = (1, 9, len(books.records) - 2)
    whole = save(books)
    early = {size: replay(whole, size).state for size in sizes}
    records = list(books.records)
    for size in sizes:
        books.records = records[:size]
        assert replay(save(books)).state == early[size]


def test_a_certificate_that_does_not_follow_is_named(books: Books, save: Save) -> None:
    index = next(n for n, each in enumerate(books.records) if b"CertificateIssued" in (each.value or b""))
    value = json.loads(books.records[index].value)
    value["data"]["input_grams"] += 1
    books.records[index] = _with(books.records[index], json.dumps(value).encode())
    found = replay(save(books))
    assert [each.code for each in found.findings.kept] == [Code.CERTIFICATE_DIFFERS]
    assert found.derived == 0


def _with(record: Any, value: bytes) -> Any:
    return type(record)(
        record.topic, record.partition, record.offset, record.timestamp_ms, record.key, record.headers, value
    )


def test_a_version_that_is_newer_than_this_program_ends_the_fold_there(books: Books, save: Save) -> None:
    before = replay(save(books)).state
    attest(books, save)
    index = books.say(Context.DROPOFF, BagInstalled(bag_id="B-7", point_id="P-1"))
    newer = books.records[index].value.replace(b"BagInstalled.v1", b"BagInstalled.v2")
    books.records[index] = _with(books.records[index], newer)
    books.say(Context.DROPOFF, BagInstalled(bag_id="B-8", point_id="P-1"))
    found = replay(save(books))
    assert [each.code for each in found.findings.kept] == [Code.VERSION_UNKNOWN]
    assert "ewaste.dropoff.BagInstalled.v2" in found.findings.kept[0].message
    assert found.head.size == index
    assert [each.differs for each in found.attested] == [()]
    assert found.state.size > before.size


def test_a_partners_nonsense_ends_nothing(books: Books, save: Save) -> None:
    value = books.records[books.index_of(BagInstalled)].value.replace(b"BagInstalled.v1", b"BagInstalled.v9")
    books.put("ewaste.partner.green-metals", "x", value)
    assert replay(save(books)).clean


def read_in(mirror: Mirror) -> Callable[[int], Evidence | None]:
    def read(place: int) -> Evidence | None:
        record = mirror.record(place)
        return read_evidence(place, record.topic, record.value)

    return read


def test_the_index_on_the_disk_gives_the_evidence_that_all_records_together_give(books: Books, save: Save) -> None:
    again = books.records[books.index_of(BagInstalled)]
    books.put(again.topic, "k", again.value.replace(b'"B-1"', b'"B-5"'))
    mirror = Mirror.open(save(books))
    everything = [each for n in range(mirror.size) if (each := read_in(mirror)(n)) is not None]
    models = ReadModels()
    with DiskIndex(read_in(mirror)) as index:
        for n in range(mirror.size):
            found = read_in(mirror)(n)
            envelope = found.event.envelope if found else None
            seen = models.see(n, mirror.record(n).topic, envelope)
            if envelope is not None:
                index.add(n, envelope.id, seen.touches)
        index.finish()
        evidence = index.evidence_of("batch/X-1", mirror.size)
        assert {each.index for each in index.evidence_of("batch/X-1", 5)} == {2, 3, 4}, "no later record is looked at"
    states, whole = states_of(fold(evidence)), states_of(fold(everything))
    assert {name: whole[name] for name in states} == states
    assert "batch/X-1" in states
    assert all(each.index != len(books.records) - 1 for each in evidence), "said again about another bag"


def test_nothing_is_left_behind_in_temporary_folders(
    books: Books, save: Save, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    replay(save(books))
    assert not list((tmp_path / "t").iterdir())


def test_people_and_machines_read_the_same(books: Books, save: Save) -> None:
    attest(books, save)
    path = save(books)
    said = CliRunner().invoke(app, ["replay", str(path)])
    assert said.exit_code == 0, said.output
    told = json.loads(CliRunner().invoke(app, ["replay", str(path), "--json"]).stdout)
    assert told["state_digest"] in said.output
    assert told["attested"][0]["same"] is True
    assert CliRunner().invoke(app, ["replay", str(path), "--until", "5"]).exit_code == 0

    attest(books, save, spoil="touches")
    failed = CliRunner().invoke(app, ["replay", str(save(books))])
    assert failed.exit_code == 1
    assert "differs in touches" in failed.output
