"""Does a receipt show this record in a log that the policy trusts? Without the log, without a network."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ewaste.auditor.errors import CannotRun
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.contracts.fields import utc_text
from ewaste.evidence.ledger.record import LeafError, Record, decode_leaf, leaf_of
from ewaste.evidence.notes.checkpoints import OpenCheckpoint
from ewaste.evidence.notes.policy import Policy, QuorumMissed
from ewaste.evidence.notes.proof import ReceiptError, check_receipt, parse_receipt

__all__ = ["ReceiptChecked", "check", "read_file", "read_record"]


@dataclass(frozen=True, slots=True)
class ReceiptChecked:
    """`fault` is None where the receipt holds; then `opened` is its checkpoint. `index` is what the receipt says."""

    fault: str | None
    index: int | None
    opened: OpenCheckpoint | None
    record: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        checkpoint = self.opened.checkpoint if self.opened else None
        cosigned = self.opened.cosigned if self.opened else ()
        return {
            "holds": self.fault is None,
            "fault": self.fault,
            "index": self.index,
            "origin": checkpoint.origin if checkpoint else None,
            "size": checkpoint.size if checkpoint else None,
            "root": checkpoint.root.hex() if checkpoint else None,
            "cosigned": [{"witness": each.key.name, "time": _time(each.time)} for each in cosigned],
            "record": self.record,
        }


def check(content: bytes, entry: bytes | None, policy: Policy) -> ReceiptChecked:
    """Whether the receipt shows that this entry is in a log as the policy asks; None: the one that it brings along.

    Then the record is the log's, not yours: whether it is the one you mean, its content must tell. Raises `CannotRun`.
    """
    try:
        receipt = parse_receipt(content)
    except ReceiptError as error:
        return ReceiptChecked(str(error), None, None, _told(entry) if entry is not None else {})
    shown = receipt.extra if entry is None else entry
    if shown is None:
        raise CannotRun("the receipt does not bring its record: give yours with --entry FILE or --record FILE")
    try:
        return ReceiptChecked(None, receipt.index, check_receipt(receipt, shown, policy), _told(shown))
    except (ValueError, QuorumMissed) as error:
        return ReceiptChecked(str(error), receipt.index, None, _told(shown))


def read_file(path: Path) -> bytes:
    """A file as it is: a receipt, or an entry. Raises `CannotRun`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotRun(f"{path} can't be read: {error.strerror}") from None


def read_record(path: Path) -> bytes:
    """The entry of a record as `kcat -C -J` prints it: one JSON object. Raises `CannotRun`."""
    try:
        told = json.loads(read_file(path))
        names, values = told.get("headers", [])[::2], told.get("headers", [])[1::2]
        return leaf_of(
            Record(
                topic=told["topic"],
                partition=told["partition"],
                offset=told["offset"],
                timestamp_ms=told["ts"],
                key=_bytes(told["key"]),
                headers=tuple((name, _bytes(value)) for name, value in zip(names, values, strict=True)),
                value=_bytes(told["payload"]),
            )
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CannotRun(
            f"{path} is no record as `kcat -C -t TOPIC -p PARTITION -o OFFSET -c 1 -J` prints it ({error!r}); "
            "give it so, or the entry itself with --entry"
        ) from None


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _told(entry: bytes) -> dict[str, Any]:
    """What the entry is, as far as it can be read."""
    try:
        found = decode_leaf(entry)
    except LeafError as error:
        return {"unreadable": str(error)}
    told: dict[str, Any] = {
        "topic": found.topic,
        "partition": found.partition,
        "offset": found.offset,
        "time": _time(found.timestamp_ms / 1000) if found.timestamp_ms >= 0 else None,
    }
    try:
        envelope = open_envelope(found.value if isinstance(found.value, bytes) else b"")
    except InvalidEvent:
        return told
    return told | {"type": envelope.type, "event_id": str(envelope.id), "source": envelope.source}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else utc_text(datetime.fromtimestamp(seconds, UTC))
