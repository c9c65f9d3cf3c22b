"""Of all that comes after a certificate, only what adds, takes back or puts back a fact changed what it rests on."""

from collections.abc import Callable
from typing import Any

from ewaste.contracts.fields import Context
from ewaste.evidence.certificates.changes import what_changed

SIZE = 13


def test_nothing_new_changes_nothing(whole: Any) -> None:
    assert what_changed(whole.evidence(), SIZE) == ()


def test_a_fact_counts_and_its_claim_or_its_repetition_does_not(whole: Any) -> None:
    whole.reject("L-1", "B-1")
    whole.records += whole.records[-2:]
    assert what_changed(whole.evidence(), SIZE) == (SIZE + 1,)


def test_our_own_certificate_changes_nothing(whole: Any) -> None:
    whole.certificate("C-1", "X-1")
    whole.suspend("C-1")
    assert what_changed(whole.evidence(), SIZE) == ()


def test_a_correction_is_named_and_so_is_the_one_that_takes_it_back(whole: Any, output: Callable[..., Any]) -> None:
    recycled = whole.evidence()[12].event.envelope.id
    first = whole.correct(Context.RECYCLER, recycled)
    assert what_changed(whole.evidence(), SIZE) == (SIZE,)
    whole.correct(Context.RECYCLER, first)
    assert what_changed(whole.evidence(), SIZE) == ()
    assert what_changed(whole.evidence(), SIZE + 1) == (SIZE + 1,)


def test_a_new_fact_that_was_taken_back_at_once_changes_nothing(whole: Any) -> None:
    whole.correct(Context.LOGISTICS, whole.collect("B-1", gross=12_000))
    assert what_changed(whole.evidence(), SIZE) == ()


def test_the_order_of_reading_is_of_no_account(whole: Any) -> None:
    whole.correct(Context.RECYCLER, whole.evidence()[12].event.envelope.id)
    whole.declare_break("B-1")
    evidence = whole.evidence()
    assert what_changed([*evidence[::-1], *evidence], SIZE) == (SIZE, SIZE + 1)
