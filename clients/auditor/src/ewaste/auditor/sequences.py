"""Every source numbers its events without a gap: what it dropped before anyone logged it shows as a missing number.

Numbers may arrive in any order, because the ledger merges partitions; so a gap counts once the record that jumped it is
older than the newest records by more than `SETTLED_AFTER_MS`. A partner's gap is told and is no finding: nobody here
can know whether the event was ever sent, and the offsets of its topic show that nothing sent was left out.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from ewaste.auditor.entries import Entry
from ewaste.auditor.findings import Code, Finding, Findings, Place

__all__ = ["SETTLED_AFTER_MS", "Sequences"]

SETTLED_AFTER_MS: Final = 60_000
_PARTNER: Final = "urn:ewaste:partner:"


@dataclass(slots=True)
class _Gap:
    """Numbers from `first` to `last` are missing; `place` jumped them at `time_ms`."""

    first: int
    last: int
    place: Place
    time_ms: int


@dataclass(slots=True)
class _Source:
    highest: int = 0
    gaps: list[_Gap] = field(default_factory=list)


class Sequences:
    """Memory is one number per source and one entry per gap."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._sources: dict[str, _Source] = {}

    @property
    def highest(self) -> dict[str, int]:
        """The highest number of every source, by source."""
        return {name: source.highest for name, source in sorted(self._sources.items())}

    def see(self, entry: Entry) -> None:
        """An event in its place that was not seen before."""
        envelope = entry.envelope
        assert envelope is not None
        number = envelope.sequence_number
        if number is None:
            if not envelope.source.startswith(_PARTNER):
                self._findings.add(Code.SEQUENCE_NONE, f"{envelope.source} gives this event no sequence", entry.place)
            return
        source = self._sources.setdefault(envelope.source, _Source())
        if number > source.highest:
            if number > source.highest + 1:
                gap = _Gap(source.highest + 1, number - 1, entry.place, entry.record.timestamp_ms)
                source.gaps.append(gap)
            source.highest = number
        elif not _fill(source.gaps, number) and not envelope.source.startswith(_PARTNER):
            said = f"{envelope.source} gives sequence {number} to another event too"
            self._findings.add(Code.SEQUENCE_REPEATED, said, entry.place)

    def end(self, newest_ms: int) -> list[Finding]:
        """Tell the gaps; returns those that are none yet: still arriving, or a partner's own."""
        open_gaps: list[Finding] = []
        for name, source in self._sources.items():
            for gap in source.gaps:
                finding = Finding(Code.SEQUENCE_MISSING, _said(name, gap), gap.place)
                if name.startswith(_PARTNER) or newest_ms - gap.time_ms <= SETTLED_AFTER_MS:
                    open_gaps.append(finding)
                else:
                    self._findings.add(finding.code, finding.message, finding.place)
        return open_gaps


def _fill(gaps: list[_Gap], number: int) -> bool:
    at = bisect_right(gaps, number, key=lambda gap: gap.first) - 1
    if at < 0 or gaps[at].last < number:
        return False
    gap = gaps[at]
    gaps[at : at + 1] = [
        _Gap(first, last, gap.place, gap.time_ms)
        for first, last in ((gap.first, number - 1), (number + 1, gap.last))
        if first <= last
    ]
    return True


def _said(source: str, gap: _Gap) -> str:
    if gap.first == gap.last:
        return f"{source}: the event with sequence {gap.first} is not in the ledger"
    return f"{source}: the events with sequence {gap.first} to {gap.last} are not in the ledger"
