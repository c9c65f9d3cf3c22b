"""What the index needs to know of this service's own facts, read as lean as it goes.

The facts were validated when they were written, so that here a typed decoder (msgspec) is enough: what it can't read is
left out, told in the log, and stands in the learning ledger as it is.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
import structlog
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.contracts.events.education import Assessment, AssessmentScored, LessonCompleted, Occasion
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import type_for
from ewaste.evidence.ledger.record import Record

__all__ = ["CohortPart", "Heard", "Lesson", "Scored", "heard_facts"]

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
    """One fact, where it stands in the partition's and in the source's order."""

    partition: int
    sequence: int
    time: datetime
    data: Lesson | Scored


_DECODERS: Final[dict[str, msgspec.json.Decoder[Lesson] | msgspec.json.Decoder[Scored]]] = {
    type_for(Context.EDUCATION, LessonCompleted).name: msgspec.json.Decoder(Lesson),
    type_for(Context.EDUCATION, AssessmentScored).name: msgspec.json.Decoder(Scored),
}


def heard_facts(records: Iterable[Record], source: str) -> Iterator[Heard]:
    """The facts that count, of this source alone, in the order of the records."""
    for record in records:
        try:
            envelope = open_envelope(record.value)
            decoder = _DECODERS.get(envelope.type)
            if decoder is None or envelope.source != source:
                continue
            sequence = envelope.sequence_number
            if sequence is None:
                raise InvalidEvent("envelope", "no sequence: the relay gives one to every fact", "sequence")
            yield Heard(record.partition, sequence, envelope.time, decoder.decode(envelope.data))
        except (InvalidEvent, msgspec.DecodeError) as error:
            _log.warning(
                "fact not counted in the index", partition=record.partition, offset=record.offset, reason=str(error)
            )
