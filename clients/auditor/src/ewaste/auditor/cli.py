"""`ewaste-auditor`: fetch a ledger, verify it, follow a chain. Exit codes: 0 clean, 1 findings, 2 could not run."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from ewaste.auditor.chain import trace_in
from ewaste.auditor.credential_screen import show_checked
from ewaste.auditor.credentials import check_document
from ewaste.auditor.export import export_register
from ewaste.auditor.fetch import LedgerShrank
from ewaste.auditor.fetch import fetch as fetch_ledger
from ewaste.auditor.ledgerfile import CannotRun
from ewaste.auditor.rules_diff import diff_rules, read_rules
from ewaste.auditor.screen import Language, show_chain, show_report, show_rules_diff
from ewaste.auditor.verify import Watch
from ewaste.auditor.verify import verify as verify_file
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.period import BadPeriod, Period
from ewaste.evidence.tables.model import MEDIA_TYPES, UnknownFormat
from ewaste.evidence.tables.writers import check_format
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = ["app", "main"]

_CLEAN: Final = 0
_FINDINGS: Final = 1
_COULD_NOT_RUN: Final = 2
_FILE_COLUMNS: Final = 160

app = typer.Typer(
    name="ewaste-auditor",
    help="Check the ledger of E-waste Trace without trusting its operator.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

rules_app = typer.Typer(name="rules", help="The rules that certificates follow.", no_args_is_help=True)
app.add_typer(rules_app)

File = Annotated[Path, typer.Argument(metavar="FILE", help="the file that `fetch` wrote")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for machines")]


@app.command()
def fetch(
    url: Annotated[str, typer.Argument(metavar="URL", help="the traceability service, such as https://trace.example")],
    file: File,
    ledger: Annotated[str, typer.Option(help="custody or learning")] = "custody",
) -> None:
    """Download every record of a ledger; run it again to go on or to get what is new."""
    with _told_errors(), _progress("records") as watch:
        fetched = fetch_ledger(url, file, ledger, lambda done, total: watch("records", done, total))
    console = Console(stderr=True, highlight=False)
    console.print(f"{fetched.added:,} records added to {fetched.kept:,}; the ledger has {fetched.head.size:,}")
    console.print(f"root {fetched.head.root.hex()}")
    console.print(f"next: ewaste-auditor verify {file}")


@app.command()
def verify(
    file: File,
    root: Annotated[str | None, typer.Option(metavar="HEX", help="a root that you know from elsewhere")] = None,
    size: Annotated[int | None, typer.Option(min=0, help="the size that root was for; without it, the head's")] = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="rule files that older certificates follow")
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute the root, and check offsets, sequences, signatures and certificates. Offline."""
    with _told_errors():
        roots = _known_roots(root, size)
        with _progress("bytes") as watch:
            report = verify_file(file, roots, watch, [read_rules(folder) for folder in rules or ()])
    if as_json:
        _print_json(report.to_dict())
    else:
        show_report(_screen(), report)
    raise typer.Exit(_CLEAN if report.clean else _FINDINGS)


@app.command()
def trace(
    file: File,
    node: Annotated[str, typer.Argument(metavar="KIND/ID", help="item, bag, load, batch or certificate, and its id")],
    until: Annotated[int | None, typer.Option(min=0, help="as of the ledger's first N records")] = None,
    lang: Annotated[Language, typer.Option(help="the language of the tree")] = Language.EN,
    as_json: Json = False,
) -> None:
    """Show one chain from drop to certificate, each fact with its index in the ledger. Offline."""
    with _told_errors(), _progress("bytes") as watch:
        chain, head = trace_in(file, node, until, watch)
    if as_json:
        _print_json({"size": head.size, "root": head.root.hex(), "origin": head.origin, "chain": chain.to_dict()})
    else:
        show_chain(_screen(), chain, head, lang)


@app.command()
def credential(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a certificate's credential, canonical JSON or PDF")],
    ledger: Annotated[Path | None, typer.Option(metavar="LEDGERFILE", help="the file that `fetch` wrote")] = None,
    key: Annotated[Path | None, typer.Option(metavar="KEYFILE", help="the issuer's did.json, or a JWK")] = None,
    status_list: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="a status list that the issuer published; may be repeated")
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="rule files that older certificates follow")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a certificate's document: signature, digest, status, and that the ledger gives the same bytes. Offline."""
    with _told_errors(), _progress("bytes") as watch:
        other_rules = [read_rules(folder) for folder in rules or ()]
        found = check_document(
            file, ledger=ledger, key=key, status_lists=status_list or (), rules=other_rules, watch=watch
        )
    if as_json:
        _print_json(found.to_dict())
    else:
        show_checked(_screen(), found)
    raise typer.Exit(_CLEAN if found.clean else _FINDINGS)


@rules_app.command("diff")
def rules_diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="a folder of rule files, or `released`")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="a folder of rule files, or `released`")],
    file: File,
    as_json: Json = False,
) -> None:
    """Try a change of rules on history: which certificates would change. Offline; exit code 1 when any would."""
    with _told_errors(), _progress("done") as watch:
        found = diff_rules(file, old, new, watch)
    if as_json:
        _print_json(found.to_dict())
    else:
        show_rules_diff(_screen(), found)
    raise typer.Exit(_FINDINGS if found.changes else _CLEAN)


@app.command()
def export(
    file: File,
    register: Annotated[str, typer.Option(help=f"one of {', '.join(REGISTERS)}")],
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="the first Thai day, as 2026-11-01")],
    last: Annotated[str, typer.Option("--until", metavar="DAY", help="the last Thai day, which is included")],
    out: Annotated[Path, typer.Option("-o", "--out", help="the file to write")],
    format: Annotated[str, typer.Option(help=f"one of {', '.join(MEDIA_TYPES)}")] = "csv",
    size: Annotated[int | None, typer.Option(min=0, help="as of the ledger's first N records")] = None,
    bom: Annotated[bool, typer.Option(help="CSV with a byte order mark, which Excel needs")] = False,
) -> None:
    """Write a register of a period as a table, from the records alone: compare it with the service's. Offline."""
    if register not in REGISTERS:
        raise typer.BadParameter(f"registers are {', '.join(REGISTERS)}", param_hint="--register")
    with _told_errors(), _progress("") as watch:
        try:
            check_format(format)
            period = Period.read(first, last)
        except (BadPeriod, UnknownFormat) as bad:
            raise CannotRun(str(bad)) from None
        done = export_register(file, REGISTERS[register], period, format, out, size=size, bom=bom, watch=watch)
    console = Console(stderr=True, highlight=False)
    console.print(f"{done.rows:,} rows of {register}, {period.first} to {period.last}: {out}")
    console.print(f"true for {done.stamp.size:,} records, root {done.stamp.root}")


def _known_roots(root: str | None, size: int | None) -> list[tuple[int | None, bytes]]:
    if root is None:
        if size is not None:
            raise CannotRun("--size needs --root: give the root that you saw at this size")
        return []
    try:
        found = bytes.fromhex(root)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise CannotRun("--root needs 64 hex digits")
    return [(size, found)]


@contextmanager
def _told_errors() -> Iterator[None]:
    try:
        yield
    except LedgerShrank as shrank:
        typer.echo(f"finding: {shrank}", err=True)
        raise typer.Exit(_FINDINGS) from None
    except CannotRun as error:
        typer.echo(f"could not run: {error}", err=True)
        raise typer.Exit(_COULD_NOT_RUN) from None


@contextmanager
def _progress(unit: str) -> Iterator[Watch]:
    """Bars on standard error, one per kind of work; none where nobody looks."""
    bars = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}

    def watch(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what)
        bars.update(tasks[what], completed=done, total=total)

    with bars:
        yield watch


def _screen() -> Console:
    """Standard output; where it goes into a file, lines are not broken for a terminal that isn't there."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_COLUMNS)


def _print_json(content: dict[str, Any]) -> None:
    json.dump(content, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def main() -> None:
    """The installed command."""
    app()
