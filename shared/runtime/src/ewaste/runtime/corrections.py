"""What a request to correct a fact says, the same in every service: which fact, why, and what is right instead."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Self, TypeVar
from uuid import UUID

from ewaste.contracts.events.common import CorrectionReason
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from ewaste.runtime.bulk import Input
from pydantic import BaseModel, Field, ValidationError, model_validator

__all__ = ["Correction", "CorrectionInput", "read_replacement", "saying_it_right"]

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Correction:
    """`event_id`, or the latest standing fact `type` about `subject`; `digest` tells replacements apart."""

    event_id: UUID | None
    type: str | None
    subject: str | None
    reason: CorrectionReason
    digest: bytes | None
    """None: the fact did not happen, and nothing replaces it."""


class CorrectionInput(Input):
    """The body of such a request; each service says which `type` it has (`type: Literal[...] | None`)."""

    event_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")] | None = None
    type: str | None = None
    subject: Identifier | None = None
    reason: CorrectionReason
    replacement: dict[str, object] | None = None

    @model_validator(mode="after")
    def _names_one_fact(self) -> Self:
        if (self.event_id is None) != (self.type is not None and self.subject is not None):
            raise ValueError("name the fact by event_id, or by type and subject")
        return self

    def to_correction(self) -> Correction:
        digest = None
        if self.replacement is not None:
            digest = sha256(json.dumps(self.replacement, sort_keys=True).encode()).digest()
        event_id = UUID(self.event_id) if self.event_id else None
        return Correction(event_id, self.type, self.subject, self.reason, digest)


def read_replacement(model: type[M], replacement: dict[str, object]) -> M:
    """What is right, in the body with which such a fact is recorded; raises `Refused` naming the field."""
    try:
        # As JSON, so that a text is a time here just as in the body of the first request.
        return model.model_validate_json(json.dumps(replacement))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = ".".join(("replacement", *map(str, first["loc"])))
        raise Refused("replacement-invalid", first["msg"], field=path) from None


@contextmanager
def saying_it_right() -> Iterator[None]:
    """Recording the replacement may be refused like any request; the field at fault is one of the replacement."""
    try:
        yield
    except Refused as refusal:
        named = refusal.field or ""
        field = named if named.startswith("replacement") else f"replacement.{named}".rstrip(".")
        raise Refused(refusal.code, refusal.detail, field=field, status=refusal.status) from None
