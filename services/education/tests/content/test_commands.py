"""The authors' command line."""

import asyncio
import shutil
from pathlib import Path

import pytest
from ewaste.education.__main__ import main
from ewaste.education.content.sample import sample_folder
from ewaste.education.settings import Settings
from ewaste.runtime.testing import Stack, prepared
from typer.testing import CliRunner, Result


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, ["course", *map(str, words)])


def test_check_says_what_is_there_and_what_is_wrong(tmp_path: Path) -> None:
    spoilt = Path(shutil.copytree(sample_folder(), tmp_path / "course"))
    (spoilt / "lessons/protection-2.toml").write_text("title_th = 1")

    good, bad, missing = _run("check", sample_folder()), _run("check", spoilt), _run("check", tmp_path / "none")

    assert (good.exit_code, bad.exit_code, missing.exit_code) == (0, 1, 1)
    assert "12 lessons" in good.stdout
    assert bad.stderr.startswith("course-file-invalid: lessons/protection-2.toml: title_th")
    assert len(bad.stderr.splitlines()) == 1


@pytest.fixture
def service(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = asyncio.run(prepared(stack, Settings))
    for name in ("kafka_servers", "database_url", "city"):
        monkeypatch.setenv(f"EWASTE_{name.upper()}", str(getattr(settings, name)))


@pytest.mark.usefixtures("service")
def test_a_folder_goes_in_and_comes_out_the_same(tmp_path: Path) -> None:
    first, again = _run("import", sample_folder()), _run("import", sample_folder())
    out = _run("export", tmp_path / "out", "--course", "cyber-sample")
    full = _run("export", tmp_path / "out", "--course", "cyber-sample")

    assert first.stdout == "cyber-sample version 1: published\n", first.output
    assert "nothing changed" in again.stdout
    assert out.exit_code == 0
    for path in sample_folder().rglob("*"):
        if path.is_file():
            assert (tmp_path / "out" / path.relative_to(sample_folder())).read_bytes() == path.read_bytes()
    assert (full.exit_code, "is not empty" in full.stderr) == (1, True)
    assert _run("export", tmp_path / "x", "--course", "none").exit_code == 1
