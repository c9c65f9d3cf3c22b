"""What each scheme says of a batch, in words; what this version does not know stands under its own name."""

from collections.abc import Mapping
from typing import Any

__all__ = ["assessment_sections"]


def assessment_sections(assessments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A section per scheme."""
    return [{"title": {"th": name, "en": ""}, "rows": list(_rows(said))} for name, said in assessments.items()]


def _rows(said: Any, name: str = "") -> list[dict[str, Any]]:
    if isinstance(said, Mapping):
        return [row for key, one in said.items() for row in _rows(one, f"{name} {key}".strip())]
    return [{"name": {"th": name, "en": ""}, "value": {"th": str(said), "en": ""}}]
