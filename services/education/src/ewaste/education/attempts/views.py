"""A sitting as it is shown: questions in its own order, and of the key only what may be seen."""

from datetime import datetime
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.education.attempts.handlers import Taken
from ewaste.education.attempts.model import Attempt, questions_of, reveals
from ewaste.education.attempts.scoring import right_options
from ewaste.education.content.model import Course
from ewaste.education.content.questions import Question, ShownQuestion, shown_question, shuffled
from ewaste.education.learning.model import CompletionRule
from pydantic import BaseModel

__all__ = ["AttemptView", "view"]


class OptionFeedback(BaseModel):
    option_id: str
    feedback_th: str | None
    feedback_en: str | None


class Key(BaseModel):
    """What the learner finds out after answering."""

    score_basis_points: int
    right: list[str]
    """The right options; of an ordering all of them in the right order."""
    feedback: list[OptionFeedback]


class AskedQuestion(ShownQuestion):
    frame_id: str | None = None
    """The frame of the lesson that the question is about."""
    chosen: list[str] | None = None
    """The answer that stands; null before it is given."""
    answered_at: datetime | None = None
    key: Key | None = None
    """Null until it may be seen: of a quiz after the answer, of a post-test once it is passed, of a pre-test never."""


class AttemptView(BaseModel):
    attempt_id: UUID
    learner_id: UUID
    course_id: str
    course_version: int
    kind: Assessment
    lesson_id: str | None
    started_at: datetime
    finished_at: datetime | None
    assessment_id: str | None
    """Under which id the result is recorded, once the sitting is finished."""
    score_basis_points: int | None
    """The mean over all questions, once the sitting is finished."""
    new: bool
    """This request began the sitting."""
    questions: list[AskedQuestion]


def view(rule: CompletionRule, taken: Taken) -> AttemptView:
    attempt, course = taken.attempt, taken.course
    frames = _frames(course, attempt)
    asked = [_asked(rule, attempt, one, frames.get(one.question_id)) for one in questions_of(course, attempt)]
    return AttemptView(
        attempt_id=attempt.attempt_id,
        learner_id=attempt.learner_id,
        course_id=attempt.course_id,
        course_version=attempt.course_version,
        kind=attempt.kind,
        lesson_id=attempt.lesson_id,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        assessment_id=attempt.assessment_id,
        score_basis_points=attempt.score_basis_points,
        new=taken.new,
        questions=asked,
    )


def _frames(course: Course, attempt: Attempt) -> dict[str, str]:
    lessons = (one for one in course.lessons if one.lesson_id == attempt.lesson_id)
    frames = (frame for lesson in lessons for frame in lesson.frames)
    return {question.question_id: frame.frame_id for frame in frames for question in frame.questions}


def _asked(rule: CompletionRule, attempt: Attempt, question: Question, frame_id: str | None) -> AskedQuestion:
    shown = shown_question(question, shuffled(question, str(attempt.attempt_id)))
    answer = attempt.answers.get(question.question_id)
    seen = answer is not None and reveals(rule, attempt, question.question_id)
    return AskedQuestion(
        **{name: getattr(shown, name) for name in ShownQuestion.model_fields},
        frame_id=frame_id,
        chosen=list(answer.chosen) if answer else None,
        answered_at=answer.answered_at if answer else None,
        key=_key(question, answer.score_basis_points) if answer and seen else None,
    )


def _key(question: Question, score: int) -> Key:
    feedback = [
        OptionFeedback(option_id=one.option_id, feedback_th=one.feedback_th, feedback_en=one.feedback_en)
        for one in question.options
    ]
    return Key(score_basis_points=score, right=list(right_options(question)), feedback=feedback)
