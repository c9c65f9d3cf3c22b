"""Statements on their way in, and what is asked for on the way out; decided without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.education.xapi.meaning import digest
from ewaste.education.xapi.mentions import mentions
from ewaste.education.xapi.reading import parse, split
from ewaste.education.xapi.rules.formats import moment
from ewaste.education.xapi.rules.shape import Invalid, Value
from ewaste.education.xapi.rules.statement import VOIDED, check_statement

__all__ = [
    "BAD_REQUEST",
    "FORBIDDEN",
    "PAGE_STATEMENTS",
    "VERSION",
    "Client",
    "Known",
    "Query",
    "Sent",
    "check_new",
    "check_times",
    "check_voiding",
    "key_of",
    "keys_of",
    "person_keys",
    "read_statements",
]

VERSION: Final = "1.0.3"
BAD_REQUEST: Final = 400
FORBIDDEN: Final = 403
PAGE_STATEMENTS: Final = 500
"""The most in one answer, and what `limit=0` means."""

_CLOCK_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Client:
    """A learning system that may send statements, and what it may read."""

    key: str
    home_page: str
    """Names the system in the authority of its statements."""
    reference_prefix: str = ""
    """What stands before an account's name in the reference under which its learners were enrolled."""
    reads_all: bool = False
    """Reads and voids statements of every client, not its own alone."""

    @property
    def authority(self) -> dict[str, Any]:
        return {"objectType": "Agent", "account": {"homePage": self.home_page, "name": self.key}}


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement that was checked, and its text as it was sent."""

    id: UUID
    raw: str
    said: Value = field(repr=False)

    @property
    def verb(self) -> str:
        return str(self.said["verb"]["id"])

    @property
    def voiding(self) -> bool:
        return self.verb == VOIDED

    @property
    def target(self) -> UUID | None:
        """The statement that this one refers to as its object."""
        said = self.said["object"]
        return UUID(said["id"]) if said.get("objectType") == "StatementRef" else None

    @property
    def digest(self) -> bytes:
        return digest(self.said)

    @property
    def version(self) -> str:
        found: str = self.said.get("version", VERSION)
        return "1.0.0" if found == "1.0" else found


@dataclass(frozen=True, slots=True)
class Known:
    """A statement that is stored already, as far as a new one must know it."""

    digest: bytes
    client: str
    voiding: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Which statements; `keys` are those of `keys_of`, each with whether a related mention is enough."""

    keys: tuple[tuple[bytes, bool], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    limit: int = PAGE_STATEMENTS
    after: int | None = None
    """The position of the last statement of the page before."""


def read_statements(body: bytes, fresh_ids: Sequence[UUID], *, single: bool = False) -> list[Sent]:
    """One statement or a batch; one without an id gets a fresh one. Raises `Refused` with index and path."""
    try:
        value = parse(body)
        batch = isinstance(value, list)
        if single and batch:
            raise Invalid("", "PUT stores one statement; POST takes an array")
        said, raws = (value, split(body)) if batch else ([value], [body])
        if len(said) > len(fresh_ids):
            detail = f"{len(said)} statements; send at most {len(fresh_ids)} in one request"
            raise Refused("too-many-statements", detail, status=413)
        for index, one in enumerate(said):
            check_statement(one, str(index) if batch else "")
    except Invalid as invalid:
        raise _invalid(invalid) from None
    ids = [UUID(one["id"]) if "id" in one else fresh for one, fresh in zip(said, fresh_ids, strict=False)]
    _check_once(ids)
    return [Sent(id, raw.decode().strip(), one) for id, raw, one in zip(ids, raws, said, strict=True)]


def _invalid(invalid: Invalid) -> Refused:
    index, _, rest = invalid.path.partition(".")
    where = f"statement {index} of the batch (counted from 0): {rest or 'it'}" if index.isdecimal() else invalid.path
    detail = f"{where} {invalid.message}".strip() + ". Nothing was stored."
    return Refused("statement-invalid", detail, field=invalid.path or "body", status=BAD_REQUEST)


def _check_once(ids: Sequence[UUID]) -> None:
    twice = next((id for id in ids if ids.count(id) > 1), None) if len(set(ids)) < len(ids) else None
    if twice:
        detail = f"statement {ids.index(twice)} of the batch (counted from 0): id {twice} stands twice"
        raise Refused("statement-repeated", f"{detail}. Nothing was stored.", field="id", status=BAD_REQUEST)


def check_times(statements: Sequence[Sent], now: datetime) -> None:
    """Raise `Refused` for a statement from the future, beyond what clocks differ."""
    for index, one in enumerate(statements):
        said = one.said.get("timestamp")
        if said and moment(said) > now + _CLOCK_SKEW:
            detail = f"statement {index}: timestamp {said} is after {now:%Y-%m-%dT%H:%M:%S}Z; check the sender's clock"
            raise Refused("time-in-future", detail, field=f"{index}.timestamp", status=BAD_REQUEST)


def check_new(statements: Sequence[Sent], known: Mapping[UUID, Known]) -> list[Sent]:
    """Those that are not stored yet; raises `Refused` where an id stands for something else: nothing is replaced."""
    for index, one in enumerate(statements):
        if one.id in known and known[one.id].digest != one.digest:
            detail = f"statement {index}: {one.id} is stored with another content and stays; send it under a new id"
            raise Refused("statement-differs", detail, field="id", status=CONFLICT)
    return [one for one in statements if one.id not in known]


def check_voiding(statements: Sequence[Sent], known: Mapping[UUID, Known], client: Client) -> None:
    """Raise `Refused` where a voiding statement would void another one, or a statement of another client."""
    voiding = {one.id for one in statements if one.voiding} | {id for id, one in known.items() if one.voiding}
    for index, one in enumerate(statements):
        if not one.voiding or one.target is None:
            continue
        if one.target in voiding:
            detail = f"statement {index}: {one.target} is itself a voiding statement, which can't be voided"
            raise Refused("voids-a-voiding", detail, field="object.id", status=BAD_REQUEST)
        stored = known.get(one.target)
        if stored and stored.client != client.key and not client.reads_all:
            detail = f"statement {index}: {one.target} is another client's; ask its sender to void it"
            raise Refused("voids-another-clients", detail, field="object.id", status=FORBIDDEN)


def key_of(word: str) -> bytes:
    """What a mention is found by: of one length, however long an IRI is."""
    return sha256(word.encode("utf-8", "surrogatepass")).digest()[:16]


def keys_of(one: Sent, client: Client) -> list[tuple[bytes, bool]]:
    """Every key under which a statement is found, and whether directly."""
    said = mentions({**one.said, "authority": client.authority})
    found = {mention.key: mention.direct for mention in said}
    found |= {f"verb:{one.verb}": True, f"client:{client.key}": True}
    registration = one.said.get("context", {}).get("registration")
    if registration:
        found[f"registration:{registration.lower()}"] = True
    for mention in said:
        found |= dict.fromkeys(person_keys(mention.key, client), True)
    return [(key_of(key), direct) for key, direct in found.items()]


def person_keys(agent: str, client: Client) -> list[str]:
    """What everything about a person is found by when it must be erased: the name of an account, in both its meanings.

    `agent` is an `agent_key`; of an agent without an account there are none.
    """
    if not agent.startswith("agent:account "):
        return []
    name = agent.split(" ", 2)[2]
    return [f"person:{client.reference_prefix}{name}", f"person:{name.lower()}"]
