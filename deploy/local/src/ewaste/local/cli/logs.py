"""`ewaste logs`."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from ewaste.local.cli.stack import StateDir
from ewaste.local.errors import WrongSetting
from ewaste.local.settings import resolve_settings
from ewaste.local.supervision.logs import last_lines

__all__ = ["add_to"]

_POLL_SECONDS = 0.25


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(logs)


def logs(
    name: Annotated[str | None, typer.Argument(help="A process as in `ewaste status`; all when left out.")] = None,
    state_dir: StateDir = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = 50,
) -> None:
    """Print the last lines of the logs."""
    files = _files(resolve_settings(state_dir=state_dir).logs, name)
    width = max(len(file.stem) for file in files) if name is None else 0
    offsets = {file: file.stat().st_size for file in files}
    for file in files:
        _print(file, last_lines(file, lines), width)
    while follow:
        time.sleep(_POLL_SECONDS)
        for file in files:
            offsets[file] = _print_new(file, offsets[file], width)


def _files(folder: Path, name: str | None) -> list[Path]:
    found = sorted(folder.glob("*.log"))
    if name is not None:
        found = [file for file in found if file.stem == name]
    if not found:
        known = ", ".join(file.stem for file in sorted(folder.glob("*.log"))) or "none yet: start with `ewaste up`"
        raise WrongSetting(f"no log{f' of {name!r}' if name else 's'} in {folder}; there are: {known}")
    return found


def _print_new(file: Path, offset: int, width: int) -> int:
    """Print whole lines from `offset` on; returns where to go on. A shorter file was rotated: start over."""
    offset = offset if offset <= file.stat().st_size else 0
    with file.open("rb") as source:
        source.seek(offset)
        data = source.read()
    whole = data[: data.rfind(b"\n") + 1]
    _print(file, whole.decode("utf-8", "replace").splitlines(), width)
    return offset + len(whole)


def _print(file: Path, lines: Iterable[str], width: int) -> None:
    prefix = f"{file.stem:<{width}} | " if width else ""
    for line in lines:
        sys.stdout.write(f"{prefix}{line}\n")
    sys.stdout.flush()
