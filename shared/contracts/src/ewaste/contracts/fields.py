"""Field types that every event is made of.

Units are in the names, amounts are integers, times are UTC, nothing personal: see `docs/architecture/contracts.md`.
"""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

__all__ = [
    "BasisPoints",
    "Context",
    "Count",
    "Country",
    "Day",
    "Grams",
    "Identifier",
    "KeyId",
    "Latitude",
    "Microdegrees",
    "Part",
    "PartnerId",
    "PositiveCount",
    "PositiveGrams",
    "Reference",
    "Sha256",
    "Text",
    "Utc",
    "utc_text",
]

# A city never weighs more than this in one act: an amount above it is a unit mistake, not a load.
_MOST_GRAMS: Final = 100_000_000
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME: Final = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`, microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Pydantic takes a text of digits for seconds since 1970; in an event such a text is a mistake.
def _day(value: object) -> object:
    if isinstance(value, str):
        if not _DATE.fullmatch(value):
            raise ValueError("write the date out, as 2026-11-22")
        return date.fromisoformat(value)
    return value


def _moment(value: object) -> object:
    if isinstance(value, str):
        if not _DATE_TIME.fullmatch(value):
            raise ValueError("write date, time and offset out, as 2026-11-22T08:00:00Z")
        return datetime.fromisoformat(value)
    return value


Utc = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    AfterValidator(lambda moment: moment.astimezone(UTC)),
    PlainSerializer(utc_text, return_type=str, when_used="json"),
]
Day = Annotated[date, BeforeValidator(_day)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
# Numbers that others assign, such as the factory licence "3-106-33/50ลพ" or the Basel notification "TH 0042/26".
_LETTER = r"0-9A-Za-z\u0e01-\u0e39\u0e40-\u0e4e"
Reference = Annotated[str, StringConstraints(pattern=rf"^[{_LETTER}]([{_LETTER} ./():_-]{{0,62}}[{_LETTER}.)])?$")]
PartnerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$")]
# ISO 3166-1 alpha-2.
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
KeyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# No control characters: PostgreSQL refuses U+0000, terminals obey the rest. Written trimmed.
_SHOWN = r"[^\s\u0000-\u001f\u007f-\u009f]"
Text = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=200,
        strip_whitespace=True,
        pattern=rf"^{_SHOWN}([^\u0000-\u001f\u007f-\u009f]*{_SHOWN})?$",
    ),
]
Grams = Annotated[int, Field(strict=True, ge=0, le=_MOST_GRAMS)]
PositiveGrams = Annotated[int, Field(strict=True, gt=0, le=_MOST_GRAMS)]
# Ledger indices, offsets and sizes: what every JSON reader holds exactly (RFC 8259 §6) and PostgreSQL as bigint.
Count = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
PositiveCount = Annotated[int, Field(strict=True, ge=1, le=2**53 - 1)]
BasisPoints = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Latitude = Annotated[int, Field(strict=True, ge=-90_000_000, le=90_000_000)]
Microdegrees = Annotated[int, Field(strict=True, ge=-180_000_000, le=180_000_000)]


class Part(BaseModel):
    """A value inside an event, and the base of every event's data.

    Frozen, and open for reading: a field this version does not know is ignored, so that a newer writer
    never stops an older reader.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Context(StrEnum):
    """The bounded contexts, each with one topic and one source of events."""

    DROPOFF = "dropoff"
    LOGISTICS = "logistics"
    RECYCLER = "recycler"
    EDUCATION = "education"
    TRACEABILITY = "traceability"
    PARTNER = "partner"
