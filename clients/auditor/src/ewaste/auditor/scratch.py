"""A table on the disk for what a pass over millions of records must remember: memory does not grow with them.

SQLite makes the file where temporary files go (`SQLITE_TMPDIR`, `TMPDIR`, else /var/tmp) and takes its name away at
once, so that nothing is left over however the process ends.
"""

import sqlite3
from typing import Final

__all__ = ["PAGE", "open_scratch"]

PAGE: Final = 5_000
"""Rows that are put in at a time."""
_PRAGMAS: Final = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000; PRAGMA temp_store = FILE;
"""


def open_scratch(schema: str) -> sqlite3.Connection:
    """An empty database with this schema, inside one transaction; at most 16 MB of it are in memory."""
    database = sqlite3.connect("", isolation_level=None)
    database.executescript(_PRAGMAS + schema)
    database.execute("BEGIN")
    return database
