"""What the documentation says of the contracts is what the registry and the topics say."""

import re
from pathlib import Path

from ewaste.contracts.envelope import MAX_EVENT_BYTES, MAX_NESTING, Envelope
from ewaste.contracts.registry import EVENT_TYPES
from ewaste.contracts.topics import MAX_RECORD_BYTES, TOPICS, partner_topic_spec

CHECKOUT = Path(__file__).parents[3]
PAGE = (CHECKOUT / "docs/architecture/contracts.md").read_text(encoding="utf-8")


def cells(pattern: str) -> list[tuple[str, ...]]:
    return [tuple(found) for found in re.findall(pattern, PAGE, flags=re.MULTILINE)]


def test_the_page_lists_every_type_with_its_key_and_subject() -> None:
    listed = cells(r"^\| `(ewaste\.[a-z]+\.\w+\.v\d+)` \| `(\w+)` \| `(\w+)` \|$")
    assert listed == [(event_type.name, event_type.key, event_type.subject) for event_type in EVENT_TYPES]


def test_the_page_lists_every_attribute() -> None:
    section = PAGE.split("## The envelope")[1].split("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == set(Envelope.__struct_fields__)


def test_the_page_tells_the_real_limits_and_settings() -> None:
    assert f"over {MAX_EVENT_BYTES // 1024} KiB" in PAGE
    assert f"nested deeper than {MAX_NESTING}" in PAGE
    assert f"records up to {MAX_RECORD_BYTES // 2**20} MiB" in PAGE
    for key, value in TOPICS[0].config.items():
        assert key == "max.message.bytes" or f"`{key}={value}`" in PAGE
    kinds = {".dead": 1, "<partner id>": partner_topic_spec("lanna-metals").partitions, "<service>": 12}
    for name, partitions in kinds.items():
        assert re.search(rf"^\| `ewaste\.[^`]*{name}` \| {partitions} \|", PAGE, flags=re.MULTILINE)


def test_the_readmes_example_runs() -> None:
    readme = (CHECKOUT / "shared/contracts/README.md").read_text(encoding="utf-8")
    for program in re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL):
        exec(program, {})
