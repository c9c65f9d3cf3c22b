"""What a statement says of a lesson or a test of ours; decided without I/O."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.contracts.refusal import Refused
from ewaste.education.assessments.model import Result
from ewaste.education.content.model import CourseKey
from ewaste.education.learning.model import Completion
from ewaste.education.xapi.model import Client
from ewaste.education.xapi.rules.formats import duration_seconds, moment
from ewaste.education.xapi.rules.shape import Value

__all__ = ["MATTERS", "Mapping", "Told", "check_mapping", "learner_named", "matters", "reading_of", "reference_of"]

_ADL: Final = "http://adlnet.gov/expapi/verbs/"
MATTERS: Final = frozenset(
    {
        *(f"{_ADL}{verb}" for verb in ("completed", "passed", "failed", "mastered", "scored")),
        "http://activitystrea.ms/schema/1.0/complete",
    }
)
"""The verbs that may tell a fact; `experienced` only where the result says that it was completed."""

_EXPERIENCED: Final = frozenset({f"{_ADL}experienced", f"{_ADL}progressed"})
_NOT_COMPLETED: Final = frozenset({f"{_ADL}failed", f"{_ADL}scored"})
_MOST_SECONDS: Final = 86_400
_MOST_LETTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Mapping:
    """An activity of a client's, and the lesson or test that it is here."""

    activity_id: str
    course_id: str
    course_version: int | None = None
    """Needed only where a learner may take several versions that hold the lesson."""
    lesson_id: str | None = None
    assessment_id: str | None = None
    kind: Assessment | None = None

    def allows(self, course: CourseKey) -> bool:
        return course[0] == self.course_id and self.course_version in (None, course[1])


@dataclass(frozen=True, slots=True)
class Told:
    """A statement that matters, with what must be found out before it can be a fact."""

    position: int
    said: Value
    stored: datetime
    reference: str | None
    """Under which the learner would have been enrolled; None where the actor has no account that fits."""
    named: UUID | None
    """The pseudonym, where the account's name is one."""

    @property
    def activity_id(self) -> str:
        return str(self.said["object"]["id"])


def matters(said: Value) -> bool:
    """Whether a checked statement may tell a fact: one person finished, passed, failed or scored an activity."""
    if said["object"].get("objectType", "Activity") != "Activity" or said["actor"].get("objectType") == "Group":
        return False
    verb = said["verb"]["id"]
    return verb in MATTERS or (verb in _EXPERIENCED and said.get("result", {}).get("completion") is True)


def reference_of(said: Value, client: Client) -> str | None:
    """The reference behind an account: the client's prefix and the account's name.

    A slash divides roster and person: only the prefix, which the operator gave, may name a roster.
    """
    name = said["actor"].get("account", {}).get("name", "")
    fits = name and name.isprintable() and len(name) <= _MOST_LETTERS and (client.reference_prefix or "/" not in name)
    return f"{client.reference_prefix}{name}" if fits else None


def learner_named(said: Value) -> UUID | None:
    """The account's name may be the pseudonym that the client got when it enrolled the learner."""
    account = said["actor"].get("account")
    try:
        return UUID(account["name"]) if account else None
    except ValueError:
        return None


def reading_of(told: Told, mapping: Mapping, learner_id: UUID) -> Completion | Result:
    """The completed lesson or the result that the statement tells; raises `Refused` where it tells neither."""
    score = _basis_points(told.said.get("result", {}).get("score", {}))
    when = moment(told.said["timestamp"]) if "timestamp" in told.said else told.stored
    if mapping.lesson_id is not None:
        _check_completed(told.said)
        return Completion(
            learner_id=learner_id,
            lesson_id=mapping.lesson_id,
            completed_at=when,
            course_id=mapping.course_id,
            course_version=mapping.course_version,
            score_basis_points=score,
            duration_seconds=_seconds(told.said),
        )
    if score is None:
        detail = (
            "the activity is a test here, and the statement has no score: send result.score.scaled, or raw with max"
        )
        raise Refused("score-missing", detail, field="result.score")
    return _result(mapping, learner_id, score, when)


def _result(mapping: Mapping, learner_id: UUID, score: int, when: datetime) -> Result:
    assert mapping.assessment_id is not None, "a mapping has a lesson or a test"
    assert mapping.kind is not None, "a test has a kind"
    return Result(
        learner_id=learner_id,
        course_id=mapping.course_id,
        assessment_id=mapping.assessment_id,
        kind=mapping.kind,
        score_basis_points=score,
        dimensions=(),
        scored_at=when,
        course_version=mapping.course_version,
    )


def _check_completed(said: Value) -> None:
    result = said.get("result", {})
    done = result.get("completion", said["verb"]["id"] not in _NOT_COMPLETED)
    if done is not True or (result.get("success") is False and "completion" not in result):
        raise Refused("not-completed", "the statement doesn't say that the lesson was completed", field="verb.id")


def _basis_points(score: Value) -> int | None:
    """`scaled`, else `raw` between `min` (0 where it isn't given) and `max`; what is below nothing is nothing."""
    if "scaled" in score:
        scaled: float = score["scaled"]
        return max(0, round(scaled * 10_000))
    low, high, raw = score.get("min", 0), score.get("max"), score.get("raw")
    if raw is None or high is None or not low <= raw <= high or low == high:
        return None
    share: float = (raw - low) / (high - low)
    return round(share * 10_000)


def _seconds(said: Value) -> int | None:
    """How long it took; None where that isn't said, or is longer than a day (a tab that was left open)."""
    duration = said.get("result", {}).get("duration")
    seconds = duration_seconds(duration) if duration else None
    return seconds if seconds is not None and seconds <= _MOST_SECONDS else None


def check_mapping(mapping: Mapping) -> None:
    """Raise `Refused` where a mapping is neither a lesson nor a test, or a test that a statement can't tell."""
    if (mapping.lesson_id is None) == (mapping.assessment_id is None):
        raise Refused("mapping-unclear", "give lesson_id, or assessment_id with kind; not both", field="lesson_id")
    if (mapping.assessment_id is None) != (mapping.kind is None):
        raise Refused("mapping-unclear", "kind belongs to assessment_id: pre_test, post_test or quiz", field="kind")
    if mapping.kind is Assessment.WELLNESS:
        detail = "a statement has no scores by dimension; send wellness results to POST /assessments"
        raise Refused("wellness-not-told", detail, field="kind")
