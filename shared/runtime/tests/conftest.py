"""A small service per test on the real broker and database; see `tally.py`."""

import sys
from pathlib import Path

import pytest
from ewaste.local.infra import Infra
from ewaste.runtime.logs import configure_logs
from ewaste.runtime.testing import Stack

# pytest's importlib mode leaves the folder of the tests out of the path.
sys.path.insert(0, str(Path(__file__).parent))

from tally import Tally, build_tally


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """As a service writes them; structlog's default draws every traceback, which takes seconds."""
    configure_logs("test", "WARNING")


@pytest.fixture
async def tally(stack: Stack, infra: Infra) -> Tally:
    """The service with a topic of two partitions."""
    return await build_tally(stack, infra, partitions=2)
