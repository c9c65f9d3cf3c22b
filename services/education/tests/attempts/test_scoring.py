"""What an answer is worth."""

from typing import Any

import pytest
from ewaste.contracts.refusal import Refused
from ewaste.education.attempts.scoring import FULL, as_given, check_chosen, right_options, score_of, total_of
from ewaste.education.content.questions import Question
from hypothesis import given
from hypothesis import strategies as st


def _question(kind: str, right: str = "", options: str = "abcd") -> Question:
    written: list[dict[str, Any]] = [
        {"option_id": one, "text_th": "ตัวเลือก", "correct": one in right} for one in options
    ]
    return Question.model_validate({"question_id": "q", "kind": kind, "text_th": "คำถาม", "options": written})


@pytest.mark.parametrize(
    ("kind", "right", "chosen", "score"),
    [
        ("single", "b", "b", 10_000),
        ("single", "b", "a", 0),
        ("true_false", "a", "a", 10_000),
        ("multiple", "ab", "ab", 10_000),
        ("multiple", "ab", "ba", 10_000),
        ("multiple", "abc", "ab", 6_666),
        ("multiple", "ab", "ac", 0),
        ("multiple", "abc", "abd", 3_333),
        ("multiple", "ab", "abcd", 0),
        ("multiple", "ab", "", 0),
        ("ordering", "", "abcd", 10_000),
        ("ordering", "", "abdc", 5_000),
        ("ordering", "", "dcba", 0),
    ],
)
def test_an_answer_is_worth(kind: str, right: str, chosen: str, score: int) -> None:
    question = _question(kind, right, "ab" if kind == "true_false" else "abcd")

    check_chosen(question, chosen, "chosen")

    assert score_of(question, chosen) == score


@pytest.mark.parametrize(
    ("kind", "chosen", "code"),
    [
        ("single", "z", "option-unknown"),
        ("single", "ab", "options-number"),
        ("single", "", "options-number"),
        ("multiple", "aa", "option-repeated"),
        ("ordering", "abc", "options-missing"),
        ("ordering", "abca", "option-repeated"),
    ],
)
def test_what_is_no_answer_is_refused(kind: str, chosen: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_chosen(_question(kind, "a"), chosen, "answers.3.chosen")

    assert (refused.value.code, refused.value.field) == (code, "answers.3.chosen")


@given(st.sets(st.sampled_from("abcd"), min_size=1), st.sets(st.sampled_from("abcd")))
def test_several_choices_are_worth_everything_only_for_the_key(right: set[str], chosen: set[str]) -> None:
    question = _question("multiple", "".join(right))

    score = score_of(question, sorted(chosen))

    assert 0 <= score <= FULL
    assert (score == FULL) == (set(right_options(question)) == chosen)


def test_the_same_answer_is_the_same_in_whatever_order_but_an_ordering_is_not() -> None:
    assert as_given(_question("multiple", "ab"), "ba") == as_given(_question("multiple", "ab"), "ab")
    assert as_given(_question("ordering"), "bacd") != as_given(_question("ordering"), "abcd")


def test_a_question_that_was_not_answered_counts_nothing() -> None:
    questions = [_question("single", "a").model_copy(update={"question_id": name}) for name in "xyz"]

    assert total_of(questions, {"x": 10_000, "y": 10_000}) == 6_666
    assert total_of(questions, {}) == 0
