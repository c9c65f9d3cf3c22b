"""CloudEvents 1.0 in structured JSON mode: the Kafka value is the whole fact.

The value can be signed, hashed, archived and read with any Kafka client. Reading happens in two steps, because
most readers need few events: `open_envelope` reads the attributes and leaves `data` as raw bytes (msgspec, about
3 µs), `ewaste.contracts.registry.read_event` validates `data` against the type's model.

Sources: CloudEvents 1.0.2 §3 and its JSON format §3; extensions `sequence`, `distributed-tracing`.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from ewaste.contracts.fields import Context, utc_text

__all__ = [
    "CONTENT_TYPE",
    "MAX_EVENT_BYTES",
    "Envelope",
    "InvalidEvent",
    "open_envelope",
    "source_of",
    "source_of_partner",
    "with_sequence",
    "write_envelope",
]

CONTENT_TYPE: Final = "application/cloudevents+json"
MAX_EVENT_BYTES: Final = 262_144
"""A larger value is refused unread: the biggest honest event (1,000 bags) is under 100 kB."""
_SEQUENCE_DIGITS: Final = 20


class InvalidEvent(ValueError):
    """This record will never be readable: dead-letter it (or refuse it), do not try again.

    `reason` is one of `too_large`, `undecodable`, `envelope`, `unknown_type`, `schema`; `field` names the
    attribute at fault as a dotted path where one is.
    """

    def __init__(self, reason: str, detail: str, field: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.field = field


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The attributes of one event; `data` is still raw JSON."""

    specversion: str
    id: UUID
    source: str
    type: str
    time: datetime
    data: msgspec.Raw
    subject: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    sequence: str | None = None
    """Contiguous per source, 20 digits with leading zeros so that text order is number order."""
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None

    @property
    def sequence_number(self) -> int | None:
        """`sequence` as a number, None when the source gives none or writes it otherwise."""
        text = self.sequence
        return int(text) if text is not None and text.isascii() and text.isdigit() else None


class _Written(msgspec.Struct, kw_only=True, omit_defaults=True):
    specversion: str
    id: str
    source: str
    type: str
    subject: str | None = None
    time: str
    datacontenttype: str
    dataschema: str
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None
    data: msgspec.Raw


_DECODER: Final = msgspec.json.Decoder(Envelope)
_ENCODER: Final = msgspec.json.Encoder()


def source_of(city: str, context: Context) -> str:
    """The `source` of a service of one city's installation."""
    return f"urn:ewaste:{city}:{context}"


def source_of_partner(partner_id: str) -> str:
    """The `source` of a partner's own claims."""
    return f"urn:ewaste:partner:{partner_id}"


def open_envelope(value: bytes | None) -> Envelope:
    """Read the attributes of a Kafka value; raises `InvalidEvent`."""
    if not value:
        raise InvalidEvent("undecodable", "the record has no value; events are never deleted by a null value")
    if len(value) > MAX_EVENT_BYTES:
        raise InvalidEvent("too_large", f"{len(value)} bytes; an event has at most {MAX_EVENT_BYTES}")
    try:
        envelope = _DECODER.decode(value)
    except msgspec.ValidationError as error:
        raise InvalidEvent("envelope", str(error), _path_in(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidEvent("undecodable", f"not JSON: {error}") from None
    _check(envelope)
    return envelope


def _check(envelope: Envelope) -> None:
    if envelope.specversion != "1.0":
        raise InvalidEvent("envelope", f"specversion {envelope.specversion!r}, expected '1.0'", "specversion")
    if envelope.time.tzinfo is None:
        raise InvalidEvent("envelope", "time has no offset; write UTC such as 2026-11-22T08:00:00Z", "time")


def _path_in(message: str) -> str | None:
    """msgspec names the place as `... - at `$.time``, or the missing field between backquotes."""
    quoted = message.split("`")[1::2]
    return quoted[-1].removeprefix("$.") if quoted else None


def write_envelope(
    *,
    id: UUID,
    source: str,
    type: str,
    time: datetime,
    data: bytes,
    subject: str | None,
    causation_id: str | None = None,
    correlation_id: str | None = None,
    traceparent: str | None = None,
) -> bytes:
    """The value of one event, without `sequence`, which the relay adds in commit order.

    `data` is the JSON of a model in the registry; `time` must carry an offset and is written in UTC.
    """
    return _ENCODER.encode(
        _Written(
            specversion="1.0",
            id=str(id),
            source=source,
            type=type,
            subject=subject,
            time=utc_text(time.astimezone(UTC)),
            datacontenttype="application/json",
            dataschema=f"urn:ewaste:schema:{type}",
            causationid=causation_id,
            correlationid=correlation_id,
            traceparent=traceparent,
            data=msgspec.Raw(data),
        )
    )


def with_sequence(value: bytes, sequence: int) -> bytes:
    """The value with its place in the source's history; `value` comes from `write_envelope`."""
    return b'{"sequence":"%0*d",%s' % (_SEQUENCE_DIGITS, sequence, value[1:])
