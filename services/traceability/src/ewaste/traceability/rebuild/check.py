"""Holds the ledgers' rows to the logs: which one was edited, taken out, put in or moved.

Without tiles the roots that the sequencer stored still tell the segment. Everything is read once, in pages.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.evidence.ledger.differences import Change, Comparison, Difference
from ewaste.evidence.ledger.merkle import Frontier, leaf_hash
from ewaste.evidence.ledger.record import LeafError, Record, decode_leaf
from ewaste.runtime.database import Transaction, driver
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.rebuild.source import LogSource

__all__ = ["Fault", "FaultKind", "check_ledger"]

_PAGE: Final = 2_000
_MOST: Final = 100
_BLOBS: Final = "SELECT sha256 FROM ledger_blob WHERE sha256(content) <> sha256 LIMIT 100"
_SAID: Final = {
    Change.CHANGED: "the row was changed: the log has another record here",
    Change.TAKEN_OUT: "the row was taken out, or moved: the log has a record here",
    Change.PUT_IN: "a row was put in before this one, or moved here: the log has no such record",
}


class FaultKind(StrEnum):
    ROW = "row"
    NUMBER = "number"
    EVENT_ID = "event_id"
    ROOT = "root"
    CONTENT = "content"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Fault:
    """`index` is where in the ledger; None where it can't be said."""

    kind: FaultKind
    ledger: Ledger
    index: int | None
    what: str

    def __str__(self) -> str:
        where = "" if self.index is None else f" at index {self.index}"
        return f"{self.ledger} ledger{where}: {self.what}"


class _Check:
    def __init__(self, ledger: Ledger, log: LogSource | None, roots: Sequence[tuple[int, bytes]]) -> None:
        self._ledger = ledger
        self._roots = roots
        self._logged = log.tree.size if log else 0
        self._comparison = Comparison(log.tree.leaf_hash, 0, self._logged) if log else None
        self._frontier = Frontier()
        self._expected = 0
        self._next_root = 0
        self._root_fell = False
        self.faults: list[Fault] = []

    def page(self, rows: Sequence[Any]) -> None:
        hashes = []
        for row in rows:
            self._number(row["index"])
            found = leaf_hash(row["leaf"])
            hashes.append(found)
            if self._comparison and row["index"] < self._logged:
                self._differ(self._comparison.add(found))
            self._event_id(row["index"], row["event_id"], row["leaf"])
        self._hold_roots(hashes)

    def end(self) -> None:
        if self._comparison:
            for each in self._comparison.finish():
                self._differ(each)
        if (last := self._roots[-1][0] if self._roots else 0) != self._frontier.size:
            self._add(FaultKind.SIZE, None, f"{self._frontier.size} rows stand where the sequencer wrote {last}")

    def _number(self, index: int) -> None:
        if index != self._expected:
            self._add(
                FaultKind.NUMBER, min(index, self._expected), f"index {index} follows where {self._expected} belongs"
            )
        self._expected = index + 1

    def _differ(self, difference: Difference | None) -> None:
        if difference is not None:
            self._add(FaultKind.ROW, difference.index, _SAID[difference.change])

    def _event_id(self, index: int, event_id: Any, leaf: bytes) -> None:
        try:
            stored = decode_leaf(leaf)
            if not isinstance(stored, Record):
                return
            found = open_envelope(stored.value).id
        except (LeafError, InvalidEvent):
            found = None
        if found != event_id:
            self._add(FaultKind.EVENT_ID, index, f"the row is listed under event {event_id}; its record is {found}")

    def _hold_roots(self, hashes: list[bytes]) -> None:
        """Each stored root in this page; the first that does not hold tells the segment."""
        while hashes:
            size, root = self._roots[self._next_root] if self._next_root < len(self._roots) else (None, b"")
            count = len(hashes) if size is None else min(len(hashes), size - self._frontier.size)
            self._frontier = self._frontier.extend(hashes[:count])
            del hashes[:count]
            if self._frontier.size == size:
                self._next_root += 1
                if self._frontier.root() != root and not self._root_fell:
                    self._root_fell = True
                    start = self._roots[self._next_root - 2][0] if self._next_root > 1 else 0
                    self._add(FaultKind.ROOT, start, f"rows {start} to {size - 1} do not make the root stored for them")

    def _add(self, kind: FaultKind, index: int | None, what: str) -> None:
        if len(self.faults) < _MOST:
            self.faults.append(Fault(kind, self._ledger, index, what))


async def check_ledger(tx: Transaction, ledger: Ledger, log: LogSource | None) -> list[Fault]:
    """Everything wrong with a ledger's rows, by index, a hundred faults at most. `log` names the very row.

    `tx` sees one moment (`snapshot_of`): rows that come meanwhile are the next check's.
    """
    connection = await driver(tx)
    roots = await connection.fetch("SELECT size, root FROM ledger_root WHERE ledger = $1 ORDER BY size", ledger)
    check = _Check(ledger, log, [(row["size"], row["root"]) for row in roots])
    async for rows in _pages(connection, ledger):
        check.page(rows)
    check.end()
    for row in await connection.fetch(_BLOBS):
        name = row["sha256"].hex()
        check.faults.append(Fault(FaultKind.CONTENT, ledger, None, f"the content kept as {name} has another SHA-256"))
    return sorted(check.faults, key=lambda each: -1 if each.index is None else each.index)


async def _pages(connection: Any, ledger: Ledger) -> AsyncIterator[list[Any]]:
    cursor = await connection.cursor(f'SELECT "index", event_id, leaf FROM ledger_{ledger} ORDER BY "index"')
    while rows := await cursor.fetch(_PAGE):
        yield rows
