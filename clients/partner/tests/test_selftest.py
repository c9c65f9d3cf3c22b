"""An installation is tested on the spot: every golden example through check, sign and verify."""

import json
import subprocess
import sys
from typing import Any

import pytest
from ewaste.contracts.examples import examples
from ewaste.partner import selftest
from ewaste.partner.claims import CLAIM_TYPES
from ewaste.partner.raw import RawClaim


def test_every_golden_example_of_a_claim_holds() -> None:
    outcomes = selftest.run_selftest()
    assert [one for one in outcomes if one.failure] == []
    assert len(outcomes) == sum(len(examples()[name]) for name in {each.name for each in CLAIM_TYPES.values()})


def test_an_installation_that_reads_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = selftest.validate

    def changed(raw: RawClaim, *more: Any) -> Any:
        data = {name: text for name, text in raw.data.items() if name != "other_client_grams"}
        return real(RawClaim(raw.line, raw.type, raw.time, data), *more)

    monkeypatch.setattr(selftest, "validate", changed)
    failed = [one for one in selftest.run_selftest() if one.failure]
    assert [(one.example, one.failure) for one in failed] == [
        ("with-other-clients", "what was read is not what the example says")
    ]


def test_the_command_tells_programs_and_people() -> None:
    command = [sys.executable, "-m", "ewaste.partner", "selftest"]
    shown = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(shown.stdout)["ok"] is True
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert said.stderr.endswith("0 failed\n")
