"""What an operator sees of a log: readiness, metrics, and the line in the logs."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import structlog
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.progress import Progress
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.model import Alarm, AlarmKind
from prometheus_client import Counter, Gauge

__all__ = ["LogMetrics", "LogProgress", "report"]

_log = structlog.get_logger(__name__)


class LogMetrics:
    """The metrics of all logs of one process."""

    def __init__(self, metrics: Metrics) -> None:
        registry = metrics.registry
        self.tiles = Gauge("ewaste_log_tiles_entries", "Entries in the tiles", ("ledger",), registry=registry)
        self.published = Gauge(
            "ewaste_log_published_entries",
            "Entries under the checkpoint that readers see",
            ("ledger",),
            registry=registry,
        )
        self.alarms = Gauge("ewaste_log_alarms", "Alarms that stand", ("ledger", "kind"), registry=registry)
        self.missed = Counter(
            "ewaste_log_quorum_missed", "Checkpoints that too few witnesses cosigned", ("ledger",), registry=registry
        )


@dataclass
class LogProgress(Progress):
    """How far the tiles are behind the ledger, and what else is wrong with the log."""

    alarms: dict[AlarmKind, dict[str, str]] = field(default_factory=dict)
    """What stands, by kind and subject."""
    waits_for: str | None = None
    """Why no checkpoint can be published at the moment."""

    def complaint(self, now: float) -> str | None:
        """What is wrong, None when nothing is."""
        if self.standing_by:
            return None
        found = [f"{self.name}: {kind}: {text}" for kind, each in self.alarms.items() for text in each.values()]
        if self.waits_for:
            found.append(f"{self.name}: {self.waits_for}")
        if said := super().complaint(now):
            found.append(said)
        return "; ".join(found) or None


def report(
    progress: LogProgress, metrics: LogMetrics, ledger: Ledger, kind: AlarmKind, found: Iterable[Alarm]
) -> Collection[Alarm]:
    """Show what stands of one kind, in place of what stood; gives what did not stand before, and logs it."""
    before = progress.alarms.get(kind, {})
    standing = {each.subject: each for each in found}
    progress.alarms[kind] = {subject: each.detail for subject, each in standing.items()}
    metrics.alarms.labels(ledger, kind).set(len(standing))
    fresh = [each for subject, each in standing.items() if subject not in before]
    for each in fresh:
        _log.error("log alarm", ledger=ledger, kind=kind, subject=each.subject, detail=each.detail)
    return fresh
