"""Cells as text, safe for spreadsheets."""

from datetime import datetime
from typing import Final

from ewaste.contracts.fields import utc_text
from ewaste.evidence.registers.columns import Kind, Value
from ewaste.evidence.registers.period import BANGKOK

__all__ = ["SEPARATOR", "in_bangkok", "is_dangerous", "json_value", "plain_text", "safe_text"]

SEPARATOR: Final = ";"
# What spreadsheets take for the beginning of a formula, also behind white space they drop and in full width; and the
# apostrophe itself, so that what was put in front can be told from what was there.
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet might run this text instead of showing it (OWASP: CSV injection)."""
    return text.startswith(_DANGEROUS)


def safe_text(text: str) -> str:
    """With an apostrophe in front where it is dangerous; take one away to have the text again."""
    return "'" + text if is_dangerous(text) else text


def in_bangkok(moment: datetime) -> datetime:
    """What a clock in Thailand shows, without an offset."""
    return moment.astimezone(BANGKOK).replace(tzinfo=None)


def plain_text(kind: Kind, value: Value) -> str:
    """A cell of a text format; not yet safe for spreadsheets. None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return utc_text(value) if kind is Kind.MOMENT else in_bangkok(value).isoformat(" ")
    if isinstance(value, tuple):
        return SEPARATOR.join(str(each) for each in value)
    return str(value)


def json_value(kind: Kind, value: Value) -> object:
    """A cell as JSON has it: numbers, booleans, lists and null stay what they are."""
    if isinstance(value, datetime):
        return utc_text(value) if kind is Kind.MOMENT else value.astimezone(BANGKOK).isoformat()
    return value
