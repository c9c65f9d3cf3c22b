"""Kafka's offsets: contiguous in every partition from 0 on, so that a record left out of the ledger shows."""

from ewaste.auditor.entries import Entry
from ewaste.auditor.findings import Code, Findings

__all__ = ["Offsets"]


class Offsets:
    """One number per partition."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._next: dict[tuple[str, int], int] = {}

    def see(self, entry: Entry) -> None:
        record = entry.record
        partition = (record.topic, record.partition)
        expected = self._next.get(partition, 0)
        if record.offset != expected:
            self._findings.add(Code.OFFSET_WRONG, _said(expected, record.offset), entry.place)
        self._next[partition] = record.offset + 1

    @property
    def partitions(self) -> int:
        return len(self._next)


def _said(expected: int, found: int) -> str:
    if found > expected:
        missing = f"{expected}" if found == expected + 1 else f"{expected} to {found - 1}"
        return f"the partition goes on at offset {found}: offset {missing} is not in the ledger before it"
    return f"offset {found} stands where {expected} belongs: a record was moved, put in or is there twice"
