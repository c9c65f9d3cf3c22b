"""The certificate of a batch: a pure function of the ledger's first n records and the rules.

Run twice, anywhere, in any order of arrival: the same bytes. It is issued only when every output of the batch has a
final operation, the grams balance and no bag's grams are claimed twice, every bag's way is known and undisputed, every
confirmation was made under a licence and signed by the recycler itself, and nothing was landfilled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.evidence.canonical import canonical_json, sha256_hex
from ewaste.evidence.certificates.content import content_of, inputs_of
from ewaste.evidence.certificates.reasons import claim_lines, custody_lines, licence_lines
from ewaste.evidence.custody.balance import Balance, balance
from ewaste.evidence.custody.fold import Custody, Evidence, fold
from ewaste.evidence.custody.open_lines import OpenLine, in_order
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules

__all__ = ["CERTIFICATE_FORMAT", "Certificate", "Uncertified", "certify", "reasons_against"]

CERTIFICATE_FORMAT: Final = "ewaste.certificate.v1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is certified; `content` is plain JSON values and `canonical` its RFC 8785 bytes."""

    batch_id: str
    partner_id: str
    content: dict[str, Any]
    canonical: bytes = field(repr=False)
    digest: str
    """SHA-256 of `canonical`, hex."""
    certificate_id: str
    """Follows from batch and digest: issuing again gives the same id."""

    def event_data(self, replaces_certificate_id: str | None = None) -> CertificateIssued:
        """The data of the event that announces it."""
        ledger, grams = self.content["ledger"], self.content["grams"]
        return CertificateIssued(
            certificate_id=self.certificate_id,
            batch_id=self.batch_id,
            partner_id=self.partner_id,
            ledger_size=ledger["size"],
            ledger_root=ledger["root"],
            rules_digest=self.content["rules_digest"],
            content_digest=self.digest,
            input_grams=grams["input"],
            output_grams=grams["output"],
            process_loss_grams=grams["process_loss"],
            landfill_grams=grams["landfill"],
            replaces_certificate_id=replaces_certificate_id,
        )


@dataclass(frozen=True, slots=True)
class Uncertified:
    """Why there is no certificate (yet): never empty."""

    batch_id: str
    reasons: tuple[OpenLine, ...]


def certify(
    evidence: Iterable[Evidence],
    batch_id: str,
    *,
    issuer: str,
    ledger_size: int,
    ledger_root: bytes,
    rules: Rules = DEFAULT_RULES,
) -> Certificate | Uncertified:
    """The certificate of a batch from the ledger's first `ledger_size` records.

    `evidence` may be the whole ledger or the evidence of the batch's related nodes (`custody.graph.related_nodes`,
    `custody.fold.mentions`); records at or past `ledger_size` are not looked at. `issuer` is the source that publishes
    it, `ledger_root` the 32-byte root of the tree of that size.
    """
    if len(ledger_root) != 32:
        raise ValueError(f"ledger_root has {len(ledger_root)} bytes; give the 32 of the root at size {ledger_size}")
    custody = fold((each for each in evidence if each.index < ledger_size), rules)
    balanced = balance(custody, batch_id)
    inputs = inputs_of(custody, balanced)
    if kept_open := reasons_against(custody, balanced, inputs):
        return Uncertified(batch_id, kept_open)
    content = {
        "format": CERTIFICATE_FORMAT,
        "issuer": issuer,
        "batch_id": batch_id,
        **content_of(custody, balanced, inputs),
        "ledger": {"size": ledger_size, "root": ledger_root.hex()},
        "rules": rules.digests(),
        "rules_digest": rules.digest(),
    }
    return _sealed(batch_id, content)


def reasons_against(custody: Custody, balanced: Balance, inputs: list[Evidence]) -> tuple[OpenLine, ...]:
    """Every reason why the batch gets no certificate (yet); `inputs` are the facts it would rest on (`inputs_of`)."""
    return in_order(
        [
            *balanced.open_lines,
            *custody_lines(custody, balanced),
            *licence_lines(custody, balanced),
            *claim_lines(custody, inputs),
        ]
    )


def _sealed(batch_id: str, content: dict[str, Any]) -> Certificate:
    canonical = canonical_json(content)
    digest = sha256_hex(canonical)
    partner_id = content["partner"]["partner_id"]
    # An identifier has 64 characters: 5 + 42 + 1 + 16; the digest keeps shortened batch ids apart.
    return Certificate(batch_id, partner_id, content, canonical, digest, f"cert-{batch_id[:42]}-{digest[:16]}")
