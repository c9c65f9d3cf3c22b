"""Folders and waiting for tests that run real processes."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ewaste.local import stack
from ewaste.local.supervision.status import read_status


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A state folder that any account can enter; whatever runs in it at the end is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="ewaste-test-"))
    folder.chmod(0o711)
    yield folder
    stack.down(folder, lambda _line: None)
    status = read_status(folder)
    assert status is None or not list(status.running())
    shutil.rmtree(folder)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition; the limit only keeps a broken test from waiting for ever."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 150
        while not condition():
            assert time.monotonic() < deadline, "never happened"
            time.sleep(0.05)

    return wait
