"""Every workflow file, played on the real services: the same files are the pages in `docs/flows/`."""

import pytest
from flow import FOLDER, Flow, flows
from render import OUT, pages
from runner import City, Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("flow", flows(), ids=lambda flow: flow.name)
async def test_the_services_do_what_the_flow_says(flow: Flow, city: City) -> None:
    await Run(flow, city).play()


def test_the_pages_are_the_files() -> None:
    """Write them again with `make contracts`."""
    there = {file.name: file.read_text("utf-8") for file in OUT.glob("*.md")}
    assert there == pages(flows())


def test_every_block_is_used() -> None:
    used = {step.block for flow in flows() for step in flow.steps}
    assert {file.stem for file in (FOLDER / "blocks").glob("*.toml")} <= used
