"""A certificate's document checked offline: its signature, its digest, its status, and the certificate in the ledger.

Each check says whether it holds, does not, or could not be made with what was given. What is printed on the pages of a
PDF is not signed; the certificate inside it is what is checked, and what is shown.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ewaste.auditor.credential_ledger import Announced, CertificateLedger
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.watch import Watch, nobody
from ewaste.contracts.fields import utc_text
from ewaste.evidence.canonical import sha256_hex
from ewaste.evidence.certificates.certify import Uncertified
from ewaste.evidence.certificates.credential import CredentialRefused, keys_in, verify_secured
from ewaste.evidence.certificates.documents import Document, DocumentKind, DocumentUnreadable, read_document
from ewaste.evidence.certificates.status_entry import place_of
from ewaste.evidence.certificates.status_list import StatusList, StatusUnknown, read_status_list, statuses_of
from ewaste.evidence.keys import KeyUnusable, VerifyingKey
from ewaste.evidence.rules.ruleset import Rules

__all__ = ["Check", "CheckCode", "Checked", "check_document"]

Keys = dict[str, VerifyingKey]


class CheckCode(StrEnum):
    """What is looked at."""

    SIGNATURE = "signature"
    DIGEST = "digest"
    STATUS_LIST = "status_list"
    ROOT = "root"
    RECORDED = "recorded"
    ISSUED = "issued"
    DERIVED = "derived"
    STANDS = "stands"
    PAPER = "paper"


_DO: Final = {
    CheckCode.SIGNATURE: "Don't accept it: ask the issuer for the document as it was issued.",
    CheckCode.DIGEST: "The content was changed after it was issued: don't accept it.",
    CheckCode.STATUS_LIST: "Don't rely on it any more: ask the issuer for the certificate that replaces it.",
    CheckCode.ROOT: "Run `ewaste-auditor verify` on the ledger: a record before that size was changed.",
    CheckCode.RECORDED: "The ledger never announced this certificate: don't accept it.",
    CheckCode.ISSUED: "The credential says other than the ledger of when and in which place it was issued.",
    CheckCode.DERIVED: "The records don't give this certificate: don't accept it; ask for its evidence.",
    CheckCode.STANDS: "Don't rely on it any more: `ewaste-auditor trace` shows what replaced it.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """`holds` is None where it could not be made with what was given."""

    code: CheckCode
    holds: bool | None
    message: str

    def to_dict(self) -> dict[str, Any]:
        todo = _DO.get(self.code) if self.holds is False else None
        return {"code": self.code.value, "holds": self.holds, "message": self.message, "do": todo}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one document."""

    file: str
    kind: DocumentKind
    digest: str
    certificate_id: str | None
    content: dict[str, Any]
    checks: tuple[Check, ...]

    @property
    def clean(self) -> bool:
        return all(check.holds is not False for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "clean": self.clean,
            "kind": self.kind.value,
            "digest": self.digest,
            "certificate_id": self.certificate_id,
            "checks": [check.to_dict() for check in self.checks],
            "certificate": self.content,
        }


def check_document(
    path: Path,
    *,
    ledger: Path | None = None,
    key: Path | None = None,
    status_lists: Sequence[Path] = (),
    rules: Sequence[Rules] = (),
    watch: Watch = nobody,
) -> Checked:
    """Check a credential, a certificate's canonical JSON or its PDF; raises `CannotRun`.

    `key` is the issuer's did.json, a JWK Set or a JWK; `status_lists` are lists as the issuer publishes them. Without
    ledger and key nothing vouches for a document, and that is no result.
    """
    if ledger is None and key is None:
        raise CannotRun(
            "nothing to check against: give --ledger (a mirror of the ledger), --key (the issuer's did.json), or both"
        )
    document = _document(path)
    keys = _keys(key) if key else None
    digest = sha256_hex(document.content)
    checks = [_signature(document, keys), _digest(document, digest), *_statuses(document, keys, status_lists)]
    certificate_id = document.certified.certificate_id if document.certified else None
    if ledger is not None:
        book = CertificateLedger(ledger, rules, watch)
        announced = book.announced(digest)
        certificate_id = announced.data.certificate_id if announced else certificate_id
        checks += _by_ledger(document, digest, announced, book)
    if document.kind is DocumentKind.PDF:
        checks.append(
            Check(CheckCode.PAPER, None, "the words on the pages are not signed: compare them with what is here")
        )
    return Checked(str(path), document.kind, digest, certificate_id, json.loads(document.content), tuple(checks))


def _document(path: Path) -> Document:
    try:
        return read_document(_bytes(path))
    except DocumentUnreadable as error:
        raise CannotRun(f"{path} can't be read as a certificate's document: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotRun(f"{path} can't be read: {error.strerror}") from None


def _keys(path: Path) -> Keys:
    try:
        published = json.loads(_bytes(path))
        if not isinstance(published, dict):
            raise KeyUnusable("it is no JSON object")
        return keys_in(published)
    except (ValueError, TypeError) as error:
        raise CannotRun(f"{path} holds no key: {error}. Give the issuer's did.json, a JWK Set or a JWK") from None


def _signature(document: Document, keys: Keys | None) -> Check:
    if document.jwt is None:
        return Check(CheckCode.SIGNATURE, None, "canonical JSON is not signed; the ledger must vouch for it")
    if keys is None:
        return Check(CheckCode.SIGNATURE, None, "not checked: give --key with the issuer's did.json")
    try:
        secured = verify_secured(document.jwt, keys)
    except CredentialRefused as refused:
        return Check(CheckCode.SIGNATURE, False, str(refused))
    return Check(CheckCode.SIGNATURE, True, f"{secured.issuer} signed it with key {secured.thumbprint}")


def _digest(document: Document, digest: str) -> Check:
    if document.certified is None or document.certified.digest_holds:
        return Check(CheckCode.DIGEST, True, f"the content has SHA-256 {digest}")
    return Check(
        CheckCode.DIGEST, False, f"the content has {digest}, the credential says {document.certified.said_digest}"
    )


def _statuses(document: Document, keys: Keys | None, paths: Sequence[Path]) -> Iterable[Check]:
    if not paths:
        return
    if document.secured is None or keys is None:
        yield Check(CheckCode.STATUS_LIST, None, "a status list needs a credential and --key")
        return
    try:
        lists = [_status_list(path, keys) for path in paths]
        found = statuses_of(document.secured.credential, lists)
    except (StatusUnknown, CredentialRefused) as error:
        yield Check(CheckCode.STATUS_LIST, False, f"the status list can't be relied on: {error}")
        return
    for purpose, is_set in found.items():
        said = "is not in the lists that were given" if is_set is None else "is set" if is_set else "is not set"
        yield Check(CheckCode.STATUS_LIST, None if is_set is None else not is_set, f"{purpose} {said}")


def _status_list(path: Path, keys: Keys) -> StatusList:
    return read_status_list(verify_secured(_bytes(path), keys).credential)


def _by_ledger(document: Document, digest: str, announced: Announced | None, book: CertificateLedger) -> list[Check]:
    if announced is None:
        return [Check(CheckCode.RECORDED, False, f"no certificate with SHA-256 {digest} in {book.size:,} records")]
    data, at = announced.data, announced.place.index
    named = document.certified.certificate_id if document.certified else data.certificate_id
    said = f"{data.certificate_id} was announced at index {at} with this digest"
    recorded = Check(CheckCode.RECORDED, named == data.certificate_id, said)
    return [recorded, *_issued(document, announced), _root(announced, book), *_derived(document, announced, book)]


def _issued(document: Document, announced: Announced) -> Iterable[Check]:
    """A credential's own statements follow from the ledger, or they are the issuer's invention."""
    if document.secured is None:
        return
    credential = document.secured.credential
    indices = {
        str(each.get("statusListIndex")) for each in credential.get("credentialStatus") or () if isinstance(each, dict)
    }
    time = utc_text(announced.time)
    holds = credential.get("validFrom") == time and indices == {str(place_of(announced.ordinal)[1])}
    said = f"issued {time} as number {announced.ordinal} of the ledger (counted from 0)"
    yield Check(CheckCode.ISSUED, holds, said)


def _root(announced: Announced, book: CertificateLedger) -> Check:
    size, named = announced.data.ledger_size, announced.data.ledger_root
    found = book.root_at(size)
    holds = found is not None and found.hex() == named
    said = f"the first {size:,} records give root {found.hex() if found else 'none'}"
    return Check(CheckCode.ROOT, holds, said if holds else f"{said}; the certificate names {named}")


def _derived(document: Document, announced: Announced, book: CertificateLedger) -> Iterable[Check]:
    judged = book.derive(announced)
    if judged is None:
        yield Check(CheckCode.DERIVED, None, f"rules {announced.data.rules_digest} are not known here: give --rules")
    elif isinstance(judged, Uncertified):
        why = "; ".join(line.text_en for line in judged.reasons[:5])
        yield Check(CheckCode.DERIVED, False, f"the records give no certificate: {why}")
    else:
        holds = judged.canonical == document.content
        said = "the same bytes" if holds else f"another certificate, SHA-256 {judged.digest}"
        yield Check(
            CheckCode.DERIVED, holds, f"derived again from the first {announced.data.ledger_size:,} records: {said}"
        )
    state, why = book.standing(announced)
    yield Check(CheckCode.STANDS, state == "valid", why)
