"""What `verify` says: for machines as JSON, for people see `screen.py`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ewaste.auditor.findings import Finding, Findings, Place
from ewaste.auditor.judgement import Judged
from ewaste.auditor.ledgerfile import Head

__all__ = ["Numbers", "Report"]


@dataclass(slots=True)
class Numbers:
    """How much was looked at."""

    records: int = 0
    events: int = 0
    repeated: int = 0
    unreadable: int = 0
    """No event can be read from these records: kept as evidence, they count for nothing."""
    out_of_place: int = 0
    """Events of a type or source that does not belong in their topic: they count for nothing."""
    partitions: int = 0
    heads: int = 0
    """Roots that were compared: the head, those seen before, those that records name."""
    certificates: int = 0
    sources: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    file: str
    head: Head
    root: bytes
    """Computed over the records in the file."""
    findings: Findings
    open: Sequence[Finding]
    """What is no finding yet: numbers and claims that may still arrive, and partners' own gaps."""
    judged: Judged
    numbers: Numbers

    @property
    def clean(self) -> bool:
        return not self.findings.counts

    def to_dict(self) -> dict[str, Any]:
        numbers = self.numbers
        return {
            "file": self.file,
            "origin": self.head.origin,
            "clean": self.clean,
            "head": {"size": self.head.size, "root": self.head.root.hex()},
            "computed": {"size": numbers.records, "root": self.root.hex()},
            "records": {
                "events": numbers.events,
                "repeated": numbers.repeated,
                "unreadable": numbers.unreadable,
                "out_of_place": numbers.out_of_place,
            },
            "partitions": numbers.partitions,
            "roots_compared": numbers.heads,
            "sources": numbers.sources,
            "claims": {
                "accepted": self.judged.accepted,
                "refused": dict(sorted(self.judged.refused.items())),
                "unanswered": [_place(each) for each in self.judged.unanswered[:100]],
                "unanswered_count": len(self.judged.unanswered),
            },
            "certificates_derived": numbers.certificates,
            "finding_counts": {code.value: count for code, count in sorted(self.findings.counts.items())},
            "findings": [each.to_dict() for each in self.findings.by_place()],
            "open": [each.to_dict() for each in self.open],
        }


def _place(place: Place) -> dict[str, Any]:
    return {"index": place.index, "topic": place.topic, "partition": place.partition, "offset": place.offset}
