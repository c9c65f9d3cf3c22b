"""Whether a presented document holds: each step by itself, from the ledger, with the reason where it does not.

Nothing that the document says is believed: its certificate is found in the ledger by the digest of its content, and
computed again from the records that it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.fields import Identifier
from ewaste.evidence.canonical import sha256_hex
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.certificates.credential import CredentialRefused, did_document, keys_in, verify_secured
from ewaste.evidence.certificates.documents import Document, DocumentKind
from ewaste.evidence.custody.fold import Custody, Evidence, Fact, fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.states import certificate_state
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from ewaste.runtime.database import Transaction
from ewaste.traceability.certificates import places
from ewaste.traceability.certificates.credentials import Issued, paper_of
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.custody.handlers import evidence_of
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from pydantic import TypeAdapter, ValidationError

__all__ = ["Step", "StepCode", "Verdict", "verify"]


class StepCode(StrEnum):
    """What is looked at, in this order."""

    SIGNATURE = "signature"
    DIGEST = "digest"
    RECORDED = "recorded"
    ROOT = "root"
    DERIVED = "derived"
    STATUS = "status"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Step:
    """`holds` is None where there is nothing to look at, or it can't be told here; `why` is a word for texts."""

    code: StepCode
    holds: bool | None
    why: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one document."""

    kind: DocumentKind
    digest: str
    """SHA-256 of the canonical content that was presented, hex."""
    certificate_id: str | None
    """As the ledger has it; None where the ledger knows no certificate with this content."""
    state: str | None
    steps: tuple[Step, ...]

    @property
    def genuine(self) -> bool:
        """It is what was issued, whether or not it holds today."""
        return all(step.holds is not False for step in self.steps if step.code is not StepCode.STATUS)

    @property
    def holds(self) -> bool:
        """The ledger vouches for the content, and nothing speaks against it."""
        found = {step.code: step.holds for step in self.steps}
        return found[StepCode.RECORDED] is True and False not in found.values()


_BATCH_ID: Final = TypeAdapter(Identifier)
_CONTENT: Final = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What the ledger holds about the batch of a document."""

    evidence: list[Evidence]
    custody: Custody
    announced: Fact[CertificateIssued] | None
    root: bytes | None


async def verify(tx: Transaction, document: Document, raw: bytes, keyring: Keyring, source: str) -> Verdict:
    """Look at a document of a certificate that `source` is said to have issued; `raw` are its bytes as presented."""
    digest = sha256_hex(document.content)
    content = _CONTENT.validate_json(document.content)
    ledger = await _look_up(tx, content, digest, source)
    announced = ledger.announced
    signature = _signature(document, keyring)
    steps = [signature, _digest(document, digest), _recorded(document, announced)]
    if announced is not None:
        steps += [_root(announced, content, ledger), _derived(announced, document, ledger), _status(announced, ledger)]
    if document.kind is DocumentKind.PDF:
        steps.append(await _paper(tx, document, raw, keyring, trusted=bool(announced and signature.holds)))
    state = certificate_state(ledger.custody, announced.data.certificate_id) if announced else None
    certificate_id = announced.data.certificate_id if announced else None
    return Verdict(document.kind, digest, certificate_id, state.value if state else None, tuple(steps))


async def _look_up(tx: Transaction, content: Mapping[str, Any], digest: str, source: str) -> _Ledger:
    try:
        batch = node("batch", _BATCH_ID.validate_python(content.get("batch_id")))
    except ValidationError:
        return _Ledger([], fold(()), None, None)
    evidence = await evidence_of(tx, batch)
    custody = fold(evidence)
    announced = next(
        (
            fact
            for fact in custody.facts(batch, CertificateIssued)
            if fact.data.content_digest == digest and fact.evidence.event.envelope.source == source
        ),
        None,
    )
    size = announced.data.ledger_size if announced else 0
    root = await ledger_storage.root_at(tx, Ledger.CUSTODY, size) if size else None
    return _Ledger(evidence, custody, announced, root)


def _signature(document: Document, keyring: Keyring) -> Step:
    if document.jwt is None:
        return Step(StepCode.SIGNATURE, None, "unsigned", {})
    try:
        secured = verify_secured(document.jwt, keys_in(did_document(keyring.url, keyring.public())))
        if secured.issuer != keyring.did:
            raise CredentialRefused("key_unknown", f"the issuer is {secured.issuer}, not {keyring.did}")
    except CredentialRefused as refused:
        return Step(StepCode.SIGNATURE, False, refused.reason, {"detail": str(refused)})
    return Step(StepCode.SIGNATURE, True, "signed", {"key": secured.thumbprint, "issuer": secured.issuer})


def _digest(document: Document, digest: str) -> Step:
    if document.certified is None:
        return Step(StepCode.DIGEST, None, "computed", {"digest": digest})
    holds = document.certified.digest_holds
    return Step(StepCode.DIGEST, holds, "same" if holds else "other", {"digest": digest})


def _recorded(document: Document, announced: Fact[CertificateIssued] | None) -> Step:
    if announced is None:
        return Step(StepCode.RECORDED, False, "unknown", {})
    named = document.certified.certificate_id if document.certified else announced.data.certificate_id
    holds = named == announced.data.certificate_id
    values = {"index": announced.evidence.index, "certificate_id": announced.data.certificate_id}
    return Step(StepCode.RECORDED, holds, "recorded" if holds else "other_id", values)


def _root(announced: Fact[CertificateIssued], content: Mapping[str, Any], ledger: _Ledger) -> Step:
    said = {announced.data.ledger_root, content["ledger"]["root"]}
    if ledger.root is None:
        return Step(StepCode.ROOT, None, "not_kept", {"size": announced.data.ledger_size})
    holds = said == {ledger.root.hex()}
    return Step(StepCode.ROOT, holds, "same" if holds else "other", {"size": announced.data.ledger_size})


def _derived(announced: Fact[CertificateIssued], document: Document, ledger: _Ledger) -> Step:
    data = announced.data
    if data.rules_digest != DEFAULT_RULES.digest():
        return Step(StepCode.DERIVED, None, "other_rules", {"rules": data.rules_digest})
    judged = certify(
        ledger.evidence,
        data.batch_id,
        issuer=announced.evidence.event.envelope.source,
        ledger_size=data.ledger_size,
        ledger_root=bytes.fromhex(data.ledger_root),
    )
    holds = isinstance(judged, Certificate) and judged.canonical == document.content
    return Step(StepCode.DERIVED, holds, "same" if holds else "other", {"size": data.ledger_size})


def _status(announced: Fact[CertificateIssued], ledger: _Ledger) -> Step:
    state = certificate_state(ledger.custody, announced.data.certificate_id)
    word = state.value if state else "announced"
    return Step(StepCode.STATUS, word == "valid", word, {"replaced_by": _replaced_by(announced, ledger)})


def _replaced_by(announced: Fact[CertificateIssued], ledger: _Ledger) -> str | None:
    replaced = announced.data.certificate_id
    issued = ledger.custody.facts(node("batch", announced.data.batch_id), CertificateIssued)
    return next(
        (each.data.certificate_id for each in issued if each.data.replaces_certificate_id == replaced),
        None,
    )


async def _paper(tx: Transaction, document: Document, raw: bytes, keyring: Keyring, *, trusted: bool) -> Step:
    """Only the same bytes show the same words: what is printed around a credential is not signed."""
    place = await places.place_of(tx, document.certified.certificate_id) if document.certified and trusted else None
    if place is None or document.certified is None or document.jwt is None:
        return Step(StepCode.PAPER, None, "not_compared", {})
    found = Issued(document.certified.certificate_id, document.content, place)
    same = await paper_of(found, document.jwt, keyring) == raw
    return Step(StepCode.PAPER, True if same else None, "same" if same else "other", {})
