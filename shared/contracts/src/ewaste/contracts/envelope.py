"""CloudEvents 1.0 in structured JSON mode: the Kafka value is the whole fact.

The value can be signed, hashed, archived and read with any Kafka client. Reading happens in two steps, because
most readers need few events: `open_envelope` reads the attributes and leaves `data` as raw bytes (msgspec, about
3 µs), `ewaste.contracts.registry.read_event` validates `data` against the type's model.

Sources: CloudEvents 1.0.2 §3 and its JSON format §3; extensions `sequence`, `distributed-tracing`.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from ewaste.contracts.fields import Context, utc_text

__all__ = [
    "CONTENT_TYPE",
    "MAX_EVENT_BYTES",
    "MAX_NESTING",
    "Envelope",
    "InvalidEvent",
    "open_envelope",
    "source_of",
    "source_of_partner",
    "with_sequence",
    "write_envelope",
]

CONTENT_TYPE: Final = "application/cloudevents+json"
MAX_EVENT_BYTES: Final = 524_288
"""A larger value is refused unread; the biggest honest one (1,000 bags with the longest ids) has 320 kB."""
MAX_NESTING: Final = 64
"""A value nested deeper is refused: how deep a parser gets depends on its caller's stack, and a verdict must not."""
_SEQUENCE_DIGITS: Final = 20
_SEQUENCE_BYTES: Final = len(b'"sequence":"",') + _SEQUENCE_DIGITS
_MAX_SEQUENCE: Final = 2**63 - 1

_Attribute = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
# Also what has no closing quote, up to the end: every character is looked at once, whoever wrote them.
_STRING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_PLACE: Final = re.compile(r" - at `\$\.?(.+)`$|missing required field `(.+)`$")


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

    specversion: _Attribute
    id: UUID
    source: _Attribute
    type: _Attribute
    time: datetime
    data: msgspec.Raw
    subject: _Attribute | None = None
    datacontenttype: _Attribute | None = None
    dataschema: _Attribute | None = None
    sequence: _Attribute | None = None
    """Contiguous per source, 20 digits with leading zeros so that text order is number order."""
    causationid: _Attribute | None = None
    correlationid: _Attribute | None = None
    traceparent: _Attribute | None = None

    @property
    def sequence_number(self) -> int | None:
        """`sequence` as a number that fits 64 bits, None when the source gives none or writes it otherwise."""
        text = self.sequence
        if text is None or len(text) != _SEQUENCE_DIGITS or not (text.isascii() and text.isdigit()):
            return None
        number = int(text)
        return number if number <= _MAX_SEQUENCE else None


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


_TEXTS: Final = tuple(name for name in Envelope.__struct_fields__ if name not in {"id", "time", "data"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
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
        text = str(value, "utf-8")
        if _nesting(text) > MAX_NESTING:
            raise InvalidEvent("undecodable", f"nested deeper than {MAX_NESTING} levels")
        envelope = _DECODER.decode(value)
    except msgspec.ValidationError as error:
        raise InvalidEvent("envelope", str(error), _place_in(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidEvent("undecodable", f"not JSON: {error}") from None
    _check(envelope)
    if "\\" in text or "\x7f" in text or not text.isascii():  # the only ways in for a control character
        _check_texts(envelope)
    return envelope


def _nesting(text: str) -> int:
    """How deep `text` is nested; any number up to the limit where it cannot be deeper."""
    if "[" not in text and text.find("{", text.find("{", 1) + 1) < 0:  # attributes and flat data: most events
        return 2
    if text.count("{") + text.count("[") <= MAX_NESTING:
        return MAX_NESTING
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _check(envelope: Envelope) -> None:
    if envelope.specversion != "1.0":
        raise InvalidEvent("envelope", f"specversion {envelope.specversion!r}, expected '1.0'", "specversion")
    if envelope.time.tzinfo is None:
        raise InvalidEvent("envelope", "time has no offset; write UTC such as 2026-11-22T08:00:00Z", "time")
    if not 1 < envelope.time.year < 9999:  # at the ends of the calendar some offsets have no UTC
        raise InvalidEvent("envelope", f"time in the year {envelope.time.year}, expected 2 to 9998", "time")


def _check_texts(envelope: Envelope) -> None:
    for name in _TEXTS:
        if _CONTROL.search(getattr(envelope, name) or ""):
            raise InvalidEvent("envelope", f"{name} holds a control character (CloudEvents 1.0.2 §3.1)", name)


def _place_in(message: str) -> str | None:
    """msgspec names the place as `... - at `$.time``, or as ``missing required field `time```."""
    found = _PLACE.search(message)
    return (found[1] or found[2]) if found else None


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

    `data` is the JSON of a model in the registry; `time` must carry an offset and is written in UTC. Raises
    `InvalidEvent` (`too_large`) rather than write what no reader takes.
    """
    value = _ENCODER.encode(
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
    if len(value) + _SEQUENCE_BYTES > MAX_EVENT_BYTES:
        raise InvalidEvent("too_large", f"{len(value)} bytes of {type}; an event has at most {MAX_EVENT_BYTES}")
    return value


def with_sequence(value: bytes, sequence: int) -> bytes:
    """The value with its place in the source's history; `value` comes from `write_envelope`."""
    return b'{"sequence":"%0*d",%s' % (_SEQUENCE_DIGITS, sequence, value[1:])
