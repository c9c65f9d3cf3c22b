"""`make contracts`: the workflow files as pages with a picture, into `docs/flows/`."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent))

from flow import FOLDER, Flow, Step, flows

__all__ = ["OUT", "pages"]

OUT: Final = FOLDER.parents[1] / "docs" / "flows"
_WHO: Final = {
    "citizen": "ประชาชน<br/>citizen",
    "crew": "ทีมเก็บ<br/>crew",
    "carrier": "ผู้ขนส่ง<br/>carrier",
    "store": "จุดพัก<br/>store",
    "partner": "ผู้รีไซเคิล<br/>recycler",
    "rival": "ผู้รีไซเคิลอีกราย<br/>other recycler",
    "city": "เทศบาล<br/>municipality",
    "auditor": "ผู้ตรวจสอบ<br/>auditor",
    "nobody": "ระบบ<br/>the system",
}
_SERVICES: Final = {
    "dropoff": "จุดทิ้ง<br/>dropoff",
    "logistics": "ขนส่ง<br/>logistics",
    "recycler": "รีไซเคิล<br/>recycler service",
    "traceability": "สืบย้อน<br/>traceability",
}


def pages(found: Iterable[Flow]) -> dict[str, str]:
    """File name to Markdown: one page a flow, and their index."""
    listed = list(found)
    return {"README.md": _index(listed), **{f"{flow.name}.md": _page(flow) for flow in listed}}


def _index(found: list[Flow]) -> str:
    rows = [f"| [{flow.title_th}]({flow.name}.md) | {flow.title_en} | {len(flow.steps)} |" for flow in found]
    head = (
        "# Workflows\n\nEach page is made from a file in `tests/flows/`, and each file is played on the real broker, "
        "database and services by the tests: what is written here happens.\n\n"
        "| ขั้นตอน | what happens | steps |\n|---|---|---:|\n"
    )
    return head + "\n".join(rows) + "\n"


def _page(flow: Flow) -> str:
    parts = [
        f"# {flow.title_th}\n\n*{flow.title_en}*\n\n{flow.story_th}\n\n{flow.story_en}\n",
        "```mermaid\n" + "\n".join(_picture(flow)) + "\n```\n",
        "| # | วัน เวลา | ใคร · who | อะไร · what | ผล · outcome |\n|--:|---|---|---|---|\n" + "\n".join(_rows(flow)),
        f"\nMade from `tests/flows/{flow.name}.toml`.\n",
    ]
    return "\n".join(parts)


def _picture(flow: Flow) -> Iterator[str]:
    yield "sequenceDiagram"
    for who in dict.fromkeys(step.who for step in flow.steps):
        yield f"    actor {who} as {_WHO[who]}"
    for service in _SERVICES:
        yield f"    participant {service} as {_SERVICES[service]}"
    for number, step in enumerate(flow.steps, 1):
        arrow = "--)" if step.claim else "->>"
        yield f"    {step.who}{arrow}{_service(step)}: {number}. {_plain(step.th)}"
        if step.refused or (step.status or 0) >= 400:
            yield f"    {_service(step)}--x{step.who}: {step.refused or step.status}"
        for fact in step.facts:
            service, _, name = fact.partition(".")
            yield f"    Note over {service}: {name}"


def _service(step: Step) -> str:
    place = step.post or step.see
    return place.partition("/")[0] if place else "recycler"


def _rows(flow: Flow) -> Iterator[str]:
    for number, step in enumerate(flow.steps, 1):
        who = _WHO[step.who].replace("<br/>", " · ")
        yield f"| {number} | {step.at} | {who} | {_bare(step.th)}<br/>*{_bare(step.en)}* | {_outcome(step)} |"


def _outcome(step: Step) -> str:
    if step.refused:
        return f"refused: `{step.refused}`"
    if (step.status or 0) >= 400:
        code = step.answer.get("type") or step.answer.get("code")
        return f"refused: {step.status}" + (f" `{code}`" if code else "")
    seen = [f"`{path}` = `{_bare(str(value))}`" for path, value in step.answer.items()]
    return "<br/>".join([*(f"`{fact}`" for fact in step.facts), *seen])


def _bare(text: str) -> str:
    """Ids without the braces of the file."""
    return text.replace("{", "").replace("}", "").replace("$", "")


def _plain(text: str) -> str:
    """As a label of the picture takes it."""
    return _bare(text).replace(";", ",").replace("#", "").replace(": ", " – ")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = pages(flows())
    for file in OUT.glob("*.md"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (OUT / name).write_text(text, "utf-8")
    print(f"{len(wanted)} workflow pages written")


if __name__ == "__main__":
    main()
