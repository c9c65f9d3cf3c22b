"""`vouch`: every record behind a certificate, and an alarm where one is not signed or does not give it."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended, SuspensionReason
from ewaste.contracts.fields import Context
from ewaste.evidence.ledger.record import Record
from typer.testing import CliRunner


def run(folder: Path, certificate: str, *more: object) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["vouch", str(folder), certificate, "--json", *map(str, more)])
    return done.exit_code, json.loads(done.stdout or "{}")


@pytest.fixture
def certificate(books: Any) -> str:
    return str(json.loads(books.records[books.index_of(CertificateIssued)].value)["data"]["certificate_id"])


def test_every_record_it_rests_on_is_listed_with_its_signature(
    books: Any, save: Callable[[Any], Path], certificate: str
) -> None:
    code, told = run(save(books), certificate)
    assert (code, told["clean"], told["state"]) == (0, True, "valid")
    assert Counter(each["role"] for each in told["basis"])["claim"] == 3
    for each in told["basis"]:
        record = books.records[each["index"]]
        assert (each["topic"], each["partition"], each["offset"]) == (record.topic, record.partition, record.offset)
        assert each["signed"] is (True if each["role"] == "claim" else None)
    claims = {each["index"] for each in told["basis"] if each["role"] == "claim"}
    assert {each["rests_on"] for each in told["basis"] if each["role"] == "confirmed"} == claims
    (key,) = (each for each in told["basis"] if each["role"] == "key")
    assert key["key_id"] == books.key["kid"]


def test_each_record_can_be_shown_to_others(
    books: Any, save: Callable[[Any], Path], signers: Any, certificate: str, tmp_path: Path
) -> None:
    _, told = run(save(books), certificate, "--receipts", tmp_path / "out")
    (tmp_path / "policy").write_bytes(signers.policy_text())
    for each in told["basis"][:3]:
        receipt = tmp_path / "out" / f"{each['index']}.tlog-proof"
        arguments = ["check", str(receipt), "--policy", str(tmp_path / "policy")]
        assert CliRunner().invoke(app, arguments).exit_code == 0
    assert len(list((tmp_path / "out").glob("*.tlog-proof"))) == len(told["basis"]) + 1


def test_a_claim_whose_signature_fails_is_a_finding(books: Any, save: Callable[[Any], Path], certificate: str) -> None:
    _, told = run(save(books), certificate)
    index = next(each["index"] for each in told["basis"] if each["role"] == "claim")
    strip(books, index)
    code, told = run(save(books), certificate)
    assert (code, told["clean"]) == (1, False)
    assert "claim_not_signed" in {each["code"] for each in told["findings"]}
    (unsigned,) = (each for each in told["basis"] if each["signed"] is False)
    assert unsigned["index"] == index


def test_a_certificate_of_other_records_is_a_finding(books: Any, save: Callable[[Any], Path], certificate: str) -> None:
    index = books.index_of(CertificateIssued)
    record = books.records[index]
    changed = (record.value or b"").replace(b'"output_grams":9900', b'"output_grams":9901')
    assert changed != record.value
    books.records[index] = Record(record.topic, 0, record.offset, record.timestamp_ms, record.key, (), changed)
    code, told = run(save(books), certificate)
    assert code == 1
    assert "certificate_differs" in {each["code"] for each in told["findings"]}


def test_a_claim_that_is_not_in_the_log_is_a_finding(books: Any, save: Callable[[Any], Path], certificate: str) -> None:
    _, told = run(save(books), certificate)
    index = next(each["index"] for each in told["basis"] if each["role"] == "claim")
    record = books.records[index]
    books.records[index] = Record(record.topic, 0, record.offset, record.timestamp_ms, record.key, (), b"another")
    code, told = run(save(books), certificate)
    assert code == 1
    assert {"claim_missing", "recorded_root_differs"} <= {each["code"] for each in told["findings"]}


def test_what_was_suspended_since_says_so(books: Any, save: Callable[[Any], Path], certificate: str) -> None:
    before = len(books.records)
    evidence, reason = (before - 1,), SuspensionReason.EVIDENCE_ARRIVED
    suspended = CertificateSuspended(certificate_id=certificate, reason=reason, evidence=evidence)
    books.say(Context.TRACEABILITY, suspended)
    folder = save(books)
    code, told = run(folder, certificate)
    assert (code, told["clean"], told["state"]) == (0, True, "suspended")
    assert run(folder, certificate, "--until", before)[1]["state"] == "valid"
    assert "it does not count now" in CliRunner().invoke(app, ["vouch", str(folder), certificate]).stdout


def test_people_read_the_same(books: Any, save: Callable[[Any], Path], certificate: str) -> None:
    done = CliRunner().invoke(app, ["vouch", str(save(books)), certificate])
    assert done.exit_code == 0
    assert "vouched for" in done.stdout
    assert f"signed with {books.key['kid']}" in done.stdout


def test_an_unknown_certificate_could_not_run(books: Any, save: Callable[[Any], Path], certificate: str) -> None:
    folder = save(books)
    assert run(folder, "cert-none")[0] == 2
    assert run(folder, certificate, "--until", 3)[0] == 2


def strip(books: Any, index: int) -> None:
    """Take the signature out of a record."""
    each = books.records[index]
    books.records[index] = Record(each.topic, 0, each.offset, each.timestamp_ms, each.key, (), each.value)
