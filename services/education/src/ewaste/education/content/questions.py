"""Questions of a quiz or test, as they are written and as they are shown before they are answered."""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from ewaste.education.content.parts import Content, PartId
from pydantic import Field, StringConstraints

__all__ = [
    "Kind",
    "Option",
    "Question",
    "Remark",
    "ShownOption",
    "ShownQuestion",
    "in_order",
    "shown_question",
    "shuffled",
]

Remark = Annotated[
    str,
    StringConstraints(min_length=1, max_length=600, strip_whitespace=True, pattern=r"^[^\u0000-\u001f\u007f-\u009f]+$"),
]
"""One paragraph."""


class Kind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    """One option is right."""
    MULTIPLE = "multiple"
    """One option or more are right."""
    TRUE_FALSE = "true_false"
    """Two options, one is right."""
    ORDERING = "ordering"
    """All options are put in order; they are written in the right one."""


class ShownOption(Content):
    option_id: PartId
    text_th: Remark
    text_en: Remark | None = None


class ShownQuestion(Content):
    """A question without its key."""

    question_id: PartId
    kind: Kind
    text_th: Remark
    text_en: Remark | None = None
    options: Annotated[tuple[ShownOption, ...], Field(min_length=2, max_length=10)]


class Option(ShownOption):
    correct: bool = False
    feedback_th: Remark | None = None
    """Why it is right or wrong; shown to whoever chose it."""
    feedback_en: Remark | None = None


class Question(ShownQuestion):
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=10)]


def shuffled(question: Question, seed: str) -> tuple[Option, ...]:
    """The options in an order that hangs on the seed alone, on every machine; true stays before false as written."""
    if question.kind is Kind.TRUE_FALSE:
        return question.options
    return tuple(sorted(question.options, key=lambda option: _place(seed, question.question_id, option.option_id)))


def in_order(questions: Sequence[Question], seed: str) -> tuple[Question, ...]:
    """The questions in an order that hangs on the seed alone."""
    return tuple(sorted(questions, key=lambda question: _place(seed, question.question_id)))


def _place(*words: str) -> bytes:
    return sha256("\n".join(words).encode()).digest()


def shown_question(question: Question, options: tuple[Option, ...]) -> ShownQuestion:
    """The question with its options in this order, and nothing that tells the answer."""
    hidden = {"correct", "feedback_th", "feedback_en"}
    return ShownQuestion(
        question_id=question.question_id,
        kind=question.kind,
        text_th=question.text_th,
        text_en=question.text_en,
        options=tuple(ShownOption(**option.model_dump(exclude=hidden)) for option in options),
    )
