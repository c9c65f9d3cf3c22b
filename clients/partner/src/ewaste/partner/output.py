"""What the commands print: people read stderr, programs read stdout."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ewaste.partner.findings import Finding
from ewaste.partner.receipts import Outcome, State, summary
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["only_our_words", "progress_bar", "say", "show", "show_findings", "show_receipts"]

_SHOWN: Final = 50


def _stderr() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A sentence for people."""
    _stderr().print(text, markup=False)


def show(result: Mapping[str, Any]) -> None:
    """The result for programs, one JSON object on stdout."""
    print(json.dumps(result, ensure_ascii=False))


def show_findings(name: str, findings: Sequence[Finding], as_json: bool) -> None:
    """What to correct: everything as JSON, the first fifty for people."""
    if as_json:
        listed = [{"line": one.line, "field": one.field, "message": one.message} for one in findings]
        show({"file": name, "ok": False, "findings": listed})
        return
    for one in findings[:_SHOWN]:
        say(f"{name}: {one}")
    more = f", {_SHOWN} shown" if len(findings) > _SHOWN else ""
    say(f"{len(findings)} to correct{more}; nothing was signed or sent")


def show_receipts(file: Path, folder: Path, outcomes: Sequence[Outcome], as_json: bool) -> None:
    """What became of each confirmation: as JSON all, for people the numbers and the first fifty without a receipt."""
    counts = summary(outcomes)
    missing = [one for one in outcomes if one.state is not State.HELD]
    if as_json:
        listed = [one.to_dict() for one in outcomes]
        show({"file": str(file), "ok": not missing, "folder": str(folder), **counts, "confirmations": listed})
        return
    for one in missing[:_SHOWN]:
        where = f"line {one.line}" if one.line else f"id {one.id}"
        at = f" (partition {one.place.partition}, offset {one.place.offset})" if one.place else ""
        say(f"{where}{at}: {one.state.value.replace('_', ' ')}{f': {one.said}' if one.said else ''}")
    said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    say(f"{file}: {said or 'nothing to prove'}; receipts are in {folder}")
    if counts[State.PENDING]:
        say("Pending ones come with the next checkpoint: run the same command again.")
    if counts[State.MISSING] or counts[State.FALSE]:
        say("Keep the folder and the journal, and ask the municipality about those that are missing or false.")


def progress_bar(hidden: bool) -> Progress:
    """On stderr; not there when nobody looks."""
    console = _stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=hidden or not console.is_terminal, transient=False)


def only_our_words() -> None:
    """The Kafka client logs every try; what matters of it comes back as an error."""
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    logging.getLogger("aiokafka").propagate = False
