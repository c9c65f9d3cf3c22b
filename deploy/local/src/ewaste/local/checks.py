"""Is it ready? One question per protocol, asked on the wire so that no driver has to be loaded to ask it."""

import http.client
import socket
import struct
from urllib.parse import SplitResult, urlsplit

__all__ = ["why_not_ready"]

_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
_POSTGRES_3_0 = 196_608


def why_not_ready(url: str, *, timeout_seconds: float = 2.0) -> str | None:
    """None when the part behind `url` takes work, else one line that says what it answered.

    `http://…` wants a status below 300, `kafka://host:port` an answer to ApiVersions, `postgresql://user@host:port`
    the request for a password (before that PostgreSQL answers "starting up").
    """
    parts = urlsplit(url)
    try:
        return _CHECKS[parts.scheme](parts, timeout_seconds)
    except (OSError, http.client.HTTPException, struct.error) as problem:
        return f"{url}: {problem}" if str(problem) else f"{url}: {type(problem).__name__}"


def _http(parts: SplitResult, timeout_seconds: float) -> str | None:
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        body = answer.read(300).decode("utf-8", "replace")
    finally:
        connection.close()
    return None if answer.status < 300 else f"{parts.geturl()} answers {answer.status}: {body}"


def _kafka(parts: SplitResult, timeout_seconds: float) -> str | None:
    with _connect(parts, timeout_seconds) as link:
        link.sendall(_API_VERSIONS)
        _size, _correlation, error = struct.unpack(">iih", _exactly(link, 10))
    return None if error == 0 else f"{parts.geturl()} answers error {error}"


def _postgres(parts: SplitResult, timeout_seconds: float) -> str | None:
    user = (parts.username or "postgres").encode()
    body = struct.pack(">i", _POSTGRES_3_0) + b"user\0" + user + b"\0database\0postgres\0\0"
    with _connect(parts, timeout_seconds) as link:
        link.sendall(struct.pack(">i", len(body) + 4) + body)
        kind, size = struct.unpack(">ci", _exactly(link, 5))
        _exactly(link, size - 4)  # closing with unread bytes would put a reset into the server's log every time
    return None if kind == b"R" else f"{parts.hostname}:{parts.port} is starting up"


def _connect(parts: SplitResult, timeout_seconds: float) -> socket.socket:
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=timeout_seconds)


def _exactly(link: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = link.recv(size - len(received))
        if not chunk:
            raise ConnectionError("closed the connection without an answer")
        received += chunk
    return received


_CHECKS = {"http": _http, "kafka": _kafka, "postgresql": _postgres}
