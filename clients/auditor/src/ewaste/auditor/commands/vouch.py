"""`vouch`: from a certificate back to the records."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import (
    CLEAN,
    FINDINGS,
    Dir,
    Json,
    UntilText,
    notes_console,
    print_json,
    progress,
    screen,
    told_errors,
)
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import parse_until
from ewaste.auditor.receipts.proving import prove
from ewaste.auditor.rules_diff import read_rules
from ewaste.auditor.vouching.screen import show_vouched
from ewaste.auditor.vouching.vouch import Vouched
from ewaste.auditor.vouching.vouch import vouch as vouch_for
from ewaste.evidence.notes.proof import FILE_SUFFIX

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(vouch)


def vouch(
    folder: Dir,
    certificate: Annotated[str, typer.Argument(metavar="CERT", help="a certificate's id")],
    rules: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="rule files that older certificates follow")
    ] = None,
    receipts: Annotated[Path | None, typer.Option(metavar="DIR", help="write a receipt of each record there")] = None,
    until: UntilText = None,
    as_json: Json = False,
) -> None:
    """List every record that a certificate rests on, with its signature. Offline; exit code 1 where one fails."""
    with told_errors(), progress("") as watch:
        other_rules = [read_rules(each) for each in rules or ()]
        found = vouch_for(folder, certificate, other_rules, parse_until(until), watch)
        if receipts:
            _write_receipts(folder, receipts, found)
    if as_json:
        print_json(_told(found))
    else:
        show_vouched(screen(), found)
    if receipts:
        notes_console().print(f"{len(found.basis)} receipts in {receipts}", markup=False)
    raise typer.Exit(CLEAN if found.clean else FINDINGS)


def _write_receipts(folder: Path, out: Path, found: Vouched) -> None:
    mirror = Mirror.open(folder)
    out.mkdir(parents=True, exist_ok=True)
    for index in {each.place.index for each in found.basis} | {found.index}:
        receipt = prove(mirror, index, mirror.note, mirror.checkpoint)
        (out / f"{index}{FILE_SUFFIX}").write_bytes(receipt.to_bytes())


def _told(found: Vouched) -> dict[str, object]:
    data, head = found.certificate, found.head
    return {
        "certificate_id": data.certificate_id,
        "batch_id": data.batch_id,
        "clean": found.clean,
        "state": found.state.value if found.state else None,
        "index": found.index,
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "basis": [each.to_dict() for each in found.basis],
        "findings": [each.to_dict() for each in found.findings.by_place()],
    }
