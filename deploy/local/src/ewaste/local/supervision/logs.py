"""Log files that don't grow without end."""

import shutil
from pathlib import Path

__all__ = ["last_lines", "trim"]

_MOST_BYTES = 50_000_000


def trim(log: Path, *, most_bytes: int = _MOST_BYTES) -> bool:
    """Move a full log to `<name>.log.1` in place: the writer keeps its open file, which is opened for appending."""
    if not log.exists() or log.stat().st_size <= most_bytes:
        return False
    shutil.copyfile(log, log.with_suffix(".log.1"))
    with log.open("r+b") as file:
        file.truncate(0)
    return True


def last_lines(log: Path, count: int) -> list[str]:
    """The last `count` lines; reads from the end, so the size of the file doesn't matter."""
    if count <= 0 or not log.exists():
        return []
    with log.open("rb") as file:
        position, data = file.seek(0, 2), b""
        while position > 0 and data.count(b"\n") <= count:
            step = min(65_536, position)
            position = file.seek(position - step)
            data = file.read(step) + data
    return data.decode("utf-8", "replace").splitlines()[-count:]
