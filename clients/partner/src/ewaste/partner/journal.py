"""What was sent so far, beside the input file: after a crash the next run goes on where this one stopped.

One JSON object a line, each forced to disk: `run` (the ends of the topic's partitions before anything was sent),
`sent` (acknowledged by the broker: id, partition, offset, time), `finished`. A run without `finished` may have sent
more than it wrote down: the next run looks at the topic from those ends on.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self
from uuid import UUID

__all__ = ["Journal", "JournalUnusable", "Place", "default_journal", "sent_to"]


class Place(NamedTuple):
    """Where a record stands in its topic; `timestamp_ms` is None where an older release wrote the journal."""

    partition: int
    offset: int
    timestamp_ms: int | None = None


class JournalUnusable(Exception):
    """The journal can't be used; the message says what to do."""


def default_journal(path: Path, topic: str) -> Path:
    """Beside the input: `confirmations.csv` has its journal in `confirmations.csv.<topic>.journal`."""
    return path.with_name(f"{path.name}.{topic}.journal")


@dataclass
class _Memory:
    """What the journal says of one cluster's topic."""

    sent: dict[UUID, Place] = field(default_factory=dict)
    doubtful_from: dict[int, int] | None = None
    """Partition, offset: where the first run that did not finish began."""

    def take(self, line: Mapping[str, Any]) -> None:
        if "ends" in line and self.doubtful_from is None:
            self.doubtful_from = {int(number): end for number, end in line["ends"].items()}
        self.sent |= {UUID(id): Place(*place) for id, *place in line.get("sent", ())}
        if line.get("finished"):
            self.doubtful_from = None


class Journal:
    """One file, one topic of one cluster, one program at a time. Raises `JournalUnusable`."""

    def __init__(self, path: Path, cluster_id: str, topic: str) -> None:
        self.path = path
        self._where = {"cluster": cluster_id, "topic": topic}
        self._file = _open_alone(path)
        self._memory = _Memory()
        for line in self._read():
            if line.get("cluster") == cluster_id and line.get("topic") == topic:
                self._memory.take(line)

    @property
    def sent(self) -> Mapping[UUID, Place]:
        """Ids that the broker acknowledged, and where they stand."""
        return self._memory.sent

    @property
    def doubtful_from(self) -> Mapping[int, int] | None:
        """Where to look for records that an interrupted run sent without writing it down; None: nowhere."""
        return self._memory.doubtful_from

    def begin(self, ends: Mapping[int, int]) -> None:
        """Before the first record of a run."""
        self._write({"ends": {str(number): end for number, end in ends.items()}})

    def add(self, places: Mapping[UUID, Place]) -> None:
        """After the broker acknowledged these."""
        if places:
            self._write({"sent": [[str(id), *place] for id, place in places.items()]})

    def finish(self) -> None:
        """After the last record of a run."""
        self._write({"finished": True})

    def _read(self) -> list[Mapping[str, Any]]:
        self._file.seek(0)
        whole, end, _ = self._file.read().rpartition(b"\n")
        # Without its line end the last line was being written when the program died: it never counted.
        self._file.truncate(len(whole) + len(end))
        return _objects(self.path, whole)

    def _write(self, told: Mapping[str, Any]) -> None:
        self._memory.take(told)
        self._file.write(json.dumps({**self._where, **told}).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def sent_to(path: Path, topic: str, cluster: str | None = None) -> Mapping[UUID, Place]:
    """What the broker of this cluster acknowledged, read without holding the journal; None: of the only one.

    Raises `JournalUnusable`, also where it knows several clusters and none is named.
    """
    try:
        whole, _, _ = path.read_bytes().rpartition(b"\n")
    except OSError as error:
        raise JournalUnusable(f"journal {path}: {error.strerror}; publish the file first, or give --journal") from None
    memories: dict[str, _Memory] = {}
    for line in _objects(path, whole):
        if line.get("topic") == topic:
            memories.setdefault(str(line.get("cluster")), _Memory()).take(line)
    if cluster is None and len(memories) > 1:
        raise JournalUnusable(f"journal {path} knows the clusters {', '.join(memories)}; name yours with --cluster")
    found = memories.get(cluster) if cluster else next(iter(memories.values()), None)
    if found is None:
        raise JournalUnusable(f"journal {path} knows nothing of {topic}{f' in cluster {cluster}' if cluster else ''}")
    return found.sent


def _objects(path: Path, whole: bytes) -> list[Mapping[str, Any]]:
    try:
        return [_object(line) for line in whole.split(b"\n") if line]
    except ValueError as error:
        message = f"journal {path} is broken ({error}); restore it, or move it away to send everything again"
        raise JournalUnusable(message) from None


def _object(line: bytes) -> Mapping[str, Any]:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError(f"{line[:40]!r} is no entry of a journal")
    return found


def _open_alone(path: Path) -> IO[bytes]:
    try:
        file = path.open("ab+")
    except OSError as error:
        raise JournalUnusable(f"journal {path}: {error.strerror}; give another place with --journal") from None
    try:
        _lock(file)
    except OSError:
        file.close()
        raise JournalUnusable(f"another program is publishing with journal {path}; wait for it") from None
    return file


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
