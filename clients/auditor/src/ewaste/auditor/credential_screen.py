"""What people see of a checked document: what it says, then each check."""

from typing import Any

from ewaste.auditor.credentials import Check, Checked
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

__all__ = ["show_checked"]

_MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("·", "dim")}


def show_checked(console: Console, found: Checked) -> None:
    """The facts of the certificate, the checks, the verdict."""
    console.print(_facts(found))
    console.print()
    for check in found.checks:
        _show(console, check)
    failed = sum(check.holds is False for check in found.checks)
    good = "[bold green]holds[/] as far as it was checked"
    verdict = good if found.clean else f"[bold red]{failed} finding{'s' * (failed > 1)}[/]: don't accept it"
    console.print(f"\n{escape(found.file)}: {verdict}")


def _show(console: Console, check: Check) -> None:
    mark, style = _MARKS[check.holds]
    console.print(Text.assemble((f"{mark} ", style), (f"{check.code.value:<12}", "bold"), check.message))
    if todo := check.to_dict()["do"]:
        console.print(Text(f"  → {todo}"))


def _facts(found: Checked) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, told in _rows(found):
        if told:
            table.add_row(Text(name, style="dim"), Text(told))
    return table


def _rows(found: Checked) -> list[tuple[str, str]]:
    """As the document says; a stranger's document may say anything, or nothing."""
    content = found.content
    partner, period, grams = (_part(content, name) for name in ("partner", "period", "grams"))
    amounts = ", ".join(
        f"{name.replace('_', ' ')} {amount:,} g" for name, amount in grams.items() if type(amount) is int
    )
    return [
        ("certificate", found.certificate_id or "not known"),
        ("batch", _text(content.get("batch_id"))),
        ("recycler", f"{_text(partner.get('name_th'))} {_text(partner.get('name_en'))}".strip()),
        ("licence", _text(partner.get("licence_number"))),
        ("period", " to ".join(filter(None, (_text(period.get("from")), _text(period.get("until")))))),
        ("grams", amounts),
        ("sample", "yes: this recycler is an example" if partner.get("sample") is True else ""),
    ]


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return "".join(each for each in value if each.isprintable())[:200] if isinstance(value, str) else ""
