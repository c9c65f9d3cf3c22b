"""Alerts of a node from the folded evidence: what is missing or contradicts itself, and until when it may be.

A gap is a function of facts and limits: the same for every order and duplication of the evidence. No clock is asked;
a gap that only time opens says when (`due_at`), so that a scheduler knows when to look again. It ends when a fact
arrives with which it would not be found. Which gap rests on what: docs/architecture/alerts.md.
"""

from collections.abc import Callable, Mapping
from typing import Final

from ewaste.contracts.events.dropoff import ItemDropped
from ewaste.contracts.events.traceability import (
    CertificateIssued,
    CertificateSuspended,
    CustodyGapClosed,
    CustodyGapOpened,
    GapKind,
)
from ewaste.evidence.alerts.bags import bag_gaps
from ewaste.evidence.alerts.limits import DEFAULT_LIMITS, Limits
from ewaste.evidence.alerts.loads import batch_gaps, load_gaps
from ewaste.evidence.alerts.model import Gap, gap_id, gap_of
from ewaste.evidence.custody.fold import Custody, Evidence, Fact
from ewaste.evidence.custody.graph import NodeId, node, split_node
from ewaste.evidence.custody.model import CertificateState
from ewaste.evidence.custody.states import certificate_state

__all__ = ["Gap", "closed_by", "equivocation_gaps", "gaps_of"]


def gaps_of(custody: Custody, node_id: NodeId, limits: Limits = DEFAULT_LIMITS) -> tuple[Gap, ...]:
    """The gaps whose subject is this node, by id: those that hold, and those that time will open (`Gap.is_open`).

    True with the evidence of the node and of what it is or was in, and the corrections of that. A node of a kind that
    has no alerts has no gaps.
    """
    kind, id = split_node(node_id)
    found = _JUDGES[kind](custody, id, limits) if kind in _JUDGES else []
    return tuple(sorted(found, key=lambda gap: gap.gap_id))


def equivocation_gaps(custody: Custody, source: str) -> tuple[Gap, ...]:
    """Where this source gave one event id several contents. Nothing closes it: what was said twice stays said."""
    return tuple(
        Gap(
            gap_id(GapKind.EQUIVOCATION, node("source", source), each.event_id),
            GapKind.EQUIVOCATION,
            node("source", source),
            (each.standing, *each.conflicting),
            because=each.event_id,
        )
        for each in custody.equivocations
        if each.source == source
    )


def closed_by(custody: Custody, gap: Gap, since: int) -> tuple[int, ...]:
    """Ledger indices of the records from `since` on that bear on the gap's node: among them is what was missing."""
    told = [*custody.touching.get(gap.node, ()), *_replacements(custody, gap.node)]
    corrections = [each.correction for each in custody.withdrawn.get(gap.node, ())]
    return tuple(sorted({each.index for each in (*told, *corrections) if each.index >= since and not _is_gap(each)}))


def _is_gap(evidence: Evidence) -> bool:
    return isinstance(evidence.event.data, CustodyGapOpened | CustodyGapClosed)


def _replacements(custody: Custody, node_id: NodeId) -> list[Evidence]:
    """What replaces a certificate names the certificate, but touches only itself and the batch."""
    kind, id = split_node(node_id)
    return [fact.evidence for fact in _siblings(custody, id)] if kind == "certificate" else []


def _siblings(custody: Custody, certificate_id: str) -> list[Fact[CertificateIssued]]:
    issued = custody.first(node("certificate", certificate_id), CertificateIssued)
    return custody.facts(node("batch", issued.data.batch_id), CertificateIssued) if issued else []


def _item_gaps(custody: Custody, item_id: str, _: Limits) -> list[Gap]:
    item = node("item", item_id)
    drops = custody.facts(item, ItemDropped)
    in_two = len({fact.data.bag_id for fact in drops}) > 1
    return [gap_of(GapKind.ITEM_IN_TWO_PLACES, item, drops)] if in_two else []


def _certificate_gaps(custody: Custody, certificate_id: str, _: Limits) -> list[Gap]:
    if certificate_state(custody, certificate_id) is not CertificateState.SUSPENDED:
        return []
    certificate = node("certificate", certificate_id)
    return [gap_of(GapKind.CERTIFICATE_SUSPENDED, certificate, custody.facts(certificate, CertificateSuspended))]


_JUDGES: Final[Mapping[str, Callable[[Custody, str, Limits], list[Gap]]]] = {
    "item": _item_gaps,
    "bag": bag_gaps,
    "load": load_gaps,
    "batch": batch_gaps,
    "certificate": _certificate_gaps,
}
