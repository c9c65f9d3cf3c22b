import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from ewaste.contracts.events.dropoff import DropPointRegistered
from ewaste.contracts.fields import Day, Identifier, Part, PartnerId, PositiveGrams, Reference, Text, Utc, utc_text
from pydantic import TypeAdapter, ValidationError


class Moment(Part):
    at: Utc


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Text, ["ตลาดวโรรส", " trimmed ", "a", "ก" * 200], ["", "  ", "a\nb", "a\x00b", "a\x7f", "ก" * 201]),
        (Identifier, ["a", "urn:ewaste:chiangmai:dropoff", "0" * 64], ["", "-a", "a b", "a/b", "ก", "a\n", "0" * 65]),
        (PartnerId, ["ab", "lanna-metals", "a" * 32], ["a", "Ab", "-ab", "ab-", "a.b", "a" * 33]),
        (Reference, ["3-106-33/50ลพ", "TH 0042/26", "10190003325506", "ก.12"], ["", " 1", "1 ", "a\n", "1" * 65]),
        (
            Day,
            ["2026-11-22", "2028-02-29"],
            ["", "1763824800", "0" * 64, "2026-02-30", "2026-11-22T00:00:00Z", 2026],
        ),
        (PositiveGrams, [1, 100_000_000], [0, -1, 1.0, "1", True, 100_000_001]),
    ],
)
def test_forms(kind: Any, taken: list[object], refused: list[object]) -> None:
    adapter = TypeAdapter(kind)
    for value in taken:
        read = adapter.validate_json(json.dumps(value), strict=True)
        assert adapter.dump_json(read).decode() == json.dumps(value, ensure_ascii=False).replace(" trimmed ", "trimmed")
    for value in refused:
        with pytest.raises(ValidationError):
            adapter.validate_json(json.dumps(value), strict=True)


def test_times_need_an_offset_and_are_kept_and_written_in_utc() -> None:
    moment = Moment.model_validate_json('{"at": "2026-11-22T15:04:05.120+07:00"}', strict=True)
    assert moment.at.tzinfo is UTC
    assert moment.model_dump_json() == '{"at":"2026-11-22T08:04:05.120000Z"}'
    assert utc_text(datetime(2026, 11, 22, 15, tzinfo=timezone(timedelta(hours=7)))) == "2026-11-22T08:00:00Z"


@pytest.mark.parametrize(
    "text", ["2026-11-22T15:04:05", "2026-11-22", "1763824800", "2026-02-30T00:00:00Z", "20261122T080000Z"]
)
def test_a_time_is_written_out(text: str) -> None:
    with pytest.raises(ValidationError, match="at\n"):
        Moment.model_validate_json(json.dumps({"at": text}), strict=True)


def test_places_are_on_the_globe() -> None:
    with pytest.raises(ValidationError, match="latitude_microdegrees"):
        DropPointRegistered(
            point_id="p",
            name_th="จุด",
            khwaeng="kawila",
            latitude_microdegrees=98_998_610,
            longitude_microdegrees=18_795_280,
        )


def test_parts_never_change() -> None:
    moment = Moment(at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValidationError, match="frozen"):
        moment.at = datetime(2027, 1, 1, tzinfo=UTC)  # type: ignore[misc]
