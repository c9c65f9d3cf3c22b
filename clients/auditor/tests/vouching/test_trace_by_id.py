"""`trace` takes an id alone where it is plain which chain is meant."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ewaste.auditor.cli import app
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.fields import Context
from typer.testing import CliRunner


def shown(folder: Path, which: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["trace", str(folder), which])
    return done.exit_code, done.output


def test_an_id_alone_is_enough(books: Any, save: Callable[[Any], Path]) -> None:
    folder = save(books)
    assert shown(folder, "B-1") == shown(folder, "bag/B-1")
    assert shown(folder, "I-1")[0] == 0


def test_an_id_that_two_kinds_have_must_say_which(books: Any, save: Callable[[Any], Path]) -> None:
    books.say(Context.DROPOFF, BagInstalled(bag_id="L-1", point_id="P-1"))
    code, told = shown(save(books), "L-1")
    assert code == 2
    assert "bag/L-1 and load/L-1" in " ".join(told.split())
