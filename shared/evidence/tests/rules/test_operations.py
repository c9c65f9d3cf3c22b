"""The table of operations as the directives have it."""

from ewaste.contracts.events.recycler import Operation
from ewaste.evidence.rules.operations import OPERATIONS, OperationKind, is_final, is_landfill, operations_table


def test_every_operation_has_a_row() -> None:
    assert set(OPERATIONS) == set(Operation)
    assert [row["code"] for row in operations_table()] == [code.value for code in OPERATIONS]


def test_interim_operations_are_never_final() -> None:
    assert {code.value for code in Operation if not is_final(code)} == {"R12", "R13", "D13", "D14", "D15"}


def test_landfill_is_what_stays_in_the_ground() -> None:
    assert {code.value for code in Operation if is_landfill(code)} == {"D1", "D5", "D12"}


def test_only_r1_is_energy_recovery() -> None:
    assert [code.value for code, rule in OPERATIONS.items() if rule.energy_recovery] == ["R1"]


def test_the_letter_says_the_kind() -> None:
    for code, rule in OPERATIONS.items():
        assert (rule.kind is OperationKind.RECOVERY) == code.value.startswith("R")
