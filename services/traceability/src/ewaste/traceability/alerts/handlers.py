"""Judges what the projection took in and what time makes due: alerts open once and close by themselves.

Everything happens in the projector's transactions, under the lock of its position: whatever instance, restart or
replay, an alert has one name and one row, and its event leaves with the row.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ewaste.contracts.events.traceability import GapKind
from ewaste.evidence.alerts.gaps import Gap, closed_by, equivocation_gaps, gaps_of
from ewaste.evidence.alerts.limits import DEFAULT_LIMITS, Limits
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import NodeId, node, split_node
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.traceability.alerts import sequences, storage
from ewaste.traceability.alerts.model import Concerned, Numbers, concerned, is_history, next_looks, numbers_of
from ewaste.traceability.custody.handlers import Projected, evidence_about, evidence_of_events
from ewaste.traceability.ledger.model import Entry

__all__ = ["Watch"]

_SETTLE: Final = timedelta(seconds=3)
_EVERY_SECONDS: Final = 1.0
_MOST_DUE: Final = 200


@dataclass
class Watch:
    """Opens and closes alerts; made by the composition root, driven by the projector."""

    outbox: Outbox
    limits: Limits = DEFAULT_LIMITS
    _quiet_until: float = field(default_factory=lambda: time.monotonic() + _SETTLE.total_seconds())
    _scanned_at: float = 0.0

    async def look(self, tx: Transaction, projected: Projected, size: int, now: datetime, *, behind: bool) -> None:
        """Judge what these entries concern; `size` is the ledger's after them.

        While the projection is `behind`, or old records are read, what is missing may be in the next entries: then the
        nodes are only noted down, and judged once it is quiet.
        """
        found = concerned(projected)
        if found.items:
            found.judged.update(await storage.twice_placed(tx, found.items, projected.entries[0].index))
        late = behind or is_history(projected.entries, now)
        if late:
            self._quiet_until = time.monotonic() + _SETTLE.total_seconds()
            await storage.defer(tx, dict.fromkeys({*found.judged, *found.filled}, now + _SETTLE))
        else:
            await self._look_at_once(tx, found, size, now)
        await self._count(tx, numbers_of(projected.entries), now, late=late)
        await self._hold_to_their_word(tx, projected.entries, size, now)

    async def _look_at_once(self, tx: Transaction, found: Concerned, size: int, now: datetime) -> None:
        # A bag's many fill levels are not read each time: they matter to an open alert, or once a full bag hangs long.
        filled = found.filled.keys() - found.judged
        found.judged.update(await storage.with_open_gaps(tx, filled) if filled else ())
        if found.judged:
            await self._judge(tx, found.judged, size, now, opens_by_time=False)
        limit = self.limits.full
        await storage.hint(tx, {name: at + limit for name, at in found.filled.items() if name not in found.judged})

    def is_time(self) -> bool:
        """Whether to scan now: once a second, and not while history is read."""
        return time.monotonic() > max(self._quiet_until, self._scanned_at + _EVERY_SECONDS)

    async def scan(self, tx: Transaction, size: int, now: datetime) -> int:
        """Judge the nodes whose moment has come; returns how many. Call again while that is not 0."""
        nodes = await storage.due(tx, now, _MOST_DUE)
        self._scanned_at = time.monotonic()
        sources = [split_node(name)[1] for name in nodes if name.startswith("source/")]
        if judged := [name for name in nodes if not name.startswith("source/")]:
            await self._judge(tx, judged, size, now, opens_by_time=True)
        if sources:
            await self._judge_sources(tx, sources, size, now)
        return len(nodes)

    async def _judge(
        self, tx: Transaction, nodes: Iterable[NodeId], size: int, now: datetime, *, opens_by_time: bool
    ) -> None:
        """Compare what the facts show with what stands; only a scan opens what time alone makes a gap."""
        named = sorted(nodes)
        judged = sorted({*named, *await storage.beside(tx, named)})
        custody = fold(await evidence_about(tx, await storage.upward(tx, judged)))
        gaps = {name: gaps_of(custody, name, self.limits) for name in judged}
        standing = {gap.gap_id: (gap, since) for gap, since in await storage.standing(tx, judged)}
        holding = {gap.gap_id: gap for found in gaps.values() for gap in found if gap.is_open(now)}
        opened = [gap for id, gap in holding.items() if id not in standing and (opens_by_time or gap.due_at is None)]
        closed = {gap: closed_by(custody, gap, since) for id, (gap, since) in standing.items() if id not in holding}
        await self._tell(tx, opened, closed, size, now)
        told = {*(gap.gap_id for gap in opened), *(standing.keys() & holding.keys())}
        await storage.plan(tx, judged, next_looks(gaps, told, now))

    async def _tell(
        self, tx: Transaction, opened: Sequence[Gap], closed: Mapping[Gap, Iterable[int]], size: int, now: datetime
    ) -> None:
        """Rows and events together; what was told already is not told again."""
        fresh = await storage.open_gaps(tx, opened, size, now)
        gone = await storage.close_gaps(tx, {gap.gap_id: indices for gap, indices in closed.items()}, now)
        facts = [Fact(gap.closed(indices), now) for gap, indices in closed.items() if gap.gap_id in gone]
        facts += [Fact(gap.opened(), now, causation_id=gap.because) for gap in opened if gap.gap_id in fresh]
        await self.outbox.add(tx, *facts)

    async def _count(self, tx: Transaction, numbers: Mapping[str, Numbers], now: datetime, *, late: bool) -> None:
        """Note the sequence numbers; what was missing and is here now ends its alert."""
        if not numbers:
            return
        lacking = await sequences.see(tx, numbers)
        standing = await self._standing_losses(tx, numbers)
        if lacking:
            await sequences.suspect_again(tx, lacking, anew=late)
            look = storage.defer if late else storage.hint
            await look(tx, {node("source", each): now + self.limits.sequence_grace for each in lacking})
        if standing:
            lost = {each.gap().gap_id for each in await sequences.lost_of(tx, numbers)}
            came = {
                sequences.lost_id(source, number): index
                for source, each in numbers.items()
                for number, index in each.index_of.items()
            }
            gone = {gap: [came[gap.gap_id]] for gap in standing if gap.gap_id not in lost and gap.gap_id in came}
            await self._tell(tx, (), gone, 0, now)

    async def _judge_sources(self, tx: Transaction, sources: Sequence[str], size: int, now: datetime) -> None:
        """Open what was missing at two looks in a row."""
        lost = {gap.gap_id: gap for gap in (each.gap() for each in await sequences.lost_of(tx, sources))}
        standing = {gap.gap_id: gap for gap in await self._standing_losses(tx, sources)}
        opened = [gap for id, gap in lost.items() if id not in standing]
        closed: dict[Gap, Iterable[int]] = {gap: () for id, gap in standing.items() if id not in lost}
        await self._tell(tx, opened, closed, size, now)
        await sequences.suspect_again(tx, sources, anew=True)
        again = now + self.limits.sequence_grace
        looks = {node("source", each): again for each in await sequences.incomplete(tx, sources)}
        await storage.plan(tx, [node("source", each) for each in sources], looks)

    async def _standing_losses(self, tx: Transaction, sources: Iterable[str]) -> list[Gap]:
        standing = await storage.standing(tx, [node("source", each) for each in sources])
        return [gap for gap, _ in standing if gap.kind is GapKind.SEQUENCE_GAP]

    async def _hold_to_their_word(self, tx: Transaction, entries: Sequence[Entry], size: int, now: datetime) -> None:
        """An id that came again with the same content is a repetition; with another it is an alert that stays."""
        ids = [entry.envelope.id for entry in entries if entry.envelope is not None]
        if not (twice := await storage.repeated(tx, ids, entries[0].index) if ids else set()):
            return
        custody = fold(await evidence_of_events(tx, twice))
        sources = sorted({each.source for each in custody.equivocations})
        await self._tell(tx, [gap for each in sources for gap in equivocation_gaps(custody, each)], {}, size, now)
