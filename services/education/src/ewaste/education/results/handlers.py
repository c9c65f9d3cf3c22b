"""Use cases of results in files. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ewaste.contracts.refusal import Refused
from ewaste.education.assessments.handlers import Scored, score_assessments
from ewaste.education.assessments.model import Result
from ewaste.education.learning.handlers import Recorded, complete_lessons
from ewaste.education.learning.model import Completion
from ewaste.education.results.model import Row, RowError, to_record
from ewaste.education.xapi.matching.handlers import Facts
from ewaste.education.xapi.matching.storage import learners_behind
from ewaste.runtime.database import Transaction

__all__ = ["Imported", "ResultsRefused", "import_results"]

_COLUMN_OF = {
    "learner_id": "reference", "lesson_id": "activity", "assessment_id": "activity", "completed_at": "done_at",
    "scored_at": "done_at", "course_version": "course_id",
}  # fmt: skip


class ResultsRefused(Exception):
    """A file with something wrong in it: nothing of it is stored; correct every error and send it again."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Imported:
    lessons: int
    tests: int
    repeated: int
    """Rows that were recorded before, in this file or another way."""


async def import_results(
    tx: Transaction, facts: Facts, rows: Sequence[Row], errors: Sequence[RowError], now: datetime
) -> Imported:
    """Record every row; `errors` are those of reading. Raises `ResultsRefused`: the transaction must be undone then."""
    learners = await learners_behind(tx, (row.reference for row in rows))
    found = [(row, learners.get(row.reference) or _pseudonym(row.reference)) for row in rows]
    unknown = [_unknown(row) for row, learner_id in found if learner_id is None]
    read = [(row, to_record(row, learner_id)) for row, learner_id in found if learner_id is not None]
    lessons = [(row, one) for row, one in read if isinstance(one, Completion)]
    tests = [(row, one) for row, one in read if isinstance(one, Result)]
    completed = await complete_lessons(tx, facts.outbox, facts.rule, [one for _, one in lessons], now)
    scored = await score_assessments(tx, facts.outbox, facts.rule, [one for _, one in tests], now)
    answers: list[tuple[Row, Recorded | Scored | Refused]] = [
        *((row, answer) for (row, _), answer in zip(lessons, completed, strict=True)),
        *((row, answer) for (row, _), answer in zip(tests, scored, strict=True)),
    ]
    refused = [_refused(row, answer) for row, answer in answers if isinstance(answer, Refused)]
    wrong = sorted([*errors, *unknown, *refused], key=lambda error: error.row)
    if wrong:
        raise ResultsRefused(wrong)
    repeated = sum(not isinstance(answer, Refused) and answer.repeated for _, answer in answers)
    return Imported(len(lessons), len(tests), repeated)


def _pseudonym(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


def _unknown(row: Row) -> RowError:
    return RowError(row.number, "reference", "nobody is enrolled under it; enrol first, see POST /enrolments/bulk")


def _refused(row: Row, refusal: Refused) -> RowError:
    column = _COLUMN_OF.get(refusal.field or "", refusal.field or "")
    return RowError(row.number, column, refusal.detail)
