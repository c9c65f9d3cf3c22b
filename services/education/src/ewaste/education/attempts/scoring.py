"""What an answer is worth: whole basis points, decided here and never on the device."""

from collections.abc import Mapping, Sequence
from typing import Final

from ewaste.contracts.refusal import Refused
from ewaste.education.content.questions import Kind, Question

__all__ = ["FULL", "as_given", "check_chosen", "right_options", "score_of", "total_of"]

FULL: Final = 10_000


def right_options(question: Question) -> tuple[str, ...]:
    """The key: the options that are right; for an ordering all of them in the right order."""
    everything = question.kind is Kind.ORDERING
    return tuple(option.option_id for option in question.options if everything or option.correct)


def as_given(question: Question, chosen: Sequence[str]) -> tuple[str, ...]:
    """The answer in one form, so that the same answer is the same in whatever order a device lists it."""
    return tuple(chosen) if question.kind is Kind.ORDERING else tuple(sorted(chosen))


def check_chosen(question: Question, chosen: Sequence[str], field: str) -> None:
    """Raise `Refused` where this is no answer to the question; `field` is its place in the request."""
    known = [option.option_id for option in question.options]
    unknown = next((one for one in chosen if one not in known), None)
    if unknown is not None:
        detail = f"question {question.question_id} has no option {unknown}; it has {', '.join(known)}"
        raise Refused("option-unknown", detail, field=field)
    if len(set(chosen)) < len(chosen):
        raise Refused("option-repeated", f"question {question.question_id}: name each option once", field=field)
    if question.kind is Kind.ORDERING and len(chosen) < len(known):
        detail = f"question {question.question_id}: put all {len(known)} options in order"
        raise Refused("options-missing", detail, field=field)
    if question.kind in (Kind.SINGLE, Kind.TRUE_FALSE) and len(chosen) != 1:
        detail = f"question {question.question_id}: choose one option, not {len(chosen)}"
        raise Refused("options-number", detail, field=field)


def score_of(question: Question, chosen: Sequence[str]) -> int:
    """Basis points, 0 to 10000, rounded down.

    One choice is right or wrong. Of several, every right one adds and every wrong one takes away the same, never below
    nothing: choosing all gains nothing. An ordering counts the options that stand in their place.
    """
    key = right_options(question)
    if question.kind is Kind.ORDERING:
        return FULL * sum(one == right for one, right in zip(chosen, key, strict=True)) // len(key)
    right = sum(one in key for one in chosen)
    if question.kind is Kind.MULTIPLE:
        return FULL * max(right - (len(chosen) - right), 0) // len(key)
    return FULL * right


def total_of(questions: Sequence[Question], scores: Mapping[str, int]) -> int:
    """The mean over all questions, rounded down; one that wasn't answered counts nothing."""
    return sum(scores.get(question.question_id, 0) for question in questions) // len(questions)
