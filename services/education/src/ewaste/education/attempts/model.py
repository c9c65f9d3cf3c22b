"""A sitting of a test or quiz as a device tells it, and what is decided about it without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.education.attempts.scoring import as_given, check_chosen, score_of, total_of
from ewaste.education.content.model import Course, CourseKey, Lesson
from ewaste.education.content.questions import Question, in_order
from ewaste.education.learning.model import CompletionRule, check_time

__all__ = ["Answer", "Attempt", "Given", "Sheet", "merged", "questions_of", "reveals", "sittings_of"]

_ASKED: Final = frozenset({Assessment.PRE_TEST, Assessment.POST_TEST, Assessment.QUIZ})


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as the device tells it."""

    question_id: str
    chosen: tuple[str, ...]
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a device knows of a sitting; it may be sent again and again, with more answers each time."""

    attempt_id: UUID
    learner_id: UUID
    course_id: str
    kind: Assessment
    started_at: datetime
    course_version: int | None = None
    lesson_id: str | None = None
    answers: tuple[Given, ...] = ()
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that stands."""

    chosen: tuple[str, ...]
    answered_at: datetime
    score_basis_points: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sitting as it stands here."""

    attempt_id: UUID
    learner_id: UUID
    course_id: str
    course_version: int
    kind: Assessment
    lesson_id: str | None
    started_at: datetime
    finished_at: datetime | None = None
    assessment_id: str | None = None
    score_basis_points: int | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def course(self) -> CourseKey:
        return self.course_id, self.course_version

    @property
    def test_id(self) -> str:
        """The test that is taken: the lesson of a quiz, else its kind."""
        return self.lesson_id or self.kind.value.replace("_", "-")


def sittings_of(rule: CompletionRule, kind: Assessment) -> int | None:
    """How often a test may be taken, None without limit."""
    return {Assessment.PRE_TEST: rule.pre_test_sittings, Assessment.POST_TEST: rule.post_test_sittings}.get(kind)


def reveals(rule: CompletionRule, attempt: Attempt, question_id: str) -> bool:
    """Whether the key of a question may be shown: never before it was answered, after a quiz's answer at once, after a
    post-test when it is passed, and of a pre-test never, because the post-test asks the same."""
    if question_id not in attempt.answers:
        return False
    if attempt.kind is Assessment.POST_TEST:
        score, mark = attempt.score_basis_points, rule.post_test_basis_points or 0
        return score is not None and score >= mark
    return attempt.kind is Assessment.QUIZ


def questions_of(course: Course, attempt: Attempt) -> tuple[Question, ...]:
    """The questions in this sitting's order, the same every time. Raises `Refused` where there is no such test."""
    seed = str(attempt.attempt_id)
    if attempt.kind is Assessment.QUIZ:
        lesson = _lesson(course, attempt.lesson_id)
        return tuple(question for frame in lesson.frames for question in in_order(frame.questions, seed))
    if attempt.lesson_id is not None:
        raise Refused("lesson-not-for-test", f"a {attempt.kind} is of the course; leave it out", field="lesson_id")
    questions = course.pre_test if attempt.kind is Assessment.PRE_TEST else course.post_test
    if attempt.kind not in _ASKED or not questions:
        detail = f"{course.course_id} version {course.course_version} has no {attempt.kind}"
        raise Refused("test-unknown", detail, field="kind", status=NOT_FOUND)
    return in_order(questions, seed)


def _lesson(course: Course, lesson_id: str | None) -> Lesson:
    if lesson_id is None:
        raise Refused("lesson-missing", "a quiz is of a lesson; send its lesson_id", field="lesson_id")
    lesson = next((one for one in course.lessons if one.lesson_id == lesson_id), None)
    if lesson is None:
        detail = f"{course.course_id} version {course.course_version} has no lesson {lesson_id}"
        raise Refused("lesson-unknown", detail, field="lesson_id", status=NOT_FOUND)
    if not lesson.questions:
        raise Refused("test-unknown", f"lesson {lesson_id} has no questions; report it by POST /completions",
                      field="lesson_id", status=NOT_FOUND)  # fmt: skip
    return lesson


def merged(sheet: Sheet, stands: Attempt, course: Course, now: datetime) -> Attempt:
    """The sitting after this sheet; what stands stays. Raises `Refused` for the whole sheet: nothing is half-taken."""
    _check_same(sheet, stands)
    _check_times(sheet, now)
    questions = {question.question_id: question for question in questions_of(course, stands)}
    answers = dict(stands.answers)
    for n, given in enumerate(sheet.answers):
        question = questions.get(given.question_id)
        if question is None:
            raise _not_asked(given, course, stands, f"answers.{n}.question_id")
        check_chosen(question, given.chosen, f"answers.{n}.chosen")
        answer = Answer(as_given(question, given.chosen), given.answered_at, score_of(question, given.chosen))
        _check_answer(given, answer, stands, answers.get(given.question_id), f"answers.{n}")
        answers.setdefault(given.question_id, answer)
    after = replace(stands, answers=answers)
    if sheet.finished_at is None or stands.finished_at is not None:
        return after
    scores = {name: answer.score_basis_points for name, answer in answers.items()}
    total = total_of(list(questions.values()), scores)
    return replace(after, finished_at=sheet.finished_at, score_basis_points=total)


def _check_same(sheet: Sheet, stands: Attempt) -> None:
    sent = (sheet.learner_id, sheet.course_id, sheet.kind, sheet.lesson_id)
    version = sheet.course_version in (None, stands.course_version)
    if sent != (stands.learner_id, stands.course_id, stands.kind, stands.lesson_id) or not version:
        raise Refused(
            "attempt-otherwise",
            f"attempt {sheet.attempt_id} was begun by another learner or for another test; make a new id for a new one",
            field="attempt_id",
            status=CONFLICT,
        )


def _check_times(sheet: Sheet, now: datetime) -> None:
    check_time(sheet.started_at, now, "started_at")
    for n, given in enumerate(sheet.answers):
        check_time(given.answered_at, now, f"answers.{n}.answered_at")
    if sheet.finished_at is not None:
        check_time(sheet.finished_at, now, "finished_at")
        if sheet.finished_at < sheet.started_at:
            raise Refused("time-order", "finished_at is before started_at; check the clock", field="finished_at")


def _check_answer(given: Given, answer: Answer, stands: Attempt, before: Answer | None, field_: str) -> None:
    if before is not None and before.chosen != answer.chosen:
        detail = (
            f"question {given.question_id} was answered {', '.join(before.chosen) or 'with nothing'} before, and the "
            "first answer stands; take this one out and send the rest again"
        )
        raise Refused("answer-stands", detail, field=field_, status=CONFLICT)
    if before is None and stands.finished_at is not None:
        detail = f"the attempt was finished without an answer to {given.question_id}; begin a new attempt to answer it"
        raise Refused("attempt-finished", detail, field=field_, status=CONFLICT)


def _not_asked(given: Given, course: Course, stands: Attempt, field_: str) -> Refused:
    asked = f"lesson {stands.lesson_id}" if stands.lesson_id else f"the {stands.kind}"
    other = next((one.lesson_id for one in course.lessons
                  if any(question.question_id == given.question_id for question in one.questions)), None)  # fmt: skip
    if other:
        detail = f"question {given.question_id} belongs to lesson {other}, not to {asked}; send it with its own attempt"
        return Refused("question-of-another-lesson", detail, field=field_)
    return Refused("question-unknown", f"{asked} has no question {given.question_id}", field=field_)
