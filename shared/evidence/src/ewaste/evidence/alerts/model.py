"""An alert: something in the chain of custody is missing or contradicts itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from ewaste.contracts.events.traceability import CustodyGapClosed, CustodyGapOpened, GapKind, Subject, SubjectKind
from ewaste.evidence.custody.fold import Fact
from ewaste.evidence.custody.graph import NodeId, split_node

__all__ = ["MOST_EVIDENCE", "Gap", "gap_id", "gap_of", "limit_after"]

MOST_EVIDENCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Gap:
    """One alert about one node; `evidence` are the ledger indices of the records that show it, lowest first."""

    gap_id: str
    """Follows from kind, node and reason: whoever judges the same facts names the same gap."""
    kind: GapKind
    node: NodeId
    evidence: tuple[int, ...]
    due_at: datetime | None = None
    """None: it holds whatever the time is. Otherwise from this moment on, unless what is missing arrives."""
    because: str | None = None
    """Id of the latest event that shows it."""

    def is_open(self, now: datetime) -> bool:
        """Whether it is an alert at this moment (with offset)."""
        return self.due_at is None or self.due_at < now

    @property
    def subject(self) -> Subject:
        kind, id = split_node(self.node)
        return Subject(kind=SubjectKind(kind), id=id)

    def opened(self) -> CustodyGapOpened:
        """The data of the event that announces it."""
        return CustodyGapOpened(gap_id=self.gap_id, kind=self.kind, subject=self.subject, evidence=self.evidence)

    def closed(self, closed_by: Iterable[int]) -> CustodyGapClosed:
        """The data of the event that ends it: `closed_by` are the records that brought what was missing."""
        evidence = tuple(sorted({*self.evidence, *closed_by}))[-MOST_EVIDENCE:]
        return CustodyGapClosed(gap_id=self.gap_id, kind=self.kind, subject=self.subject, evidence=evidence)


def gap_id(kind: GapKind, node: NodeId, *reason: str) -> str:
    """The gap's name: another reason is another gap."""
    return f"{kind}-{sha256(chr(10).join((node, *reason)).encode()).hexdigest()[:24]}"


def gap_of(
    kind: GapKind, node: NodeId, shown_by: Iterable[Fact[Any]], *reason: str, due_at: datetime | None = None
) -> Gap:
    """The gap that these facts show."""
    facts = {fact.index: fact for fact in shown_by}
    indices = sorted(facts)[:MOST_EVIDENCE]
    latest = str(facts[indices[-1]].evidence.event.envelope.id) if indices else None
    return Gap(gap_id(kind, node, *reason), kind, node, tuple(indices), due_at, latest)


def limit_after(fact: Fact[Any], limit: timedelta) -> datetime:
    """The last moment in time after what a record says happened; the end of the calendar where that is later."""
    time = fact.evidence.event.envelope.time
    try:
        return time + limit
    except OverflowError:
        return datetime.max.replace(tzinfo=time.tzinfo)
