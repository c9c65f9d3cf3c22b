"""Enrolled learners and the lessons they complete: what is decided here, without I/O. Time and ids are passed in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from ewaste.contracts.events.education import Cohort
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.education.content.model import CourseKey

__all__ = [
    "Candidate",
    "Completion",
    "CompletionRule",
    "Enrolment",
    "EnrolmentKey",
    "check_same",
    "check_time",
    "enrolment_of",
    "version_for",
]

EnrolmentKey: TypeAlias = tuple[UUID, str, int]
"""Learner, course and version."""

_CLOCK_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CompletionRule:
    """When a course and its lessons are completed. Shares and pass marks are basis points; none is official."""

    lessons_basis_points: int = 10_000
    """The share of the lessons that must be done."""
    post_test_basis_points: int | None = None
    """The pass mark of the post-test, in courses that have one; None: it need not be taken."""
    quiz_basis_points: int = 0
    """From this result on a finished quiz completes its lesson."""
    pre_test_sittings: int = 1
    """A pre-test is taken so often at most: after the answers were shown it measures nothing."""
    post_test_sittings: int = 3
    version: str = "unnamed"
    example: bool = True
    """The values are ours, because the official ones aren't published."""

    def __post_init__(self) -> None:
        if not 1 <= self.lessons_basis_points <= 10_000:
            raise ValueError(f"share of lessons {self.lessons_basis_points} must be 1 to 10000 basis points")
        for mark in (self.post_test_basis_points or 0, self.quiz_basis_points):
            if not 0 <= mark <= 10_000:
                raise ValueError(f"pass mark {mark} must be 0 to 10000 basis points")
        for sittings in (self.pre_test_sittings, self.post_test_sittings):
            if not 1 <= sittings <= 100:
                raise ValueError(f"{sittings} sittings must be 1 to 100")

    def holds(self, *, done: int, lessons: int) -> bool:
        """Whether `done` of `lessons` are enough of them."""
        return done * 10_000 >= self.lessons_basis_points * lessons


@dataclass(frozen=True, slots=True)
class Candidate:
    """Someone to be enrolled: a learner who is known, one behind the caller's reference, or a new one."""

    fresh_id: UUID
    """The random pseudonym of whoever has none yet."""
    course_id: str
    course_version: int | None
    """None: the newest."""
    cohort: Cohort
    enrolled_at: datetime
    learner_id: UUID | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One learner in one version of a course."""

    learner_id: UUID
    course_id: str
    course_version: int
    cohort: Cohort
    enrolled_at: datetime
    lessons_completed: int = 0
    completed_at: datetime | None = None

    @property
    def course(self) -> CourseKey:
        return self.course_id, self.course_version

    @property
    def key(self) -> EnrolmentKey:
        return self.learner_id, self.course_id, self.course_version


@dataclass(frozen=True, slots=True)
class Completion:
    """One finished lesson as it was reported; the course may be left out where the lesson tells it."""

    learner_id: UUID
    lesson_id: str
    completed_at: datetime
    course_id: str | None = None
    course_version: int | None = None
    score_basis_points: int | None = None
    duration_seconds: int | None = None

    def names(self, course: CourseKey) -> bool:
        return self.course_id in (None, course[0]) and self.course_version in (None, course[1])


def version_for(candidate: Candidate, versions: Collection[int]) -> int:
    """The version to enrol in, of those that are published; raises `Refused`."""
    if not versions:
        detail = f"course {candidate.course_id} was never published; see GET /courses"
        raise Refused("course-unknown", detail, field="course_id", status=NOT_FOUND)
    version = candidate.course_version or max(versions)
    if version not in versions:
        detail = f"course {candidate.course_id} has no version {version}; the newest is {max(versions)}"
        raise Refused("course-unknown", detail, field="course_version", status=NOT_FOUND)
    return version


def check_time(moment: datetime, now: datetime, field: str) -> None:
    """Raise `Refused` for a time in the future."""
    if moment > now + _CLOCK_SKEW:
        raise Refused("time-in-future", f"{field} is after {now:%H:%M:%S} UTC; check the clock", field=field)


def check_same(sent: Enrolment, stored: Enrolment) -> None:
    """Raise `Refused` where the learner is enrolled in this version under another cohort."""
    if sent.cohort != stored.cohort:
        said = ", ".join(str(part) for part in stored.cohort.model_dump(exclude_none=True).values())
        detail = f"learner {sent.learner_id} is enrolled in {sent.course_id} version {sent.course_version} as {said}"
        raise Refused("enrolled-otherwise", f"{detail}; send the same cohort", field="cohort", status=CONFLICT)


def enrolment_of(
    completion: Completion, enrolments: Sequence[Enrolment], holders: Mapping[str, Collection[CourseKey]]
) -> Enrolment:
    """The enrolment that a lesson counts for; `holders` are the published versions that hold each lesson.

    Raises `Refused` when the learner or lesson is unknown, the lesson is of another course, or several enrolments fit.
    """
    holding = holders.get(completion.lesson_id, ())
    fitting = [e for e in enrolments if e.course in holding and completion.names(e.course)]
    if len(fitting) == 1:
        return fitting[0]
    raise _several(completion, fitting) if fitting else _none(completion, enrolments, holding)


def _none(completion: Completion, enrolments: Sequence[Enrolment], holding: Collection[CourseKey]) -> Refused:
    if not enrolments:
        detail = f"learner {completion.learner_id} is not enrolled in any course; enrol first"
        return Refused("learner-unknown", detail, field="learner_id", status=NOT_FOUND)
    if not holding:
        detail = f"no published course has a lesson {completion.lesson_id}; see GET /courses"
        return Refused("lesson-unknown", detail, field="lesson_id", status=NOT_FOUND)
    return Refused(
        "lesson-of-another-course",
        f"lesson {completion.lesson_id} belongs to {_named(holding)}, the learner is enrolled in "
        f"{_named([e.course for e in enrolments])}; enrol there first or correct the lesson",
        field="lesson_id",
    )


def _several(completion: Completion, fitting: Sequence[Enrolment]) -> Refused:
    return Refused(
        "course-ambiguous",
        f"lesson {completion.lesson_id} belongs to {_named([e.course for e in fitting])}, and the learner is enrolled "
        "in each; send course_id and course_version",
        field="course_version",
    )


def _named(courses: Collection[CourseKey]) -> str:
    """The first few, so that an answer stays short however many versions there are."""
    shown = sorted(courses, reverse=True)[:3]
    return ", ".join(f"{course_id} version {version}" for course_id, version in shown)
