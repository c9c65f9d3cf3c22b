"""The explicit list of every event type: nothing registers itself by being imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.envelope import Envelope, InvalidEvent, open_envelope, write_envelope
from ewaste.contracts.events import dropoff, education, logistics, recycler, traceability
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.topics import topic_of
from ewaste.contracts.upcasting import Upcasts, is_other_version
from pydantic import ValidationError

__all__ = [
    "EVENT_TYPES",
    "TYPES_BY_NAME",
    "UPCASTS",
    "Event",
    "EventType",
    "is_unknown_version",
    "read_data",
    "read_event",
    "type_for",
    "write_event",
]


@dataclass(frozen=True, slots=True)
class EventType:
    """One released type: frozen once released, new optional fields only; anything else is the next version."""

    context: Context
    model: type[Part]
    key: str
    """The field whose value is the Kafka key: the aggregate whose order matters."""
    subject: str
    """The field whose value is the CloudEvents subject."""
    version: int = 1

    @property
    def name(self) -> str:
        return f"ewaste.{self.context}.{self.model.__name__}.v{self.version}"

    @property
    def topic(self) -> str:
        """The topic of a service's facts; partners' claims have a topic per partner."""
        return topic_of(self.context)

    def key_of(self, data: Part) -> str:
        return str(getattr(data, self.key))

    def subject_of(self, data: Part) -> str:
        return str(getattr(data, self.subject))


@dataclass(frozen=True, slots=True)
class Event:
    """An event that was read and holds: its attributes and its validated data."""

    envelope: Envelope
    type: EventType
    data: Part


def _types(context: Context, *rows: tuple[type[Part], str] | tuple[type[Part], str, str]) -> tuple[EventType, ...]:
    return tuple(EventType(context, row[0], row[1], row[-1]) for row in rows)


_CLAIMS: Final = (
    (recycler.LoadReceived, "load_id"),
    (recycler.LoadRejected, "load_id"),
    (recycler.BatchOpened, "batch_id"),
    (recycler.BatchRecycled, "batch_id"),
    (recycler.FractionTreated, "batch_id", "fraction_id"),
    (logistics.ResolutionStated, "load_id"),
    (EventCorrected, "corrected_event_id"),
)

EVENT_TYPES: Final[tuple[EventType, ...]] = (
    *_types(
        Context.DROPOFF,
        (dropoff.DropPointRegistered, "point_id"),
        (dropoff.DropPointRetired, "point_id"),
        (dropoff.BagInstalled, "bag_id"),
        (dropoff.ItemDropped, "bag_id", "item_id"),
        (dropoff.BagFillReported, "bag_id"),
        (EventCorrected, "corrected_event_id"),
    ),
    *_types(
        Context.LOGISTICS,
        (logistics.CollectionPlanned, "plan_id"),
        (logistics.BinCollected, "bag_id"),
        (logistics.LoadDispatched, "load_id"),
        (logistics.HandoverRecorded, "load_id", "handover_id"),
        (logistics.ActorRegistered, "actor_id"),
        (logistics.ResolutionStated, "load_id"),
        (logistics.DisputeDecided, "load_id"),
        (logistics.CustodyBreakDeclared, "break_id"),
        (EventCorrected, "corrected_event_id"),
    ),
    *_types(
        Context.RECYCLER,
        (recycler.PartnerRegistered, "partner_id"),
        (recycler.PartnerKeyRegistered, "partner_id", "key_id"),
        (recycler.PartnerKeyRevoked, "partner_id", "key_id"),
        *_CLAIMS,
        (recycler.ConfirmationRefused, "topic"),
    ),
    *_types(
        Context.EDUCATION,
        (education.CoursePublished, "course_id"),
        (education.LearnerEnrolled, "learner_id"),
        (education.LessonCompleted, "learner_id", "lesson_id"),
        (education.AssessmentScored, "learner_id", "assessment_id"),
        (education.CourseCompleted, "learner_id", "course_id"),
        (education.WellnessIndexComputed, "index_id"),
        (EventCorrected, "corrected_event_id"),
    ),
    *_types(
        Context.TRACEABILITY,
        (traceability.CustodyGapOpened, "gap_id"),
        (traceability.CustodyGapClosed, "gap_id"),
        (traceability.CertificateIssued, "certificate_id"),
        (traceability.CertificateSuspended, "certificate_id"),
        (traceability.CheckpointPublished, "origin"),
        (traceability.ArchiveSealed, "origin"),
        (traceability.ReadModelAttested, "origin"),
        (EventCorrected, "corrected_event_id"),
    ),
    *_types(Context.PARTNER, *_CLAIMS),
)

TYPES_BY_NAME: Final[Mapping[str, EventType]] = {event_type.name: event_type for event_type in EVENT_TYPES}
UPCASTS: Final = Upcasts()
"""From each older version to the next. No event has a second version yet."""
_BY_MODEL: Final = {(event_type.context, event_type.model): event_type for event_type in EVENT_TYPES}


def type_for(context: Context, model: type[Part]) -> EventType:
    """The type under which `context` publishes `model`; raises LookupError where it doesn't."""
    found = _BY_MODEL.get((context, model))
    if found is None:
        raise LookupError(f"{context} publishes no {model.__name__}: add it to ewaste.contracts.registry")
    return found


def read_event(value: bytes | None) -> Event:
    """Read and validate one Kafka value; raises `InvalidEvent`."""
    return read_data(open_envelope(value))


def is_unknown_version(name: str) -> bool:
    """Whether this type is a version of a known event that this release can't read: who folds must stop there."""
    return is_other_version(name, TYPES_BY_NAME)


def read_data(envelope: Envelope) -> Event:
    """Validate the data of an opened envelope and lift it to the newest version; raises `InvalidEvent`."""
    event_type = TYPES_BY_NAME.get(envelope.type)
    if event_type is None:
        raise InvalidEvent("unknown_type", f"{envelope.type!r} is not a type of this version", "type")
    try:
        data = event_type.model.model_validate_json(bytes(envelope.data), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = ".".join(("data", *map(str, first["loc"])))
        raise InvalidEvent("schema", f"{path}: {first['msg']}", path) from None
    return Event(envelope, *UPCASTS.lifted(event_type, data))


def write_event(
    event_type: EventType,
    data: Part,
    *,
    id: UUID,
    source: str,
    time: datetime,
    causation_id: str | None = None,
    correlation_id: str | None = None,
    traceparent: str | None = None,
) -> bytes:
    """The value of an event as its producer first writes it (no `sequence` yet)."""
    return write_envelope(
        id=id,
        source=source,
        type=event_type.name,
        subject=event_type.subject_of(data),
        time=time,
        data=data.__pydantic_serializer__.to_json(data, exclude_none=True),
        causation_id=causation_id,
        correlation_id=correlation_id,
        traceparent=traceparent,
    )
