"""The small world as fixtures."""

from collections.abc import Callable

import pytest
from ewaste.contracts.events.logistics import BagSettlement
from ewaste.contracts.events.recycler import OutputFraction

from .world import World  # noqa: TID252 - as in world
from .world_street import output, settlement  # noqa: TID252 - as in world


@pytest.fixture(scope="session")
def new_world() -> Callable[[], World]:
    return World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session", name="output")
def output_of() -> Callable[..., OutputFraction]:
    return output


@pytest.fixture(scope="session", name="settlement")
def settlement_of() -> Callable[..., BagSettlement]:
    return settlement


@pytest.fixture
def whole(world: World) -> World:
    """One batch of one bag from drop to final operations: 10,000 g in, 6,000 + 3,900 g out, 100 g declared loss."""
    world.point()
    world.partner()
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 6_000), output("F-2", 3_900, "R3", "abs_plastic"), loss=100)
    return world
