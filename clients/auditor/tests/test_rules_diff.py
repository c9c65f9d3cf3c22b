"""A change of rules is tried on history before it is adopted."""

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code
from ewaste.auditor.rules_diff import Effect, diff_rules
from ewaste.auditor.verify import Known, verify
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_event
from ewaste.evidence.rules.ruleset import Rules, load_rules
from typer.testing import CliRunner

Books = Any
Save = Callable[[Books], Path]


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """This release's rules with one number changed."""

    def copy(file: str, old: str, new: str) -> Path:
        folder = tmp_path / "rules"
        shutil.copytree(str(files("ewaste.evidence.rules") / "book"), folder)
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), "utf-8")
        return folder

    return copy


def test_the_same_rules_change_nothing(books: Books, save: Save) -> None:
    found = diff_rules(save(books), "released", "released")

    assert (found.files, found.changes, found.batches) == ({}, (), 1)
    assert found.head.root == books.root()


def test_a_higher_bar_changes_a_level_and_says_which(books: Books, save: Save, changed: Any) -> None:
    folder = changed("ul2799.1.toml", "from_basis_points = 9500", "from_basis_points = 9950")
    found = diff_rules(save(books), "released", str(folder))

    assert list(found.files) == ["ul2799.1"]
    (change,) = found.changes
    assert (change.batch_id, change.effect) == ("X-1", Effect.CHANGED)
    assert any("ul2799" in each.path for each in change.differences)


def test_a_stricter_balance_loses_the_certificate_and_says_why(books: Books, save: Save, changed: Any) -> None:
    """150 of 10,000 g that nobody accounts for: within 2 %, above 1 %."""
    name = b"ewaste.recycler.BatchRecycled.v1"
    at = next(index for index, each in enumerate(books.records) if name in (each.value or b""))
    recycled = read_event(books.records[at].value).data
    books.say(
        Context.RECYCLER,
        EventCorrected(
            corrected_event_id=books.id_at(at),
            corrected_source=source_of("cm", Context.RECYCLER),
            reason=CorrectionReason.MISTYPED,
        ),
    )
    short = recycled.outputs[0].model_copy(update={"grams": 9_850})
    books.accept(recycled.model_copy(update={"outputs": (short,), "process_loss_grams": 0}))
    folder = changed("custody.1.toml", "tolerance_basis_points = 200", "tolerance_basis_points = 100")

    (change,) = diff_rules(save(books), "released", str(folder)).changes

    assert (change.effect, change.old_reasons, change.new_reasons) == (Effect.LOST, (), ("grams_not_balanced",))


def test_the_command_prints_what_would_change(books: Books, save: Save, changed: Any) -> None:
    folder = changed("ul2799.1.toml", "from_basis_points = 9500", "from_basis_points = 9950")
    file = save(books)

    answer = CliRunner().invoke(app, ["rules", "diff", "released", str(folder), str(file), "--json"])

    assert answer.exit_code == 1, answer.output
    assert json.loads(answer.stdout)["changes"][0]["batch_id"] == "X-1"
    assert CliRunner().invoke(app, ["rules", "diff", "released", "released", str(file)]).exit_code == 0


def test_rules_that_are_not_there_are_told(books: Books, save: Save, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="rules"):
        diff_rules(save(books), "released", str(tmp_path / "nowhere"))


def test_a_certificate_under_other_rules_is_derived_with_their_files(
    books_under: Callable[[Rules], Books], save: Save, changed: Any
) -> None:
    folder = changed("ul2799.1.toml", "from_basis_points = 9500", "from_basis_points = 9950")
    file = save(books_under(load_rules(folder)))

    assert dict(verify(file).findings.counts) == {Code.RULES_UNKNOWN: 1}
    assert verify(file, Known(rules=[load_rules(folder)])).clean
