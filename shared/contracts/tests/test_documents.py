"""Nothing that is committed may differ from the models, and nothing released may break."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ewaste.contracts import __main__ as program
from ewaste.contracts import documents
from ewaste.contracts.documents import PACKAGE, check, generate, generated, refusals
from ewaste.contracts.registry import EVENT_TYPES

NAME = "ewaste.dropoff.ItemDropped.v1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the committed files, to be changed freely."""
    for path in generated():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copyfile(PACKAGE / path, tmp_path / path)
    return tmp_path


def test_the_committed_files_are_current() -> None:
    assert check() == []


def test_every_type_has_both_its_files_and_the_system_has_one_document() -> None:
    names = {event_type.name for event_type in EVENT_TYPES}
    expected = {f"{folder}/{name}.json" for folder in ("schemas", "released") for name in names} | {"asyncapi.json"}
    assert generated().keys() == expected


def test_the_same_files_come_out_of_every_process() -> None:
    script = "from ewaste.contracts.documents import generated; print(generated())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_changed_missing_or_left_over_file_is_named(root: Path) -> None:
    (root / f"schemas/{NAME}.json").write_text("{}")
    (root / "asyncapi.json").unlink()
    (root / "schemas/ewaste.dropoff.Gone.v1.json").write_text("{}")
    assert check(root) == [
        "asyncapi.json: not what the models give",
        f"schemas/{NAME}.json: not what the models give",
        "schemas/ewaste.dropoff.Gone.v1.json: no event type has it",
    ]
    assert generate(root) == ["asyncapi.json", f"schemas/{NAME}.json", "schemas/ewaste.dropoff.Gone.v1.json"]
    assert check(root) == []


def released(root: Path, change: str, value: object) -> None:
    path = root / f"released/{NAME}.json"
    document = json.loads(path.read_bytes())
    if change == "maximum":
        document["schema"]["$defs"]["ItemDropped"]["properties"]["estimated_grams"]["anyOf"][0][change] = value
    else:
        document[change] = value
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ("maximum", 5, "$.data.estimated_grams: maximum was 5, is 100000000"),
        ("key", "item_id", "key was item_id, is bag_id"),
        ("subject", "bag_id", "subject was bag_id, is item_id"),
    ],
)
def test_a_released_type_that_changed_is_refused(root: Path, change: str, value: object, said: str) -> None:
    released(root, change, value)
    assert refusals(root=root) == [f"{NAME}: {said}"]
    assert f"{NAME}: {said}" in check(root)


def test_a_released_type_never_goes_away(root: Path) -> None:
    remaining = [event_type for event_type in EVENT_TYPES if event_type.name != NAME]
    assert refusals(remaining, root) == [f"{NAME}: a released type is gone; ledgers hold it and its readers stay"]


def test_a_new_version_beside_the_old_one_is_welcome(root: Path) -> None:
    old = next(event_type for event_type in EVENT_TYPES if event_type.name == NAME)
    new = replace(old, version=2)
    assert new.name == "ewaste.dropoff.ItemDropped.v2"
    assert refusals([*EVENT_TYPES, new], root) == []


def test_check_exits_with_0_when_all_is_well() -> None:
    command = [sys.executable, "-m", "ewaste.contracts", "check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(generated())} files are current\n"


def test_check_names_the_file_and_what_to_do(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "asyncapi.json").unlink()
    monkeypatch.setattr(documents, "check", lambda: check(root))
    assert program.main(["check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "asyncapi.json: not what the models give",
        "run: python -m ewaste.contracts generate",
    ]


@pytest.mark.parametrize("verb", ["generate", "check"])
def test_neither_verb_accepts_a_broken_release(
    verb: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    released(root, "maximum", 5)
    before = {path: path.read_bytes() for path in root.rglob("*.json")}
    monkeypatch.setattr(documents, "refusals", lambda: refusals(root=root))
    assert program.main([verb]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(NAME)
    assert "add the next version" in lines[-1]
    assert before == {path: path.read_bytes() for path in root.rglob("*.json")}
