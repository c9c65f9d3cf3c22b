"""What `verify` says: for machines as JSON, for people see `screen.py`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ewaste.auditor.findings import Finding, Findings, Place
from ewaste.auditor.judgement import Judged
from ewaste.evidence.notes.checkpoints import Checkpoint, OpenCheckpoint

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
    roots: int = 0
    """Roots that were compared: the checkpoint's, those seen before, those that records name."""
    certificates: int = 0
    sources: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    mirror: str
    checkpoint: Checkpoint
    signed: OpenCheckpoint | None
    """Who signed the checkpoint, by the policy; None where no policy was given, or no log of it signed."""
    size: int
    """So many records were looked at: all, or those until a time."""
    root: bytes | None
    """Computed over these records; None where not all of them can be read."""
    findings: Findings
    open: Sequence[Finding]
    """What is no finding yet: numbers and claims that may still arrive, and partners' own gaps."""
    judged: Judged
    numbers: Numbers
    policy_given: bool = False
    files_only: bool = False

    @property
    def clean(self) -> bool:
        return not self.findings.counts

    def to_dict(self) -> dict[str, Any]:
        numbers = self.numbers
        return {
            "mirror": self.mirror,
            "files_only": self.files_only,
            "origin": self.checkpoint.origin,
            "clean": self.clean,
            "checkpoint": {
                "size": self.checkpoint.size,
                "root": self.checkpoint.root.hex(),
                "signed_by": _signed_by(self.checkpoint, self.signed),
            },
            "computed": {"size": self.size, "root": self.root.hex() if self.root else None},
            "records": {
                "events": numbers.events,
                "repeated": numbers.repeated,
                "unreadable": numbers.unreadable,
                "out_of_place": numbers.out_of_place,
            },
            "partitions": numbers.partitions,
            "roots_compared": numbers.roots,
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


def _signed_by(checkpoint: Checkpoint, signed: OpenCheckpoint | None) -> list[dict[str, Any]] | None:
    if signed is None:
        return None
    witnesses = [{"name": each.key.name, "time": each.time} for each in signed.cosigned]
    return [{"name": checkpoint.origin, "time": None}, *witnesses]


def _place(place: Place) -> dict[str, Any]:
    return {"index": place.index, "topic": place.topic, "partition": place.partition, "offset": place.offset}
