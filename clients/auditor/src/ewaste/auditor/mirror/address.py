"""A log at an address: the files that `mirror` reads, over HTTP."""

from types import TracebackType
from typing import Final, Self

import httpx
from ewaste.auditor.errors import CannotRun

__all__ = ["Address"]

_SECONDS: Final = 60
_TRIES: Final = 3
_MAX_BYTES: Final = 20_000_000
"""More than any bundle has (256 entries of 65,535 bytes); a content is as long as a record may be."""


class Address:
    """Reads files of one log; may be used by many threads at once. Raises `CannotRun` where it can't be reached."""

    def __init__(self, url: str, ledger: str, connections: int) -> None:
        base = url.rstrip("/")
        if not base.startswith(("http://", "https://")):
            raise CannotRun(
                f"{url!r} is no address; write http:// or https:// and the host of the traceability service"
            )
        if not ledger.isalnum():
            raise CannotRun(f"{ledger!r} is no name of a ledger; give custody or learning")
        self.prefix = f"{base}/log/{ledger}"
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.Client(timeout=_SECONDS, limits=limits, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def read(self, path: str) -> bytes | None:
        """The file at this path of the log; None where the log has none (404, 410)."""
        url = f"{self.prefix}/{path}"
        for attempt in range(1, _TRIES + 1):
            try:
                status, content = self._get(url)
            except httpx.HTTPError as error:
                if attempt < _TRIES:
                    continue
                raise _unreachable(url, error) from None
            if status == httpx.codes.OK:
                return content
            if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
                return None
            if attempt == _TRIES or status < httpx.codes.INTERNAL_SERVER_ERROR:
                raise CannotRun(f"{url} answers {status}: check address and ledger, or run the same command again.")
        raise AssertionError("the last try has returned or raised")

    def _get(self, url: str) -> tuple[int, bytes]:
        with self._client.stream("GET", url) as answer:
            parts, length = [], 0
            for part in answer.iter_bytes():
                parts.append(part)
                length += len(part)
                if length > _MAX_BYTES:
                    raise CannotRun(f"{url} has more than {_MAX_BYTES:,} bytes: it is no file of a log.")
            return answer.status_code, b"".join(parts)


def _unreachable(url: str, error: httpx.HTTPError) -> CannotRun:
    reason = str(error) or type(error).__name__
    return CannotRun(f"{url} can't be read: {reason}. Is the service up? Run the same command again.")
