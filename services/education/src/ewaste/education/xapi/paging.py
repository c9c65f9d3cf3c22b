"""The `more` link: everything that the next page needs, in one opaque word."""

import base64
from typing import Final

from ewaste.contracts.refusal import Refused
from ewaste.education.xapi.model import BAD_REQUEST, PAGE_STATEMENTS, Query
from ewaste.education.xapi.views import Format
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = ["next_page", "read_page"]

_MOST_POSITION: Final = 2**63 - 1


class _Token(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: list[tuple[str, bool]] = Field(max_length=8)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    ascending: bool
    limit: int = Field(ge=1, le=PAGE_STATEMENTS)
    after: int = Field(ge=0, le=_MOST_POSITION)
    format: Format
    attachments: bool


def next_page(query: Query, after: int, wanted: Format, *, attachments: bool) -> str:
    """What the link says of the page that begins after this position."""
    token = _Token(
        keys=[(key.hex(), related) for key, related in query.keys],
        since=query.since,
        until=query.until,
        ascending=query.ascending,
        limit=query.limit,
        after=after,
        format=wanted,
        attachments=attachments,
    )
    return base64.urlsafe_b64encode(token.model_dump_json(exclude_none=True).encode()).rstrip(b"=").decode()


def read_page(word: str) -> tuple[Query, Format, bool]:
    """Raises `Refused` for what no link says. A link holds no rights: whose statements are shown is asked each time."""
    try:
        token = _Token.model_validate_json(base64.urlsafe_b64decode(word.encode() + b"=" * (-len(word) % 4)))
        keys = tuple((bytes.fromhex(key), related) for key, related in token.keys)
    except ValueError:
        raise Refused("more-invalid", "follow a more link unchanged", field="more", status=BAD_REQUEST) from None
    query = Query(keys, token.since, token.until, token.ascending, token.limit, token.after)
    return query, token.format, token.attachments
