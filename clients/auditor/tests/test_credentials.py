"""A document of a certificate checked offline, with the key, the ledger, the status lists, or all of them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended, SuspensionReason
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_event
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.certificates.credential import certificate_credential, did_document, secure
from ewaste.evidence.certificates.status_list import status_list_credential
from ewaste.evidence.custody.fold import read_evidence
from ewaste.evidence.keys import SigningKey, generate_key
from typer.testing import CliRunner, Result

Books = Any
Save = Callable[[Books], Path]
URL = "https://trace.example"
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


class Papers:
    """Documents of the certificate in the books, as its issuer would give them."""

    def __init__(self, books: Books, folder: Path) -> None:
        self.folder = folder
        self.key = generate_key()
        index = books.index_of(CertificateIssued)
        event = read_event(books.records[index].value)
        self.issued_at, self.data = event.envelope.time, event.data
        assert isinstance(self.data, CertificateIssued)
        read = (read_evidence(at, each.topic, each.value) for at, each in enumerate(books.records[:index]))
        derived = certify(
            [each for each in read if each is not None],
            self.data.batch_id,
            issuer=event.envelope.source,
            ledger_size=self.data.ledger_size,
            ledger_root=bytes.fromhex(self.data.ledger_root),
        )
        assert isinstance(derived, Certificate)
        self.canonical = derived.canonical

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def key_file(self) -> Path:
        return self.file("did.json", json.dumps(did_document(URL, [self.key])))

    def credential(self, content: bytes | None = None, ordinal: int = 0, key: dict[str, str] | None = None) -> str:
        credential = certificate_credential(
            content or self.canonical,
            certificate_id=self.data.certificate_id,
            issued_at=self.issued_at,
            ordinal=ordinal,
            url=URL,
        )
        return secure(credential, SigningKey(key or self.key), URL)

    def status_list(self, purpose: str, *ordinals: int, key: dict[str, str] | None = None) -> Path:
        listed = status_list_credential(purpose, 0, ordinals, valid_from=NOON, url=URL)
        return self.file(f"{purpose}.jwt", secure(listed, SigningKey(key or self.key), URL))


@pytest.fixture
def papers(books: Books, tmp_path: Path) -> Papers:
    return Papers(books, tmp_path)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["credential", *(str(each) for each in arguments)])


def checks(*arguments: object) -> dict[str, bool | None]:
    result = run(*arguments, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if found["clean"] else 1)
    assert found["clean"] == all(each["holds"] is not False for each in found["checks"])
    assert all(bool(each["do"]) == (each["holds"] is False) for each in found["checks"])
    return {each["code"]: each["holds"] for each in found["checks"]}


def pdf_with(jwt: str) -> bytes:
    stream = b"<</Type /EmbeddedFile /Length %d>>\nstream\n%s\nendstream" % (len(jwt), jwt.encode())
    return b"%%PDF-1.7\n1 0 obj\n%s\nendobj\n%%%%EOF" % stream


def test_key_and_ledger_together_vouch_for_everything(papers: Papers, books: Books, save: Save) -> None:
    file, ledger = papers.file("c.jwt", papers.credential()), save(books)
    expected = dict.fromkeys(("signature", "digest", "recorded", "issued", "root", "derived", "stands"), True)
    assert checks(file, "--ledger", ledger, "--key", papers.key_file()) == expected

    shown = run(file, "--ledger", ledger, "--key", papers.key_file()).output
    assert "holds as far as it was checked" in shown
    assert "the same bytes" in shown
    assert "กรีนเมทัล Green Metals" in shown


def test_the_ledger_alone_vouches_for_canonical_json_and_for_a_pdf(papers: Papers, books: Books, save: Save) -> None:
    ledger = save(books)
    found = checks(papers.file("c.json", papers.canonical), "--ledger", ledger)
    assert (found["signature"], found["recorded"], found["derived"], found["stands"]) == (None, True, True, True)
    found = checks(papers.file("c.pdf", pdf_with(papers.credential())), "--ledger", ledger)
    assert (found["signature"], found["derived"], found["paper"]) == (None, True, None)


def test_the_key_alone_vouches_for_a_credential(papers: Papers) -> None:
    assert checks(papers.file("c.jwt", papers.credential()), "--key", papers.key_file()) == {
        "signature": True,
        "digest": True,
    }


def test_changed_grams_are_found(papers: Papers, books: Books, save: Save) -> None:
    content = canonical_json({**json.loads(papers.canonical), "batch_id": "X-2"})
    ledger = save(books)
    assert checks(papers.file("c.json", content), "--ledger", ledger)["recorded"] is False
    forged = papers.file("c.jwt", papers.credential(content, key=generate_key()))
    assert checks(forged, "--key", papers.key_file())["signature"] is False
    # The issuer itself can't sign what the ledger never announced.
    signed = papers.file("c.jwt", papers.credential(content))
    found = checks(signed, "--key", papers.key_file(), "--ledger", ledger)
    assert (found["signature"], found["recorded"]) == (True, False)


def test_another_place_than_the_ledgers_is_found(papers: Papers, books: Books, save: Save) -> None:
    elsewhere = papers.file("c.jwt", papers.credential(ordinal=7))
    assert checks(elsewhere, "--ledger", save(books))["issued"] is False


def test_a_changed_record_is_found(papers: Papers, books: Books, save: Save) -> None:
    del books.records[4]
    found = checks(papers.file("c.jwt", papers.credential()), "--ledger", save(books))
    assert found["root"] is False


def test_a_suspended_certificate_stands_no_more(papers: Papers, books: Books, save: Save) -> None:
    books.say(
        Context.TRACEABILITY,
        CertificateSuspended(
            certificate_id=papers.data.certificate_id, reason=SuspensionReason.EVIDENCE_CORRECTED, evidence=(1,)
        ),
    )
    file = papers.file("c.jwt", papers.credential())
    found = checks(file, "--ledger", save(books))
    assert (found["derived"], found["stands"]) == (True, False)


def test_a_status_list_tells_without_a_ledger(papers: Papers) -> None:
    file, key = papers.file("c.jwt", papers.credential()), papers.key_file()
    good = papers.status_list("revocation", 3)
    told = run(file, "--key", key, "--status-list", good)
    assert (told.exit_code, "suspension is not in the lists" in told.output) == (0, True)
    suspended = papers.status_list("suspension", 0)
    result = run(file, "--key", key, "--status-list", suspended, "--status-list", good)
    assert result.exit_code == 1
    assert "suspension is set" in result.output
    forged = papers.status_list("suspension", key=generate_key())
    assert checks(file, "--key", key, "--status-list", forged)["status_list"] is False


def test_what_could_not_run_says_why(papers: Papers, tmp_path: Path) -> None:
    file = papers.file("c.jwt", papers.credential())
    for arguments, why in (
        ([file], "nothing to check against"),
        ([tmp_path / "none", "--key", papers.key_file()], "can't be read"),
        ([papers.file("x", b"hello"), "--key", papers.key_file()], "can't be read as a certificate's document"),
        ([file, "--key", papers.file("k", b"{}")], "holds no key"),
        ([file, "--key", papers.file("k", b"[]")], "holds no key"),
        ([file, "--ledger", papers.file("l", b"no mirror")], "holds no checkpoint"),
    ):
        result = run(*arguments)
        assert (result.exit_code, why in result.output) == (2, True), result.output
