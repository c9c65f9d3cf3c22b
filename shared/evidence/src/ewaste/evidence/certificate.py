"""The certificate of a batch: a pure function of the ledger's first n records and the rules.

Run twice, anywhere, in any order of arrival: the same bytes. It is issued only when every output of the batch has a
final operation, the grams balance, every bag's way is known and undisputed, and nothing was landfilled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from ewaste.contracts.events.dropoff import BagInstalled, ItemDropped
from ewaste.contracts.events.logistics import BinCollected, HandoverRecorded, LoadDispatched
from ewaste.contracts.events.recycler import (
    BatchOpened,
    BatchRecycled,
    FractionTreated,
    LoadReceived,
    LoadRejected,
    PartnerRegistered,
)
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.fields import utc_text
from ewaste.evidence.balance import Balance, balance
from ewaste.evidence.balance_lines import LineCode, OpenLine, in_order
from ewaste.evidence.canonical import canonical_json, sha256_hex
from ewaste.evidence.custody import Custody, Evidence, Fact, fold, happened
from ewaste.evidence.custody_graph import NodeId, node
from ewaste.evidence.custody_handovers import bag_comparisons, is_grave, is_rejected
from ewaste.evidence.rules import DEFAULT_RULES, Rules

__all__ = ["CERTIFICATE_FORMAT", "Certificate", "Uncertified", "certify"]

CERTIFICATE_FORMAT = "ewaste.certificate.v1"
_WHOLE = 10_000
# A licence is a matter of Thai days, and Thailand has had one offset and no summer time since 1920.
_BANGKOK = timezone(timedelta(hours=7))
_INPUTS = (
    ItemDropped,
    BagInstalled,
    BinCollected,
    LoadDispatched,
    HandoverRecorded,
    LoadReceived,
    LoadRejected,
    BatchOpened,
    BatchRecycled,
    FractionTreated,
)


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

    `evidence` may be the whole ledger or the evidence of the batch's related nodes (`custody_graph.related_nodes`,
    `custody.mentions`); records at or past `ledger_size` are not looked at. `issuer` is the source that publishes it,
    `ledger_root` the 32-byte root of the tree of that size.
    """
    if len(ledger_root) != 32:
        raise ValueError(f"ledger_root has {len(ledger_root)} bytes; give the 32 of the root at size {ledger_size}")
    custody = fold((each for each in evidence if each.index < ledger_size), rules)
    balanced = balance(custody, batch_id)
    partner = _licensed(custody, batch_id)
    reasons = in_order([*balanced.open_lines, *_custody_lines(custody, balanced), *_licence_lines(custody, batch_id)])
    if reasons or partner is None:
        return Uncertified(batch_id, reasons)
    content = {
        "format": CERTIFICATE_FORMAT,
        "issuer": issuer,
        "batch_id": batch_id,
        **_content(custody, balanced, partner),
        "ledger": {"size": ledger_size, "root": ledger_root.hex()},
        "rules_digest": rules.digest(),
    }
    return _sealed(batch_id, partner.data.partner_id, content)


def _content(custody: Custody, balanced: Balance, partner: Fact[PartnerRegistered]) -> dict[str, Any]:
    inputs = _inputs(custody, balanced)
    return {
        "partner": _partner_content(partner.data),
        "period": _period(inputs, {each.bag_id for each in balanced.inputs}),
        "inputs": [{"bag_id": each.bag_id, "grams": each.grams} for each in balanced.inputs],
        "items": _items(custody, balanced),
        "grams": _grams(balanced),
        "outcome": {"by_operation": balanced.by_operation, "by_material": balanced.by_material},
        "chain_of_custody": _coverage(balanced),
        "evidence": _indices(custody, [*inputs, partner.evidence]),
    }


def _sealed(batch_id: str, partner_id: str, content: dict[str, Any]) -> Certificate:
    canonical = canonical_json(content)
    digest = sha256_hex(canonical)
    # An identifier has 64 characters: 5 + 42 + 1 + 16; the digest keeps shortened batch ids apart.
    return Certificate(batch_id, partner_id, content, canonical, digest, f"cert-{batch_id[:42]}-{digest[:16]}")


def _custody_lines(custody: Custody, balanced: Balance) -> list[OpenLine]:
    opened = custody.first(node("batch", balanced.batch_id), BatchOpened)
    lines: list[OpenLine] = []
    for each in balanced.inputs if opened else ():
        bag = node("bag", each.bag_id)
        if not custody.facts(bag, LoadDispatched):
            lines.append(OpenLine(LineCode.BAG_NOT_DISPATCHED, bag))
        if opened and not _was_received(custody, each.bag_id, opened.data.partner_id):
            lines.append(OpenLine(LineCode.BAG_NOT_RECEIVED, bag))
        if any(is_grave(found.difference) for found in bag_comparisons(custody, each.bag_id)):
            lines.append(OpenLine(LineCode.BAG_DISPUTED, bag))
    if balanced.landfill_grams:
        batch = node("batch", balanced.batch_id)
        lines.append(OpenLine(LineCode.LANDFILLED, batch, balanced.landfill_grams))
    return lines


def _was_received(custody: Custody, bag_id: str, partner_id: str) -> bool:
    receipts = custody.facts(node("bag", bag_id), LoadReceived)
    return any(
        fact.data.partner_id == partner_id and not is_rejected(custody, bag_id, fact.data.load_id) for fact in receipts
    )


def _licensed(custody: Custody, batch_id: str) -> Fact[PartnerRegistered] | None:
    """The latest registration of the batch's partner whose licence was valid on the day of processing."""
    recycled = custody.first(node("batch", batch_id), BatchRecycled)
    if recycled is None:
        return None
    day = _thai_day(recycled.evidence.event.envelope.time)
    registrations = custody.facts(node("partner", recycled.data.partner_id), PartnerRegistered)
    valid = [each for each in registrations if each.data.licence_valid_from <= day <= each.data.licence_valid_until]
    return valid[-1] if valid else None


def _licence_lines(custody: Custody, batch_id: str) -> list[OpenLine]:
    recycled = custody.first(node("batch", batch_id), BatchRecycled)
    if recycled is None or _licensed(custody, batch_id) is not None:
        return []
    partner = node("partner", recycled.data.partner_id)
    known = custody.first(partner, PartnerRegistered) is not None
    return [OpenLine(LineCode.LICENCE_NOT_VALID if known else LineCode.PARTNER_UNKNOWN, partner)]


def _thai_day(moment: datetime) -> date:
    return moment.astimezone(_BANGKOK).date()


def _partner_content(partner: PartnerRegistered) -> dict[str, Any]:
    return {
        "partner_id": partner.partner_id,
        "name_th": partner.name_th,
        "name_en": partner.name_en,
        "licence_number": partner.licence_number,
        "licence_valid_from": partner.licence_valid_from.isoformat(),
        "licence_valid_until": partner.licence_valid_until.isoformat(),
        "sample": partner.sample,
    }


def _inputs(custody: Custody, balanced: Balance) -> list[Evidence]:
    """Every fact the certificate rests on: of the batch, its bags, their items and their loads; by ledger index."""
    bags = [node("bag", each.bag_id) for each in balanced.inputs]
    nodes: list[NodeId] = [node("batch", balanced.batch_id), *bags]
    for bag in bags:
        nodes += (child for child in custody.children.get(bag, ()))
        nodes += (node("load", load_id) for load_id in custody.around(bag, "load"))
    facts = {each.index: each for found in dict.fromkeys(nodes) for each in custody.touching.get(found, ())}
    return [facts[index] for index in sorted(facts) if isinstance(facts[index].event.data, _INPUTS)]


def _indices(custody: Custody, inputs: list[Evidence]) -> list[int]:
    """The ledger indices of the facts and of the partners' signed claims behind them."""
    claims = (custody.claim_behind(each) for each in inputs)
    return sorted({each.index for each in inputs} | {claim.index for claim in claims if claim is not None})


def _period(inputs: list[Evidence], bag_ids: set[str]) -> dict[str, str]:
    """From the first drop into or collection of an input bag to the last operation, UTC."""
    times = [(happened(each), each.event.data) for each in inputs]
    begun = [when for when, data in times if isinstance(data, ItemDropped | BinCollected) and data.bag_id in bag_ids]
    ended = [when for when, data in times if isinstance(data, BatchRecycled | FractionTreated)]
    return {"from": utc_text(min(begun)[0]), "until": utc_text(max(ended)[0])}


def _items(custody: Custody, balanced: Balance) -> dict[str, Any]:
    """Pieces by category; one that was also dropped elsewhere is nobody's to count."""
    counts: dict[str, int] = {}
    elsewhere = 0
    for item_id in sorted({id for each in balanced.inputs for id in custody.inside(node("bag", each.bag_id), "item")}):
        item = node("item", item_id)
        dropped = custody.first(item, ItemDropped)
        if dropped is None or len(custody.around(item, "bag")) > 1:
            elsewhere += 1
        else:
            category = dropped.data.category.value
            counts[category] = counts.get(category, 0) + 1
    return {"by_category": counts, "total": sum(counts.values()), "in_two_bags": elsewhere}


def _grams(balanced: Balance) -> dict[str, int]:
    return {
        "own": balanced.own_grams,
        "other_clients": balanced.other_client_grams,
        "input": balanced.input_grams,
        "output": balanced.output_grams,
        "process_loss": balanced.process_loss_grams,
        "difference": balanced.difference_grams,
        "tolerance": balanced.tolerance_grams,
        "landfill": balanced.landfill_grams,
        "reuse": balanced.reuse_grams,
    }


def _coverage(balanced: Balance) -> dict[str, int]:
    """ISO 22095: a batch of ours alone stays segregated; shredded with others' grams, all of ours are mass balance."""
    mixed = balanced.other_client_grams > 0
    return {
        "segregated_basis_points": 0 if mixed else _WHOLE,
        "mass_balance_basis_points": _WHOLE if mixed else 0,
        "own_share_basis_points": balanced.own_grams * _WHOLE // balanced.input_grams,
    }
