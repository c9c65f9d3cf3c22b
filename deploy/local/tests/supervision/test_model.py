"""Plans as data, and how the time between restarts grows."""

import json

import pytest
from ewaste.local.supervision.model import Backoff, Kind, Plan, Process, Stage
from hypothesis import given
from hypothesis import strategies as st


def _process(name: str = "a", **values: object) -> Process:
    return Process(name=name, command=("true",), **values)  # type: ignore[arg-type]


def test_plan_survives_json() -> None:
    process = _process(env={"A": "1"}, kind=Kind.ONCE, port=1, uid=65534, gid=65534, stop_signal=2, stop_seconds=1.5)
    plan = Plan((Stage("one", (process, _process("b"))), Stage("two", (_process("c"),))), Backoff(0.1, 2, 3))
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_names_are_unique_in_a_plan() -> None:
    with pytest.raises(ValueError, match="given twice: a"):
        Plan((Stage("one", (_process("a"),)), Stage("two", (_process("a"),))))


def test_a_process_needs_a_command() -> None:
    with pytest.raises(ValueError, match="name and a command"):
        Process(name="a", command=())


@pytest.mark.parametrize("values", [{"port": 2}, {"env": {"A": "2"}}, {"uid": 1}])
def test_processes_started_differently_have_different_fingerprints(values: dict[str, object]) -> None:
    assert _process(**values).fingerprint() != _process().fingerprint()
    assert _process(**values).fingerprint() == _process(**values).fingerprint()


def test_backoff_doubles_up_to_its_limit() -> None:
    backoff = Backoff(first_seconds=0.5, most_seconds=30)
    assert [backoff.delay_seconds(failures) for failures in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_long_run_starts_the_count_anew() -> None:
    backoff = Backoff(stable_seconds=60)
    assert backoff.failures_after(5, ran_seconds=3) == 6
    assert backoff.failures_after(5, ran_seconds=60) == 1


@given(st.integers(min_value=1, max_value=10**6))
def test_delay_never_overflows_nor_exceeds_its_limit(failures: int) -> None:
    assert 0 < Backoff().delay_seconds(failures) <= Backoff().most_seconds


@pytest.mark.parametrize("values", [(0, 1, 1), (2, 1, 1), (1, 2, 0)])
def test_backoff_refuses_nonsense(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="first <= most"):
        Backoff(*values)
