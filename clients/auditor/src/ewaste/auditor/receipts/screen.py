"""What people see of a checked receipt."""

from ewaste.auditor.receipts.checking import ReceiptChecked
from rich.console import Console
from rich.text import Text

__all__ = ["show_receipt"]


def show_receipt(console: Console, name: str, found: ReceiptChecked) -> None:
    """The record first, then log, size and witnesses, then the verdict."""
    told = found.to_dict()
    record = found.record
    if "topic" in record:
        console.print(Text(f"{record['topic']} · partition {record['partition']} · offset {record['offset']}"))
    for label in ("type", "event_id", "source", "time", "unreadable"):
        if record.get(label):
            console.print(Text(f"  {label}: {record[label]}"))
    if found.opened:
        console.print(Text(f"record {found.index} of {told['size']:,} of {told['origin']}, root {told['root']}"))
        for each in told["cosigned"]:
            console.print(Text(f"  cosigned by {each['witness']}, {each['time']}"))
        console.print(Text(f"{name}: holds", style="bold green"))
        return
    console.print(Text(f"{name}: does not hold: {found.fault}", style="bold red"))
    console.print("Keep it. Is the record yours, byte for byte? Then ask whoever gave the receipt for a new one.")
