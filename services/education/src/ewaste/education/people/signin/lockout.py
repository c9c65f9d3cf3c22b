"""How often one may be wrong. A pause follows too many failures, and each pause is twice as long as the one before."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = ["Attempts", "Pauses"]


@dataclass(frozen=True, slots=True)
class Attempts:
    failures: int = 0
    """Since the last success or reset."""
    locked_until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until


@dataclass(frozen=True, slots=True)
class Pauses:
    """After every `tries` failures a pause: the first of `first`, each then twice as long, up to `longest`."""

    tries: int
    first: timedelta
    longest: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        if self.tries < 1 or not timedelta() < self.first <= self.longest:
            raise ValueError("pauses need at least one try, and a first pause within the longest")

    def failed(self, before: Attempts, now: datetime) -> Attempts:
        failures = before.failures + 1
        if failures % self.tries:
            return replace(before, failures=failures)
        doublings = min(failures // self.tries - 1, 30)
        return Attempts(failures, now + min(self.first * 2**doublings, self.longest))
