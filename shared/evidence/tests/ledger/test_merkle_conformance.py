"""The proof cases of transparency-dev/merkle: what must verify verifies, what must fail fails."""

import json
import os
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from ewaste.evidence.ledger.merkle import ProofError, verify_consistency, verify_inclusion

CHECKOUT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("EWASTE_CONFORMANCE_DIR", CHECKOUT / "../shared/data/conformance")) / "merkle"


def cases(name: str) -> list[Any]:
    path = FOLDER / f"{name}.jsonl"
    if not path.exists():
        missing = f"no {name} cases: point EWASTE_CONFORMANCE_DIR at the conformance data"
        return [pytest.param(None, marks=pytest.mark.skip(reason=missing), id="absent")]
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [pytest.param(case, id=case["file"]) for case in found]


def hashes(case: dict[str, Any]) -> list[bytes]:
    return [b64decode(each) for each in case["proof"] or []]


def inclusion_holds(case: dict[str, Any]) -> bool:
    leaf, root = b64decode(case["leafHash"]), b64decode(case["root"])
    try:
        verify_inclusion(leaf, case["leafIdx"], case["treeSize"], hashes(case), root)
    except ProofError:
        return False
    return True


def consistency_holds(case: dict[str, Any]) -> bool:
    root1, root2 = b64decode(case["root1"]), b64decode(case["root2"])
    try:
        verify_consistency(case["size1"], case["size2"], hashes(case), root1, root2)
    except ProofError:
        return False
    return True


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion(case: dict[str, Any]) -> None:
    assert inclusion_holds(case) is not case["wantErr"], case["desc"]


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency(case: dict[str, Any]) -> None:
    assert consistency_holds(case) is not case["wantErr"], case["desc"]
