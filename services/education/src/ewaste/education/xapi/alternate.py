"""The alternate request syntax (Communication 1.3): a form that stands for a whole request.

Browsers that could neither send headers nor PUT across origins used it; clients of xAPI 1.0.x still may.
"""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from ewaste.contracts.refusal import Refused
from ewaste.education.xapi.model import BAD_REQUEST
from ewaste.education.xapi.routes import has_arrived, problem, read_body
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["AlternateSyntax", "translated"]

_FORM: Final = "application/x-www-form-urlencoded"
_METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
_HEADERS: Final = frozenset(
    {
        "authorization",
        "x-experience-api-version",
        "content-type",
        "if-match",
        "if-none-match",
        "accept-language",
        "accept",
    }
)
_IGNORED: Final = frozenset({"content-length"})
_MOST_FIELDS: Final = 100


class AlternateSyntax:
    """Turns `POST …?method=PUT` with a form into the request that it stands for, before it is routed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not _asks(scope):
            return await self._app(scope, receive, send)
        request = Request(scope, receive)
        try:
            if not has_arrived(request.headers.get("content-type"), _FORM):
                detail = f"the parameter method belongs to a form; send Content-Type: {_FORM}"
                raise Refused("not-a-form", detail, field="Content-Type", status=BAD_REQUEST)
            meant, body = translated(scope, await read_body(request))
        except Refused as refusal:
            return await problem(refusal)(scope, receive, send)
        return await self._app(meant, _once(body), send)


def _asks(scope: Scope) -> bool:
    return "/xAPI/" in scope["path"] and any(name == "method" for name, _ in _parameters(scope))


def _parameters(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def translated(scope: Scope, form: bytes) -> tuple[dict[str, Any], bytes]:
    """The request that a form stands for, and its body. Raises `Refused`."""
    asked = _parameters(scope)
    if len(asked) != 1 or asked[0][1] not in _METHODS:
        detail = f"in this syntax the address has the one parameter method ({', '.join(sorted(_METHODS))})"
        raise Refused("alternate-syntax-invalid", f"{detail}; everything else stands in the form", field="method",
                      status=BAD_REQUEST)  # fmt: skip
    try:
        fields = parse_qsl(form.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused("alternate-syntax-invalid", "the form can't be read", field="body", status=BAD_REQUEST) from None
    replaced = _HEADERS | _IGNORED
    headers = [(name, value) for name, value in scope["headers"] if name.decode("latin-1").lower() not in replaced]
    given = {name.lower(): value for name, value in fields if name.lower() in _HEADERS}
    body = next((value for name, value in fields if name == "content"), "").encode()
    if body:
        given.setdefault("content-type", "application/json")
    headers += [(name.encode(), value.encode("latin-1", "replace")) for name, value in given.items()]
    rest = [(n, v) for n, v in fields if n != "content" and n.lower() not in _HEADERS | _IGNORED]
    return {**scope, "method": asked[0][1], "headers": headers, "query_string": urlencode(rest).encode()}, body


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
