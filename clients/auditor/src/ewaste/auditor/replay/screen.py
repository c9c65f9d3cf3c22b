"""What people see of a replay."""

from typing import Final

from ewaste.auditor.replay.replaying import Attested, Replayed
from ewaste.auditor.screen import show_finding
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

__all__ = ["show_replayed"]

_SHOWN: Final = 10


def show_replayed(console: Console, found: Replayed) -> None:
    """The state, what was attested of it, and each finding with what to do."""
    table = Table.grid(padding=(0, 2))
    for name, said in _rows(found):
        table.add_row(Text(name, style="dim"), Text(said))
    console.print(table)
    for each in found.attested[-_SHOWN:]:
        console.print(_told(each))
    for finding in found.findings.by_place():
        show_finding(console, finding)
    count = found.findings.counts.total()
    verdict = "[bold green]clean[/]: no finding" if found.clean else f"[bold red]{count} finding{'s' * (count > 1)}[/]"
    console.print(f"\n{escape(str(found.folder))}: {verdict}")


def _rows(found: Replayed) -> list[tuple[str, str]]:
    return [
        ("ledger", found.head.origin),
        ("records", f"{found.head.size:,} folded, root {found.head.root.hex()}"),
        ("state digest", found.state.digest),
        *((f"  {each.name}", f"{each.rows:,} rows, {each.digest}") for each in found.state.models),
        ("certificates", f"{found.derived:,} of {found.certificates:,} derived again, byte for byte"),
        (
            "attested states",
            f"{sum(not each.differs for each in found.attested):,} of {len(found.attested):,} the same",
        ),
    ]


def _told(each: Attested) -> Text:
    verdict = ("differs in " + ", ".join(each.differs), "red") if each.differs else ("the same", "green")
    code = "" if each.same_code else ", by another version of the code"
    return Text.assemble(f"  index {each.place.index}: state of {each.data.size:,} records ", verdict, (code, "dim"))
