"""Alarms in a table: opened once, closed by the look that no longer finds what is wrong."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.model import Alarm, AlarmKind
from ewaste.traceability.storage import Table
from sqlmodel import Field

__all__ = ["LogAlarmRow", "close_others", "listed", "open_alarms", "standing"]

_OPEN: Final = """
INSERT INTO log_alarm AS a (ledger, kind, subject, detail, opened_at)
SELECT $1, kind, subject, detail, $5 FROM unnest($2::text[], $3::text[], $4::text[]) AS t(kind, subject, detail)
ON CONFLICT (ledger, kind, subject) DO UPDATE SET detail = excluded.detail, closed_at = NULL,
    opened_at = CASE WHEN a.closed_at IS NULL THEN a.opened_at ELSE excluded.opened_at END
RETURNING kind, subject, opened_at = $5 AS fresh
"""
_CLOSE: Final = """
UPDATE log_alarm SET closed_at = $4
WHERE ledger = $1 AND kind = $2 AND NOT subject = ANY($3::text[]) AND closed_at IS NULL
"""


class LogAlarmRow(Table, table=True):
    """One thing that was found wrong; nothing is ever deleted."""

    __tablename__: ClassVar[Any] = "log_alarm"

    ledger: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    detail: str
    opened_at: datetime = Field(sa_column=moment(default_now=True))
    closed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


async def open_alarms(tx: Transaction, ledger: Ledger, alarms: Iterable[Alarm], now: datetime) -> list[Alarm]:
    """Open these; gives those that did not stand yet."""
    by_name = {(each.kind.value, each.subject): each for each in alarms}
    if not by_name:
        return []
    kinds, subjects = [kind for kind, _ in by_name], [subject for _, subject in by_name]
    details = [each.detail for each in by_name.values()]
    rows = await (await driver(tx)).fetch(_OPEN, ledger, kinds, subjects, details, now)
    return [by_name[row["kind"], row["subject"]] for row in rows if row["fresh"]]


async def close_others(
    tx: Transaction, ledger: Ledger, kind: AlarmKind, subjects: Collection[str], now: datetime
) -> None:
    """Close what stands of this kind and is not about one of these subjects."""
    await (await driver(tx)).execute(_CLOSE, ledger, kind, list(subjects), now)


async def standing(tx: Transaction, ledger: Ledger) -> list[Alarm]:
    """What is wrong as of now."""
    rows = await (await driver(tx)).fetch(
        "SELECT kind, subject, detail FROM log_alarm WHERE ledger = $1 AND closed_at IS NULL ORDER BY opened_at", ledger
    )
    return [Alarm(AlarmKind(row["kind"]), row["subject"], row["detail"]) for row in rows]


async def listed(tx: Transaction, most: int) -> list[dict[str, Any]]:
    """Every alarm, those that stand first, then the newest."""
    rows = await (await driver(tx)).fetch(
        "SELECT ledger, kind, subject, detail, opened_at, closed_at FROM log_alarm "
        "ORDER BY closed_at IS NOT NULL, opened_at DESC LIMIT $1",
        most,
    )
    return [dict(row) for row in rows]
