"""Is a consumer or the relay alive? It moved lately, or it knows for sure that nothing waits."""

import time
from dataclasses import dataclass, field

__all__ = ["Progress"]


@dataclass
class Progress:
    """What health asks of one consumer or relay; times are monotonic seconds."""

    name: str
    stale_after_seconds: float
    lag: int | None = None
    """What waits and is not handled yet; None while it is not known."""
    standing_by: bool = False
    """Another process has the role: nothing is expected of this one."""
    restart_helps: bool = True
    """Whether a supervisor should start the process anew when it stands still."""
    incident: str | None = None
    """Why it stopped for good; only an operator and a restart help."""
    _moved_at: float = field(default_factory=time.monotonic)
    _looked_at: float = field(default_factory=time.monotonic)
    _error: str | None = None

    def stand_by(self) -> None:
        """Another process has the role."""
        self.standing_by = True

    def started(self, now: float) -> None:
        """It took its role; the clock starts here."""
        self.standing_by = False
        self._moved_at = self._looked_at = now

    def turned(self, now: float) -> None:
        """Something was handled."""
        self._moved_at = now
        self._error = None

    def failed(self, error: BaseException) -> None:
        """What was tried last did not go well; the next `turned` forgets it."""
        self._error = repr(error)

    def stopped(self, incident: Exception) -> None:
        """It will handle nothing more."""
        self.incident = str(incident)

    def looked(self, lag: int, now: float) -> None:
        """So much waits, as of now."""
        self.lag = lag
        self._looked_at = now
        if lag == 0:
            self._moved_at = now

    def stuck(self, now: float) -> str | None:
        """Why a restart may help: something is known to wait and nothing moves."""
        return self._standing_still(now) if self.restart_helps and not self.incident else None

    def _standing_still(self, now: float) -> str | None:
        waited = now - self._moved_at
        if self.standing_by or not self.lag or waited <= self.stale_after_seconds:
            return None
        return f"{self.name}: {self.lag} wait and none was handled for {int(waited)} s{self._last_error()}"

    def complaint(self, now: float) -> str | None:
        """What is wrong, None when nothing is."""
        if self.incident:
            return self.incident
        if self.standing_by:
            return None
        unknown = now - self._looked_at
        if unknown > self.stale_after_seconds:
            return f"{self.name}: not known for {int(unknown)} s how much waits{self._last_error()}"
        return self._standing_still(now)

    def _last_error(self) -> str:
        return f"; last error {self._error}" if self._error else ""
