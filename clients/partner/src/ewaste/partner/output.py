"""What the commands print: people read stderr, programs read stdout."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ewaste.partner.findings import Finding
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["only_our_words", "progress_bar", "say", "show", "show_findings"]

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


def progress_bar(hidden: bool) -> Progress:
    """On stderr; not there when nobody looks."""
    console = _stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=hidden or not console.is_terminal, transient=False)


def only_our_words() -> None:
    """The Kafka client logs every try; what matters of it comes back as an error."""
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    logging.getLogger("aiokafka").propagate = False
