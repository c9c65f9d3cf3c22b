"""How an archive's files are cut and named, and the columns that they have."""

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow

__all__ = [
    "ARCHIVE_FORMAT",
    "COLUMNS",
    "GROUP_BYTES",
    "GROUP_ROWS",
    "RANGE_ENTRIES",
    "SETTINGS",
    "archive_schema",
    "file_name",
    "next_range",
    "range_of",
]

ARCHIVE_FORMAT: Final = "ewaste.archive.v1"
RANGE_ENTRIES: Final = 1_048_576
"""A power of two, so that a whole range is a subtree of the ledger's tree."""
GROUP_ROWS: Final = 32_768
GROUP_BYTES: Final = 33_554_432
"""A row group ends with the record that reaches either: a scan skips in steps of this, a writer holds no more."""

COLUMNS: Final = (
    ("index", "place in the ledger, from 0"),
    ("leaf_hash", "SHA-256(0x00 ‖ raw), the leaf's hash in the ledger's tree"),
    ("time", "when the event says it happened; null: no event can be read from the record"),
    ("type", "type of the event"),
    ("subject", "what the event is about"),
    ("topic", "Kafka topic"),
    ("partition", "Kafka partition"),
    ("offset", "Kafka offset"),
    ("logged", "Kafka's time of the record"),
    ("raw", "the leaf: the record as Kafka holds it; the value stands at its end"),
    ("contents", "what the leaf holds by digest only"),
)

# Everything that decides over bytes stands here; the library's version is in the seal (`writer`).
SETTINGS: Final[dict[str, Any]] = {
    "version": "2.6",
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": ["type", "topic"],
    "column_encoding": {"index": "DELTA_BINARY_PACKED", "offset": "DELTA_BINARY_PACKED"},
    "write_statistics": ["index", "time", "type", "subject", "topic", "partition", "offset", "logged"],
    "data_page_version": "1.0",
    "data_page_size": 1_048_576,
    "write_batch_size": 1_024,
    "write_page_index": False,
    "store_schema": True,
}
_NAME: Final = re.compile(r"(\d{12})-(\d{12})\.parquet")


def file_name(start: int, end: int) -> str:
    """Of the records with start <= index < end."""
    return f"{start:012}-{end:012}.parquet"


def range_of(name: str) -> tuple[int, int] | None:
    """The range that a file's name says; None for other names."""
    found = _NAME.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None


def next_range(start: int, size: int, width: int = RANGE_ENTRIES) -> tuple[int, int] | None:
    """The range to seal after `start` sealed records of `size`; None while it is not whole.

    Ranges end at multiples of `width`, wherever the one before ended.
    """
    end = (start // width + 1) * width
    return (start, end) if end <= size else None


def archive_schema(origin: str, start: int) -> "pyarrow.Schema":
    """The columns, each with its meaning; needs pyarrow."""
    import pyarrow

    types = {
        "index": pyarrow.int64(),
        "leaf_hash": pyarrow.binary(32),
        "time": pyarrow.timestamp("us", tz="UTC"),
        "partition": pyarrow.int32(),
        "offset": pyarrow.int64(),
        "logged": pyarrow.timestamp("ms", tz="UTC"),
        "raw": pyarrow.binary(),
        "contents": pyarrow.list_(pyarrow.binary()),
    }
    fields = [pyarrow.field(name, types.get(name, pyarrow.string()), metadata={"en": en}) for name, en in COLUMNS]
    stamp = {"ewaste.format": ARCHIVE_FORMAT, "ewaste.ledger_origin": origin, "ewaste.start": str(start)}
    return pyarrow.schema(fields, metadata=stamp)
