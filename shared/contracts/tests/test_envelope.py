"""What is written can be read, and whatever else arrives is refused with a reason, never with a surprise."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from ewaste.contracts.envelope import (
    MAX_EVENT_BYTES,
    MAX_NESTING,
    InvalidEvent,
    open_envelope,
    source_of,
    source_of_partner,
    with_sequence,
    write_envelope,
)
from ewaste.contracts.events.recycler import RefusalReason
from ewaste.contracts.examples import examples
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import Event, read_event
from hypothesis import given
from hypothesis import strategies as st

REASONS = {"too_large", "undecodable", "envelope", "unknown_type", "schema"}
GOLDEN = tuple(value for values in examples().values() for value in values)
VALID = {
    "specversion": "1.0",
    "id": "01948c50-91c0-7d1e-9a57-3c1f0e6a2b01",
    "source": "urn:ewaste:chiangmai:dropoff",
    "type": "ewaste.dropoff.BagInstalled.v1",
    "time": "2026-11-22T08:00:00Z",
    "data": {"bag_id": "b", "point_id": "p"},
}

printable = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=256)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def value(**changes: object) -> bytes:
    return json.dumps({**VALID, **changes}).encode()


def refusal(raw: bytes | None) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        read_event(raw)
    return caught.value


@given(
    id=st.uuids(),
    source=printable,
    type=printable,
    time=st.datetimes(timezones=st.timezones()).filter(lambda moment: 2 < moment.year < 9998),
    data=json_values,
    others=st.tuples(*[st.none() | printable] * 4),
    sequence=st.integers(0, 2**63 - 1),
)
def test_what_is_written_is_what_is_read(
    *,
    id: UUID,
    source: str,
    type: str,
    time: datetime,
    data: object,
    others: tuple[str | None, ...],
    sequence: int,
) -> None:
    written = write_envelope(
        id=id,
        source=source,
        type=type,
        time=time,
        data=json.dumps(data).encode(),
        subject=others[0],
        causation_id=others[1],
        correlation_id=others[2],
        traceparent=others[3],
    )
    read = open_envelope(with_sequence(written, sequence))
    assert (read.id, read.source, read.type, read.time) == (id, source, type, time.astimezone(UTC))
    assert (read.subject, read.causationid, read.correlationid, read.traceparent) == others
    assert json.loads(bytes(read.data)) == data
    assert read.sequence_number == sequence
    assert open_envelope(written).sequence is None


@given(st.integers(0, 10**20 - 1), st.integers(0, 10**20 - 1))
def test_text_order_of_sequences_is_number_order(one: int, other: int) -> None:
    written = with_sequence(value(), one), with_sequence(value(), other)
    texts = [open_envelope(each).sequence or "" for each in written]
    assert (texts[0] < texts[1]) == (one < other)


@pytest.mark.parametrize("text", ["1", "-0000000000000000001", "9" * 20, "๑" * 20, "9" * 250, " " * 20])
def test_a_sequence_written_otherwise_is_no_number(text: str) -> None:
    assert open_envelope(value(sequence=text)).sequence_number is None


def test_time_is_written_in_utc() -> None:
    noon_in_chiang_mai = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=7)))
    written = write_envelope(
        id=UUID(int=1), source="s", type="t", time=noon_in_chiang_mai, data=b"{}", subject=None, causation_id=None
    )
    assert json.loads(written)["time"] == "2026-11-22T05:00:00Z"


def test_sources_name_the_city_or_the_partner() -> None:
    assert source_of("chiangmai", Context.LOGISTICS) == "urn:ewaste:chiangmai:logistics"
    assert source_of_partner("lanna-metals") == "urn:ewaste:partner:lanna-metals"


def test_what_no_reader_takes_is_not_written() -> None:
    with pytest.raises(InvalidEvent, match="too_large"):
        write_envelope(
            id=UUID(int=1),
            source="s",
            type="t",
            time=datetime(2026, 1, 1, tzinfo=UTC),
            data=b'"' + b"a" * MAX_EVENT_BYTES + b'"',
            subject=None,
        )


@pytest.mark.parametrize(
    ("raw", "reason", "field"),
    [
        (None, "undecodable", None),
        (b"", "undecodable", None),
        (b"{", "undecodable", None),
        (b"\xef\xbb\xbf" + value(), "undecodable", None),
        (value() + b"\x00", "undecodable", None),
        (value() + value(), "undecodable", None),
        (value(x="AA").replace(b"AA", b"\xff\xfe"), "undecodable", None),
        (value(x="\ud800"), "undecodable", None),
        (value(x=float("nan")), "undecodable", None),
        (value(data={"bag_id": "b", "point_id": "p", "x": float("inf")}), "undecodable", None),
        (b" " * (MAX_EVENT_BYTES + 1), "too_large", None),
        (b"[]", "envelope", None),
        (b"null", "envelope", None),
        (value(id="not a uuid"), "envelope", "id"),
        (b'{"id":1,' + value()[1:], "envelope", "id"),
        (value(time="2026-11-22T08:00:00"), "envelope", "time"),
        (value(time="9999-12-31T23:59:59-14:00"), "envelope", "time"),
        (value(time="0001-01-01T00:00:00+14:00"), "envelope", "time"),
        (value(time=1e400), "undecodable", None),
        (value(specversion="0.3"), "envelope", "specversion"),
        (value(source=""), "envelope", "source"),
        (value(source="s" * 257), "envelope", "source"),
        (value(source="a\x00b"), "envelope", "source"),
        (value(subject="a\x85b"), "envelope", "subject"),
        (value(subject=7), "envelope", "subject"),
        (json.dumps({k: v for k, v in VALID.items() if k != "data"}).encode(), "envelope", "data"),
        (value(type="ewaste.dropoff.BagInstalled.v9"), "unknown_type", "type"),
        (value(data=None), "schema", "data"),
        (value(data={"bag_id": "b"}), "schema", "data.point_id"),
        (value(data={"bag_id": "b\n", "point_id": "p"}), "schema", "data.bag_id"),
        (value(data={"bag_id": "b", "point_id": "p", "x": 12}).replace(b"12", b"9" * 5000), "schema", "data"),
    ],
)
def test_every_refusal_says_why_and_where(raw: bytes | None, reason: str, field: str | None) -> None:
    error = refusal(raw)
    assert (error.reason, error.field) == (reason, field)
    assert str(error) == f"{reason}: {error.detail}"


def test_a_partner_can_be_told_every_reason() -> None:
    assert set(RefusalReason) >= REASONS


@pytest.mark.parametrize("opening", ["[", '{"":', '[{"a":'])
@pytest.mark.parametrize("where", ["data", "extension"])
@pytest.mark.parametrize("levels", [MAX_NESTING, 900, 1_000, 50_000])
def test_deep_nesting_is_refused_whatever_the_stack(opening: str, where: str, levels: int) -> None:
    closing = opening.replace("[", "]").replace("{", "}").replace('"":', "").replace('"a":', "")[::-1]
    deep = f"{opening * levels}0{closing * levels}".encode()
    raw = value(data=0) if where == "data" else value(extension=0)
    assert refusal(raw.replace(f'"{where}": 0'.encode(), f'"{where}": '.encode() + deep)).reason == "undecodable"


def test_brackets_inside_texts_and_many_siblings_are_not_depth() -> None:
    brackets = '\\"[{' * 100
    wide = {"bag_id": "b", "point_id": "p", "wide": [[1]] * 100, brackets: "[" * 300 + "\\"}
    assert isinstance(read_event(value(data=wide)), Event)


def test_the_deepest_honest_value_is_read() -> None:
    levels = MAX_NESTING - 1
    raw = value(extension=0).replace(b'"extension": 0', b'"extension": ' + b"[" * levels + b"]" * levels)
    assert isinstance(read_event(raw), Event)


def test_extensions_and_fields_of_newer_writers_are_passed_over() -> None:
    read = read_event(value(newer=[1], data={"bag_id": "b", "point_id": "p", "newer": {"x": 1.5}}))
    assert read.data.model_dump(exclude_none=True) == {"bag_id": "b", "point_id": "p"}


golden = st.sampled_from(GOLDEN)
mutilated = st.one_of(
    st.binary(max_size=300),
    st.tuples(golden, st.integers(0, 3000)).map(lambda cut: cut[0][: cut[1]]),
    st.tuples(golden, st.integers(0, 1500), st.integers(0, 40), st.binary(max_size=20)).map(
        lambda cut: cut[0][: cut[1]] + cut[3] + cut[0][cut[1] + cut[2] :]
    ),
    st.tuples(golden, st.sampled_from(sorted(VALID)), json_values).map(
        lambda change: json.dumps({**json.loads(change[0]), change[1]: change[2]}).encode("utf-8", "surrogatepass")
    ),
    st.tuples(golden, st.sampled_from(sorted(VALID)), json_values).map(
        lambda twice: b"{" + json.dumps({twice[1]: twice[2]}).encode()[1:-1] + b"," + twice[0].strip()[1:]
    ),
    st.dictionaries(st.sampled_from(sorted(VALID)), json_values).map(lambda some: json.dumps(some).encode()),
)


@given(mutilated)
def test_any_bytes_are_an_event_or_refused_with_a_known_reason(raw: bytes) -> None:
    outcome = outcome_of(raw)
    if isinstance(outcome, InvalidEvent):
        assert outcome.reason in REASONS
        assert outcome.detail
    else:
        assert outcome.type.name == outcome.envelope.type
        assert outcome.envelope.time.astimezone(UTC)
        assert outcome.envelope.sequence_number is None or outcome.envelope.sequence_number < 2**63


def outcome_of(raw: bytes) -> Event | InvalidEvent:
    try:
        return read_event(raw)
    except InvalidEvent as error:
        return error
