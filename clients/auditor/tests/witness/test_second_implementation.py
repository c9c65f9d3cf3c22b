"""A log in Go asks our witness; its packages verify what it answers. Skipped where Go is absent."""

import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from test_web import Running

CROSSCHECK = Path(__file__).parent / "crosscheck"


@pytest.fixture(scope="session")
def go_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in crosscheck/, built; its modules come by Go's ordinary way."""
    if not (go := shutil.which("go")):
        pytest.skip("no Go here: install it to ask our witness with transparency-dev's packages")
    folder = tmp_path_factory.mktemp("witness-crosscheck")
    shutil.copytree(CROSSCHECK, folder, dirs_exist_ok=True)
    fetched = subprocess.run(
        [go, "mod", "download"], cwd=folder, capture_output=True, text=True, check=False, timeout=100
    )
    if fetched.returncode:
        pytest.skip(f"Go cannot fetch transparency-dev/formats and golang.org/x/mod: {fetched.stderr[-300:]}")
    subprocess.run([go, "build", "-o", "log", "."], cwd=folder, check=True, timeout=200)
    return folder / "log"


def test_a_log_in_go_is_witnessed(go_log: Path, tmp_path: Path) -> None:
    made = subprocess.run([go_log, "keygen"], capture_output=True, text=True, check=True, timeout=20)
    private, public = json.loads(made.stdout)
    running = Running(tmp_path, public, "--name", "witness.example/w1")
    run = subprocess.run(
        [go_log, running.url, private, str(running.key)], capture_output=True, text=True, check=False, timeout=60
    )
    running.stop(signal.SIGTERM)
    assert (run.stdout, run.stderr) == ("ok\n", "")
