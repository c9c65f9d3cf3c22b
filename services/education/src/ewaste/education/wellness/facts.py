"""What the index needs to know of this service's own facts, read as lean as it goes: this is the hot path.

The facts were validated when they were written, so that here typed decoders (msgspec) are enough: what they can't read
is left out, told in the log, and stands in the learning ledger as it is.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
import structlog
from ewaste.contracts.events.education import Assessment, AssessmentScored, LessonCompleted, Occasion
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import type_for
from ewaste.evidence.ledger.record import Record

__all__ = ["CohortPart", "Heard", "Lesson", "Scored", "hear"]

_log = structlog.get_logger(__name__)


class CohortPart(msgspec.Struct, frozen=True, gc=False):
    audience: str
    school_id: str = ""
    age_band: str = ""
    khwaeng: str = ""


class Lesson(msgspec.Struct, frozen=True):
    """Of `LessonCompleted`."""

    learner_id: str
    cohort: CohortPart
    score_basis_points: int | None = None
    duration_seconds: int | None = None


class _Dimension(msgspec.Struct, frozen=True, gc=False):
    dimension: str
    score_basis_points: int


class Scored(msgspec.Struct, frozen=True):
    """Of `AssessmentScored`."""

    learner_id: UUID
    course_id: str
    kind: Assessment
    cohort: CohortPart
    score_basis_points: int
    dimensions: tuple[_Dimension, ...] = ()
    occasion: Occasion | None = None


class Heard(NamedTuple):
    """Facts in the order of the records, each with its time as it was written: RFC 3339 in UTC."""

    lessons: list[tuple[str, Lesson]]
    scored: list[tuple[str, Scored]]


class _Envelope(msgspec.Struct, frozen=True, gc=False):
    source: str
    type: str
    time: str
    sequence: str
    data: msgspec.Raw


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_LESSON: Final = msgspec.json.Decoder(Lesson)
_SCORED: Final = msgspec.json.Decoder(Scored)
_LESSON_TYPE: Final = type_for(Context.EDUCATION, LessonCompleted).name
_SCORED_TYPE: Final = type_for(Context.EDUCATION, AssessmentScored).name
_COUNTED: Final = frozenset({_LESSON_TYPE, _SCORED_TYPE})


def hear(records: Iterable[Record], source: str, marks: dict[int, int]) -> Heard:
    """The facts of this source above the marks, by partition, which move with them."""
    heard = Heard([], [])
    for record in records:
        try:
            _hear_one(heard, record, source, marks)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            _log.warning(
                "fact not counted in the index", partition=record.partition, offset=record.offset, reason=str(error)
            )
    return heard


def _hear_one(heard: Heard, record: Record, source: str, marks: dict[int, int]) -> None:
    envelope = _ENVELOPE.decode(record.value or b"")
    kind = envelope.type
    if kind not in _COUNTED or envelope.source != source:
        return
    sequence = int(envelope.sequence)
    if sequence <= marks.get(record.partition, -1):
        return
    if kind == _LESSON_TYPE:
        heard.lessons.append((envelope.time, _LESSON.decode(envelope.data)))
    else:
        heard.scored.append((envelope.time, _SCORED.decode(envelope.data)))
    marks[record.partition] = sequence
