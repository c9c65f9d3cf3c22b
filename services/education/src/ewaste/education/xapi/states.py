"""Use cases of documents of state (Communication 2.2, 2.3, 3.1). The caller owns the transaction."""

import json
from dataclasses import dataclass
from typing import Final

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.xapi.model import BAD_REQUEST
from ewaste.education.xapi.reading import parse
from ewaste.education.xapi.rules.shape import Invalid, Value
from ewaste.education.xapi.storage import states
from ewaste.education.xapi.storage.states import Document, StateOf
from ewaste.runtime.database import Transaction

__all__ = ["Precondition", "merge_state", "put_state", "read_state", "remove_state"]

_PRECONDITION_FAILED: Final = 412
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Precondition:
    """The headers If-Match and If-None-Match of a request."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check(self, stored: Document | None) -> None:
        """Raise `Refused` where the document is not as the sender thinks; it stays as it is."""
        etag = stored.etag if stored else None
        if self.if_match and not _names(self.if_match, etag):
            detail = f"If-Match {self.if_match[:60]} is not the document's ETag {etag or '(there is none)'}"
            raise Refused("document-changed", f"{detail}; read it again", status=_PRECONDITION_FAILED)
        if self.if_none_match and _names(self.if_none_match, etag):
            detail = f"If-None-Match {self.if_none_match[:60]}: the document is there with ETag {etag}"
            raise Refused("document-exists", f"{detail}; read it first", status=_PRECONDITION_FAILED)


def _names(header: str, etag: str | None) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag is not None and ("*" in tags or etag in tags)


async def read_state(tx: Transaction, of: StateOf, state_id: str) -> Document:
    """Raises `Refused`."""
    found = await states.read(tx, of, state_id)
    if found is None:
        raise Refused("state-unknown", "no document under this stateId; PUT makes one", status=NOT_FOUND)
    return found


async def put_state(tx: Transaction, of: StateOf, state_id: str, sent: Document, asked: Precondition) -> None:
    """Store it in place of what is there. Raises `Refused`."""
    asked.check(await states.read(tx, of, state_id, lock=True))
    _check_json(sent)
    await states.save(tx, of, state_id, sent)


async def merge_state(tx: Transaction, of: StateOf, state_id: str, sent: Document, asked: Precondition) -> None:
    """Put the properties of a JSON object over those of the stored one; where none is stored, store it."""
    stored = await states.read(tx, of, state_id, lock=True)
    asked.check(stored)
    _check_json(sent)
    await states.save(tx, of, state_id, _merged(stored, sent) if stored else sent)


async def remove_state(tx: Transaction, of: StateOf, state_id: str, asked: Precondition) -> None:
    """Delete the document, if it is there. Raises `Refused`."""
    asked.check(await states.read(tx, of, state_id, lock=True))
    await states.drop(tx, of, state_id)


def _check_json(sent: Document) -> None:
    if _is_json(sent):
        try:
            parse(sent.content)
        except Invalid as invalid:
            raise Refused("document-invalid", f"{invalid}; nothing was stored", status=BAD_REQUEST) from None


def _is_json(document: Document) -> bool:
    return document.content_type.partition(";")[0].strip().lower() == _JSON


def _merged(stored: Document, sent: Document) -> Document:
    merged = _object(stored, "the stored document") | _object(sent, "what was sent")
    return Document(json.dumps(merged, ensure_ascii=True).encode(), _JSON, sent.updated_at)


def _object(document: Document, named: str) -> dict[str, Value]:
    found = parse(document.content) if _is_json(document) else None
    if not isinstance(found, dict):
        detail = f"{named} is no JSON object (application/json): only those can be merged; PUT replaces a document"
        raise Refused("documents-not-merged", detail, status=BAD_REQUEST)
    return found
