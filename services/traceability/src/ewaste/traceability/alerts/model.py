"""Which nodes a turn of the projection gives reason to judge, and what changes when they were judged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ewaste.contracts.events.dropoff import BagFillReported
from ewaste.contracts.events.traceability import CustodyGapClosed, CustodyGapOpened
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import type_for
from ewaste.contracts.topics import partner_of, topic_of
from ewaste.evidence.alerts.gaps import Gap
from ewaste.evidence.custody.graph import NodeId
from ewaste.traceability.custody.handlers import Projected
from ewaste.traceability.ledger.model import Entry

__all__ = ["Concerned", "Numbers", "concerned", "is_history", "next_looks", "numbers_of"]

_JUDGED: Final = ("item/", "bag/", "load/", "batch/", "certificate/")
_OWN: Final = frozenset(type_for(Context.TRACEABILITY, model).name for model in (CustodyGapOpened, CustodyGapClosed))
_FILLED: Final = type_for(Context.DROPOFF, BagFillReported).name
_HISTORY: Final = timedelta(minutes=5)
_SERVICE_OF: Final = {topic_of(context): context for context in Context if context is not Context.PARTNER}


@dataclass(slots=True)
class Concerned:
    """Nodes by how much work they are."""

    judged: set[NodeId] = field(default_factory=set)
    """Something was said of them that may open or close an alert."""
    items: list[NodeId] = field(default_factory=list)
    """Only dropped, each time anew: an alert if they were dropped elsewhere too."""
    filled: dict[NodeId, datetime] = field(default_factory=dict)
    """Bags of which only a fill level was said, and the earliest time of that."""


def concerned(projected: Projected) -> Concerned:
    """What these entries concern. Alerts themselves concern nothing: judging by them would go in circles."""
    found = Concerned()
    start = projected.entries[0].index if projected.entries else 0
    for name, parent, index in projected.touches:
        if name.startswith("item/"):
            found.items.append(name)
            continue
        envelope = projected.entries[index - start].envelope
        if envelope is None or envelope.type in _OWN:
            continue
        if envelope.type == _FILLED:
            found.filled[name] = min(envelope.time, found.filled.get(name, envelope.time))
        else:
            found.judged.update(_judged(name, parent))
    for name, parent, _ in projected.recalled_touches:
        found.judged.update(_judged(name, parent))
    return found


def _judged(*names: NodeId | None) -> list[NodeId]:
    return [name for name in names if name is not None and name.startswith(_JUDGED)]


def is_history(entries: Iterable[Entry], now: datetime) -> bool:
    """Whether old records are being read: what is missing may be in the next ones.

    Only services' topics tell: a partner may put any time on its records.
    """
    before = (now - _HISTORY).timestamp() * 1000
    return any(entry.record.timestamp_ms < before and partner_of(entry.record.topic) is None for entry in entries)


def next_looks(gaps: Mapping[NodeId, Sequence[Gap]], open_ids: Iterable[str], now: datetime) -> dict[NodeId, datetime]:
    """When each node is to be looked at again: at the earliest moment at which time opens a gap; else not at all."""
    already = set(open_ids)
    looks: dict[NodeId, datetime] = {}
    for name, found in gaps.items():
        coming = [gap.due_at for gap in found if gap.due_at is not None and gap.gap_id not in already]
        if coming:
            looks[name] = max(now, min(coming))
    return looks


@dataclass(slots=True)
class Numbers:
    """The sequence numbers that some entries show of one source, with the ledger index of each."""

    index_of: dict[int, int] = field(default_factory=dict)

    @property
    def highest(self) -> int:
        return max(self.index_of)

    def ranges(self) -> str:
        """As PostgreSQL writes an int8multirange."""
        runs: list[list[int]] = []
        for number in sorted(self.index_of):
            if runs and number == runs[-1][1] + 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        return "{" + ",".join(f"[{first},{last}]" for first, last in runs) + "}"


def numbers_of(entries: Iterable[Entry]) -> dict[str, Numbers]:
    """The numbers of the services' sources, by source. A partner's own numbers are its own affair."""
    found: dict[tuple[str, str], dict[int, int] | None] = {}
    for entry in entries:
        envelope = entry.envelope
        if envelope is None:
            continue
        place = entry.record.topic, envelope.source
        if place not in found:
            found[place] = {} if _is_own(*place) else None
        index_of = found[place]
        if index_of is not None and (number := envelope.sequence_number) is not None:
            index_of[number] = entry.index
    return {source: Numbers(index_of) for (_, source), index_of in found.items() if index_of}


def _is_own(topic: str, source: str) -> bool:
    context = _SERVICE_OF.get(topic)
    return context is not None and source.endswith(f":{context}")
