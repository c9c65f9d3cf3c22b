"""GS1's own JSON Schema, with formats checked, and the contracts' golden examples as evidence."""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.examples import example_names, examples
from ewaste.contracts.registry import TYPES_BY_NAME
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.custody.fold import Evidence, read_evidence
from ewaste.evidence.epcis.gs1 import Gs1Keys, Names
from jsonschema import Draft7Validator, FormatChecker

CHECKOUT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("EWASTE_CONFORMANCE_DIR", CHECKOUT / "../shared/data/conformance"))

Validate = Callable[[Mapping[str, Any]], None]


@pytest.fixture(scope="session")
def validate() -> Validate:
    """Says what is wrong with a document, by GS1's schema."""
    path = FOLDER / "epcis/EPCIS-JSON-Schema.json"
    if not path.exists():
        pytest.skip("no EPCIS schema: point EWASTE_CONFORMANCE_DIR at the conformance data")
    validator = Draft7Validator(json.loads(path.read_text()), format_checker=FormatChecker())

    def check(document: Mapping[str, Any]) -> None:
        # As a reader gets it: what JSON can't hold must not pass.
        errors = list(validator.iter_errors(json.loads(json.dumps(document, allow_nan=False))))
        assert not errors, "\n".join(f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in errors)

    return check


@pytest.fixture(scope="session", params=["private", "gs1"])
def names(request: pytest.FixtureRequest) -> Names:
    return Names("chiangmai", Gs1Keys("9521234") if request.param == "gs1" else None)


@cache
def golden() -> Mapping[str, Evidence]:
    """Every golden example of the contracts by `type/name`, at ledger indices in this order."""
    found = {}
    for type_name in sorted(examples()):
        context = TYPES_BY_NAME[type_name].context
        for name, value in zip(example_names(type_name), examples()[type_name], strict=True):
            source = json.loads(value)["source"]
            topic = partner_topic(source.rpartition(":")[2]) if context == "partner" else f"ewaste.{context}"
            evidence = read_evidence(len(found), topic, value)
            assert evidence is not None, f"{type_name}/{name}"
            found[f"{type_name}/{name}"] = evidence
    return found


@pytest.fixture(scope="session", name="golden")
def golden_evidence() -> Mapping[str, Evidence]:
    return golden()
