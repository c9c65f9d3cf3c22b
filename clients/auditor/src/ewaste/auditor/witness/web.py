"""The witness over HTTP, as an ASGI application without a framework: three addresses are all there is.

``POST /add-checkpoint`` is the specification's; ``GET /log/<SHA-256 of the origin>/checkpoint`` gives the last cosigned
checkpoint of a log, for which C2SP has no address yet; ``GET /`` says in Thai and English what was cosigned.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from ewaste.auditor.witness.desk import Desk
from ewaste.auditor.witness.page import html_page, text_page
from ewaste.evidence.notes.witness import SIZE_TYPE, Answer

__all__ = ["Application", "build_application"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
Application = Callable[[_Message, _Receive, _Send], Awaitable[None]]

_MAX_BODY_BYTES: Final = 1_000_000
_BODY_SECONDS: Final = 10
_SHOWN: Final = 300
_log: Final = logging.getLogger(__name__)
_HTML_TYPE: Final = "text/html; charset=utf-8"


class _TooMuch(Exception):
    """The body is longer than any request."""


def build_application(desk: Desk) -> Application:
    """The application that any ASGI server runs; it has to be closed by closing the desk."""

    async def application(scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await _send(send, await _answer(desk, scope, receive), scope["method"] == "HEAD")

    return application


async def _answer(desk: Desk, scope: _Message, receive: _Receive) -> Answer:
    match scope["method"], scope["path"].strip("/").split("/"):
        case "POST", ["add-checkpoint"]:
            return await _add_checkpoint(desk, receive)
        case "GET" | "HEAD", [""]:
            as_html = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
            return Answer(200, html_page(desk), _HTML_TYPE) if as_html else Answer(200, text_page(desk))
        case "GET" | "HEAD", ["log", id, "checkpoint"]:
            return _last(desk, id)
        case _, [""] | ["add-checkpoint"] | ["log", _, "checkpoint"]:
            return Answer(405, "POST /add-checkpoint, GET / or GET /log/<id>/checkpoint\n")
    return Answer(404, "there is /, /add-checkpoint and /log/<id>/checkpoint\n")


async def _add_checkpoint(desk: Desk, receive: _Receive) -> Answer:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await _body(receive)
    except TimeoutError:
        return Answer(408, f"the request did not come within {_BODY_SECONDS} seconds\n")
    except _TooMuch:
        return Answer(400, f"a request has at most {_MAX_BODY_BYTES} bytes\n")
    answer = await asyncio.to_thread(desk.answer, body)
    if answer.status != 200 and answer.content_type != SIZE_TYPE:
        _log.warning("refused with %s: %s", answer.status, answer.body.strip()[:_SHOWN])
    return answer


async def _body(receive: _Receive) -> bytes:
    parts: list[bytes] = []
    more, length = True, 0
    while more:
        message = await receive()
        # Who hung up gets no answer, so what came of the body until then is none.
        parts.append(message.get("body", b""))
        more, length = message.get("more_body", False), length + len(parts[-1])
        if length > _MAX_BODY_BYTES:
            raise _TooMuch
    return b"".join(parts)


def _last(desk: Desk, id: str) -> Answer:
    last = next((memory.last for memory in desk.memories.values() if memory.id == id), None)
    if last is None:
        return Answer(404, "no checkpoint of this log was cosigned here\n")
    return Answer(200, last.note.decode())


async def _send(send: _Send, answer: Answer, without_body: bool) -> None:
    body = answer.body.encode()
    # HTTP/1.1 asks for a field Allow with 405 (RFC 9110 §15.5.6).
    allow = [(b"allow", b"GET, HEAD, POST")] if answer.status == 405 else []
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
        *allow,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if without_body else body})


async def _lifespan(receive: _Receive, send: _Send) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
