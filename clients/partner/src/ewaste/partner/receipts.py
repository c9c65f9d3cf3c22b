"""A receipt for every confirmation that was sent: fetched, checked, and kept beside the journal."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from ewaste.evidence.notes.policy import Policy, PolicyError, QuorumMissed, parse_policy
from ewaste.evidence.notes.proof import FILE_SUFFIX
from ewaste.partner.journal import Place
from ewaste.partner.logclient import LogClient
from ewaste.partner.proving import Proven, ReceiptFalse, prove
from ewaste.partner.signing import SignedClaim

__all__ = ["Outcome", "State", "collect", "default_folder", "read_policy", "summary"]

_AT_ONCE: Final = 8
_SETTLED_MS: Final = 300_000
"""The log has a record within seconds; it counts as missing after this."""


class State(StrEnum):
    HELD = "held"
    """The receipt is stored and shows our bytes in the log."""
    PENDING = "pending"
    """No checkpoint with enough witnesses covers it yet."""
    MISSING = "missing"
    """The broker acknowledged the record and the log does not know it."""
    FALSE = "false"
    """The receipt shows something else; it is stored as proof of that."""
    NOT_SENT = "not_sent"
    """The file has it, the journal not."""
    NOT_IN_FILE = "not_in_file"
    """The journal has it, the file not: its bytes are not known here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of one confirmation; `line` is the file's, `index` the log's."""

    id: UUID
    state: State
    line: int | None = None
    place: Place | None = None
    index: int | None = None
    said: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For programs; without what is not known."""
        place = self.place
        told = {
            "id": str(self.id),
            "state": self.state.value,
            "line": self.line,
            "partition": place.partition if place else None,
            "offset": place.offset if place else None,
            "index": self.index,
            "message": self.said or None,
        }
        return {name: value for name, value in told.items() if value is not None}


def default_folder(journal: Path) -> Path:
    """Beside the journal: `….journal` has its receipts in `….journal.receipts/`."""
    return journal.with_name(f"{journal.name}.receipts")


def read_policy(path: Path) -> Policy:
    """Whom this partner trusts. Raises PolicyError."""
    try:
        return parse_policy(path.read_bytes())
    except OSError as error:
        raise PolicyError(f"policy {path}: {error.strerror}; the municipality hands it out") from None
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None


def collect(
    signed: Sequence[SignedClaim],
    sent: Mapping[UUID, Place],
    folder: Path,
    policy: Policy,
    log: LogClient,
    now_ms: int,
    advance: Callable[[int], None],
) -> list[Outcome]:
    """The state of every confirmation of file and journal; those of the file first, in its order.

    A stored receipt is checked again and not asked for again. Raises LogNotReachable; what was stored until then stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return list(_outcomes(signed, sent, folder, policy, log, now_ms, advance))


def summary(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many confirmations are in each state, every state named."""
    counts = Counter(one.state for one in outcomes)
    return {state.value: counts[state] for state in State}


def _outcomes(
    signed: Sequence[SignedClaim],
    sent: Mapping[UUID, Place],
    folder: Path,
    policy: Policy,
    log: LogClient,
    now_ms: int,
    advance: Callable[[int], None],
) -> Iterator[Outcome]:
    def one_of(one: SignedClaim) -> Outcome:
        place = sent.get(one.id)
        if place is None:
            return Outcome(one.id, State.NOT_SENT, one.line, said="publish the file first")
        return _Case(one, place, folder, policy, log, now_ms).outcome()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for found in pool.map(one_of, signed):
            advance(1)
            yield found
    known = {one.id for one in signed}
    for id, place in sent.items():
        if id not in known:
            yield Outcome(id, State.NOT_IN_FILE, place=place, said="its line was changed or taken out")


@dataclass(frozen=True, slots=True)
class _Case:
    """One confirmation that was sent."""

    one: SignedClaim
    place: Place
    folder: Path
    policy: Policy
    log: LogClient
    now_ms: int

    def outcome(self) -> Outcome:
        stored = self._stored()
        if stored is not None:
            return self._told(State.HELD, stored.index)
        answer = self.log.receipt(self.one.topic, self.place.partition, self.place.offset)
        if answer.receipt is None:
            waits = answer.is_pending or self.now_ms - (self.place.timestamp_ms or 0) < _SETTLED_MS
            return self._told(State.PENDING if waits else State.MISSING, said=answer.said)
        try:
            proven = prove(answer.receipt, self.one, self.place, self.policy)
        except QuorumMissed as error:
            return self._told(State.PENDING, said=str(error))
        except ReceiptFalse as error:
            _store(self._path(f".false{FILE_SUFFIX}"), answer.receipt)
            return self._told(State.FALSE, said=str(error))
        _store(self._path(FILE_SUFFIX), answer.receipt)
        return self._told(State.HELD, proven.index)

    def _stored(self) -> Proven | None:
        try:
            receipt = self._path(FILE_SUFFIX).read_bytes()
            return prove(receipt, self.one, self.place, self.policy)
        except (OSError, ReceiptFalse, QuorumMissed):
            return None

    def _path(self, suffix: str) -> Path:
        return self.folder / f"{self.one.topic}-{self.place.partition}-{self.place.offset}{suffix}"

    def _told(self, state: State, index: int | None = None, said: str = "") -> Outcome:
        return Outcome(self.one.id, state, self.one.line, self.place, index, said)


def _store(path: Path, content: bytes) -> None:
    """Whole under its name, or not there."""
    temp = path.with_name(f".{path.name}.part")
    with temp.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temp.replace(path)
