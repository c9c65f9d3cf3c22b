"""The HTTP face that every service shares: problems (RFC 9457), cursor pages, OpenAPI."""

import base64
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, Generic, TypeVar

import structlog
from ewaste.contracts.refusal import Refused
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from fastapi_problem.error import Problem
from fastapi_problem.handler import ExceptionHandler, add_exception_handler, new_exception_handler
from pydantic import BaseModel, TypeAdapter

__all__ = ["FieldError", "Page", "ProblemDocument", "build_api", "page", "read_cursor"]

_log = structlog.get_logger(__name__)
_PROBLEMS: Final = "urn:ewaste:problem:{type}"
T = TypeVar("T")
Row = TypeVar("Row")


class Page(BaseModel, Generic[T]):
    """Some of the results; ask again with `cursor=next_cursor` while it is not null."""

    items: list[T]
    next_cursor: str | None


class FieldError(BaseModel):
    field: str
    """Dotted path of the input at fault."""
    message: str


class ProblemDocument(BaseModel):
    """What went wrong, in the form of RFC 9457."""

    type: str
    """A stable word for machines, as `urn:ewaste:problem:<word>`."""
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] = []


def page(rows: Sequence[Row], limit: int, item: Callable[[Row], T], key: Callable[[Row], object]) -> Page[T]:
    """A page from `limit + 1` rows; `key` is what the next page starts after."""
    shown = rows[:limit]
    more = len(rows) > limit
    cursor = base64.urlsafe_b64encode(json.dumps(key(shown[-1])).encode()).decode() if more else None
    return Page(items=[item(row) for row in shown], next_cursor=cursor)


_adapter = cache(TypeAdapter[Any])


def read_cursor(cursor: str | None, kind: Any = Any) -> Any:
    """What the cursor's page starts after, None for the first page; raises `Refused`.

    `kind` is the type of the page's `key`: a made-up cursor never reaches the database.
    """
    if cursor is None:
        return None
    try:
        return _adapter(kind).validate_json(base64.urlsafe_b64decode(cursor.encode()))
    except ValueError:
        raise Refused("cursor-invalid", "use next_cursor of the page before, unchanged", field="cursor") from None


def build_api(title: str, description: str) -> FastAPI:
    """A FastAPI application whose every error is a problem document that names the field at fault."""
    # The documentation's script and style come from here: a page never loads anything from elsewhere.
    api = FastAPIOffline(docs_url="/docs", redoc_url=None, title=title, description=description, version="1")
    handler = new_exception_handler(
        handlers={Refused: _refused, Exception: _unexpected},
        request_validation_handler=_invalid,
        documentation_uri_template=_PROBLEMS,
    )
    # The general handler must come last: handlers are tried in order.
    handler.handlers[Exception] = handler.handlers.pop(Exception)
    add_exception_handler(api, handler)
    api.add_exception_handler(Refused, handler)
    api.openapi = lambda: _with_problems(FastAPI.openapi(api))  # type: ignore[method-assign]
    return api


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the problems that are really sent, in place of the framework's own error shapes."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["Problem"].pop("$defs", {})
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operation in (one for path in document["paths"].values() for one in path.values()):
        operation["responses"].pop("422", None)
        operation["responses"] |= {
            "4XX": {"description": "Refused: what is wrong and what to do next", "content": content},
            "5XX": {"description": "Failed: nothing was stored", "content": content},
        }
    return document


def _refused(_handler: ExceptionHandler, _request: Request, error: Refused) -> Problem:
    extras: dict[str, Any] = {"errors": [{"field": error.field, "message": error.detail}]} if error.field else {}
    title = error.code.replace("-", " ").capitalize()
    return Problem(title, type_=error.code, detail=error.detail, status=error.status, **extras)


def _invalid(_handler: ExceptionHandler, _request: Request, error: RequestValidationError) -> Problem:
    errors = [
        {"field": ".".join(str(part) for part in one["loc"] if part != "body") or "body", "message": one["msg"]}
        for one in error.errors()
    ]
    named = ", ".join(one["field"] for one in errors[:5])
    return Problem(
        "The request is not valid", type_="request-invalid", detail=f"Correct: {named}", status=422, errors=errors
    )


def _unexpected(_handler: ExceptionHandler, request: Request, error: Exception) -> Problem:
    _log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return Problem(
        "Something failed on our side",
        type_="internal-error",
        detail="Nothing was stored. Try again with the same Idempotency-Key; the service's log has the reason.",
        status=500,
    )
