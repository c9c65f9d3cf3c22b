"""When two statements are the same (xAPI 1.0.3, part two, 2.3.1)."""

from typing import Any

import pytest
from ewaste.education.xapi.meaning import digest

A, B = {"mbox": "mailto:a@x.example"}, {"mbox": "mailto:b@x.example"}
GROUP = {"objectType": "Group", "member": [A, B]}
ONE, TWO = {"id": "https://x.example/1"}, {"id": "https://x.example/2"}
UUID = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0"


def _statement(**more: Any) -> dict[str, Any]:
    return {"actor": A, "verb": {"id": "https://x.example/v"}, "object": ONE, **more}


SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"id": UUID, "timestamp": "2026-01-01T00:00:00Z", "version": "1.0.0", "stored": "x", "authority": A}),
    ({}, {"actor": {**A, "name": "A", "objectType": "Agent"}, "verb": {"id": "https://x.example/v", "display": {}}}),
    ({}, {"object": {**ONE, "definition": {"name": {"en": "x"}}}, "result": {}, "context": {}}),
    ({"actor": GROUP}, {"actor": {**GROUP, "member": [B, A]}}),
    ({"result": {"score": {"raw": 1}, "duration": "PT60S"}}, {"result": {"score": {"raw": 1.0}, "duration": "PT1M"}}),
    (
        {"context": {"contextActivities": {"other": [ONE, TWO]}}},
        {"context": {"contextActivities": {"other": [TWO, ONE]}}},
    ),
    ({"context": {"contextActivities": {"other": ONE}}}, {"context": {"contextActivities": {"other": [ONE]}}}),
    ({"context": {"registration": UUID}}, {"context": {"registration": UUID.upper()}}),
]
OTHER: list[dict[str, Any]] = [
    {"actor": B},
    {"actor": GROUP},
    {"verb": {"id": "https://x.example/w"}},
    {"object": TWO},
    {"object": {"objectType": "Agent", **A}},
    {"result": {"success": True}},
    {"result": {"score": {"raw": 1}}},
    {"context": {"registration": UUID}},
    {"context": {"instructor": B}},
    {"context": {"extensions": {"https://x.example/e": None}}},
    {"object": {"objectType": "SubStatement", **_statement()}},
]  # fmt: skip


@pytest.mark.parametrize(("one", "two"), SAME)
def test_what_may_change_does_not_make_another_statement(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert digest(_statement(**one)) == digest(_statement(**two))


def test_what_is_said_does() -> None:
    digests = [digest(_statement(**more)) for more in ({}, *OTHER)]

    assert len(set(digests)) == len(digests)
