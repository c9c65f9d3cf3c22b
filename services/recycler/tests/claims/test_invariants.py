"""What no order of claims can break."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from ewaste.contracts.ids import uuid7
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from hypothesis import given, settings
from hypothesis import strategies as st

TOLERANCE = DEFAULT_RULES.tolerance
NET = {"g1": 10_000, "g2": 4_000, "g3": 20_000}
BATCHES = st.sampled_from(["b1", "b2", "b3"])
GRAMS = st.integers(1, 12_000)
OUTPUTS = st.dictionaries(
    st.sampled_from(["x", "y", "z"]), st.tuples(GRAMS, st.sampled_from(["R4", "R12"])), min_size=1
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), BATCHES, st.dictionaries(st.sampled_from([*NET, "g4"]), GRAMS, min_size=1), GRAMS),
        st.tuples(st.just("recycle"), BATCHES, OUTPUTS, st.integers(0, 900)),
        st.tuples(st.just("treat"), st.sampled_from(["x", "y", "z", "p", "q"]), OUTPUTS, GRAMS),
        st.tuples(st.just("correct"), st.integers(0, 14)),
    ),
    max_size=15,
)


def claim_of(step: Any, recycler: Any, treated: Any, corrected: Any, ids: list[Any], number: int) -> Any:
    kind, *what = step
    if kind == "correct":
        return corrected(recycler, ids[what[0]])
    if kind == "open":
        return recycler.opened(what[0], what[1], other_client_grams=what[2])
    if kind == "recycle":
        return recycler.recycled(what[0], what[1], process_loss_grams=what[2])
    named = {f"{name}-{number}": output for name, output in what[1].items()}
    return treated(recycler, f"t{number}", what[0], what[2], named)


def check(register: Any) -> None:
    used: Counter[str] = Counter()
    for id, batch in register.batches.items():
        used.update(batch.bags)
        assert batch.accounted_grams <= batch.input_grams + TOLERANCE.grams_of(batch.input_grams)
        assert all(batch.untreated_grams(name) >= 0 for name in batch.fractions)
        assert batch.recycled_at or not batch.fractions
        assert all(register.bag_uses[bag][id] == grams for bag, grams in batch.bags.items())
    assert used == Counter({bag: sum(uses.values()) for bag, uses in register.bag_uses.items()})
    for bag, net in NET.items():
        assert used[bag] <= net + TOLERANCE.grams_of(net)


@settings(max_examples=80, deadline=None)
@given(steps=STEPS)
def test_no_sequence_of_claims_makes_grams(
    new_court: Callable[[], Any], one_recycler: Any, treated: Any, corrected: Any, steps: list[Any]
) -> None:
    court, ids = new_court(), [uuid7() for _ in range(15)]
    court.weighed(**NET)
    for number, step in enumerate(steps):
        claim = claim_of(step, one_recycler, treated, corrected, ids, number)
        court.hears(one_recycler, claim, id=ids[number])
        check(court.register)


@settings(max_examples=50, deadline=None)
@given(steps=STEPS, last=STEPS.filter(bool))
def test_a_correction_restores_exactly_what_was(
    new_court: Callable[[], Any], one_recycler: Any, treated: Any, corrected: Any, steps: list[Any], last: list[Any]
) -> None:
    court, ids = new_court(), [uuid7() for _ in range(15)]
    court.weighed(**NET)
    for number, step in enumerate(steps[:14]):
        court.hears(one_recycler, claim_of(step, one_recycler, treated, corrected, ids, number), id=ids[number])
    before, id = court.register.copy(), uuid7()
    if last[0][0] == "correct":
        return
    court.hears(one_recycler, claim_of(last[0], one_recycler, treated, corrected, ids, 99), id=id)
    court.hears(one_recycler, corrected(one_recycler, id))
    assert replace(court.register, claims={}) == replace(before, claims={})


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), batches=st.integers(2, 5))
def test_claims_about_different_batches_come_in_any_order(
    new_court: Callable[[], Any], one_recycler: Any, seed: int, batches: int
) -> None:
    """Each batch's claims keep their order, as Kafka keeps it by key; between batches there is none."""
    random = Random(seed)
    courts = [new_court(), new_court()]
    chains = [
        [
            one_recycler.opened(f"b{n}", {f"g{n}": 5_000, "g-shared": 1_000}),
            one_recycler.recycled(f"b{n}", {"x": (3_000, "R4"), "y": (3_000, "R12")}),
        ]
        for n in range(batches)
    ]
    order = [n for n in range(batches) for _ in chains[n]]
    for court in courts:
        court.weighed(**{"g-shared": 1_000 * batches})
        random.shuffle(order)
        left = [list(chain) for chain in chains]
        for n in order:
            court.hears(one_recycler, left[n].pop(0))
    one, other = (replace(court.register, claims={}) for court in courts)
    assert one == other
