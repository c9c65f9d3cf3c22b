"""How every resource is asked and answered: version header, parameters, errors (Communication 1.2, 3.2, 3.3)."""

import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

from ewaste.contracts.fields import utc_text
from ewaste.contracts.refusal import Refused
from ewaste.education.xapi.model import BAD_REQUEST, VERSION
from ewaste.education.xapi.rules import formats
from ewaste.education.xapi.rules.shape import Check, Invalid
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator

__all__ = [
    "MOST_BYTES",
    "Iri",
    "Timestamp",
    "UuidText",
    "XapiRoute",
    "described_body",
    "has_arrived",
    "problem",
    "read_body",
    "show_consistent_through",
]

MOST_BYTES: Final = 8 * 1_048_576
"""Of one request."""

_VERSION_HEADER: Final = "X-Experience-API-Version"
_THROUGH_HEADER: Final = "X-Experience-API-Consistent-Through"
_UNAUTHENTICATED: Final = 401
_TOO_LARGE: Final = 413
_NOTHING_YET: Final = datetime.fromtimestamp(0, UTC)
_Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]


def _checked(check: Check) -> Callable[[str], str]:
    """A parameter is held to what the same type is held to in a statement (2.2)."""

    def held(value: str) -> str:
        try:
            check(value, "")
        except Invalid as invalid:
            raise ValueError(invalid.message) from None
        return value

    return held


UuidText = Annotated[str, AfterValidator(_checked(formats.uuid))]
Iri = Annotated[str, AfterValidator(_checked(formats.iri))]
Timestamp = Annotated[str, AfterValidator(_checked(formats.timestamp))]


class XapiRoute(APIRoute):
    """Answers 400 where the rest of this service answers 422: the specification's client knows no other word."""

    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()
        versioned = not self.path.endswith("/about")

        async def answer(request: Request) -> Response:
            try:
                if versioned:
                    _check_version(request)
                response = await handle(request)
            except Refused as refusal:
                response = problem(refusal)
            except RequestValidationError as error:
                response = problem(_named(error))
            _add_headers(request, response)
            return response

        return answer


def _check_version(request: Request) -> None:
    found = request.headers.get(_VERSION_HEADER)
    if found is None:
        detail = f"the header {_VERSION_HEADER} is missing; send {_VERSION_HEADER}: {VERSION}"
        raise Refused("version-missing", detail, field=_VERSION_HEADER, status=BAD_REQUEST)
    try:
        formats.version(found, "")
    except Invalid:
        detail = f"{_VERSION_HEADER}: {found[:20]} is not served here; 1.0 and 1.0.x are, see /xAPI/about"
        raise Refused("version-not-served", detail, field=_VERSION_HEADER, status=BAD_REQUEST) from None


def _named(error: RequestValidationError) -> Refused:
    first = error.errors()[0]
    name = str(first["loc"][-1])
    if first["type"] == "extra_forbidden":
        detail = f"{name} is not a parameter here; names are case-sensitive, see /docs"
        return Refused("parameter-unknown", detail, field=name, status=BAD_REQUEST)
    return Refused("parameter-invalid", f"{name}: {first['msg']}", field=name, status=BAD_REQUEST)


def problem(refusal: Refused) -> Response:
    """A refusal as RFC 9457."""
    document: dict[str, Any] = {
        "type": f"urn:ewaste:problem:{refusal.code}",
        "title": refusal.code.replace("-", " ").capitalize(),
        "status": refusal.status,
        "detail": refusal.detail,
        "errors": [{"field": refusal.field, "message": refusal.detail}] if refusal.field else [],
    }
    headers = {_VERSION_HEADER: VERSION}
    headers |= {"WWW-Authenticate": 'Basic realm="xAPI", charset="UTF-8"'} if refusal.status == _UNAUTHENTICATED else {}
    # A parameter may hold half of a surrogate pair; as an escape it can be sent.
    content = json.dumps(document).encode()
    return Response(content, refusal.status, headers, media_type="application/problem+json")


def _add_headers(request: Request, response: Response) -> None:
    response.headers[_VERSION_HEADER] = VERSION
    if request.method in ("GET", "HEAD") and request.url.path.endswith("/statements"):
        through = getattr(request.state, "consistent_through", _NOTHING_YET)
        response.headers[_THROUGH_HEADER] = utc_text(through)
    if request.method == "HEAD":
        response.body = b""


def show_consistent_through(request: Request, through: datetime) -> None:
    """Say until when all statements are visible, also where the answer is an error."""
    request.state.consistent_through = through


async def read_body(request: Request) -> bytes:
    """Raises `Refused` (413) as soon as it is too much."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_BYTES:
            detail = f"more than {MOST_BYTES:,} bytes in one request; send fewer statements at once"
            raise Refused("request-too-large", detail, field="body", status=_TOO_LARGE)
    return bytes(found)


def has_arrived(header: str | None, media_type: str) -> bool:
    """Whether a Content-Type is this media type, whatever its parameters."""
    return (header or "").partition(";")[0].strip().lower() == media_type


def described_body(schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    """For the OpenAPI document of a route that reads the bytes itself."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}
