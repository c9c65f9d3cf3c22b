"""The services as the demo calls them: over HTTP, like a phone, a crew or the municipality."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from ewaste.local.errors import StackFailed

__all__ = ["Services", "connect"]

_AT_ONCE = 16
_PATIENCE_SECONDS = 60.0
_RETRY_SECONDS = 0.3


class Services:
    """One HTTP client; `url` names the service and the path, such as `dropoff/drops`."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    async def get(self, url: str) -> Any:
        """The JSON of the answer; raises StackFailed on any error."""
        return self._checked(await self._patiently("GET", url))

    async def post(self, url: str, body: Any, *, key: str | None = None, known: int | None = None) -> Any:
        """`known` is a status that means it was there already: fine on a second run."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = await self._patiently("POST", url, json=body, headers=headers)
        return None if answer.status_code == known else self._checked(answer)

    async def document(self, url: str) -> bytes:
        """The bytes of the answer, of whatever form; raises StackFailed on any error."""
        answer = await self._patiently("GET", url)
        self._refuse_error(answer)
        return answer.content

    async def post_document(self, url: str, content: bytes, media_type: str) -> Any:
        """Send bytes as they are; the JSON of the answer."""
        return self._checked(await self._patiently("POST", url, content=content, headers={"Content-Type": media_type}))

    async def post_lines(self, url: str, lines: Sequence[Any], *, taken: bool = False) -> None:
        """A bulk request in which every line must be accepted; `taken` lets lines through that were known already."""
        answer = await self.post(url, {"lines": list(lines)})
        for line in answer["lines"]:
            if line["status"] == "refused" and not (taken and line["error"]["code"] == "id-taken"):
                raise StackFailed(f"{url}, line {line['line']}: {line['error']['detail']}")

    async def post_many(self, requests: Sequence[tuple[str, Any, str]], advance: Callable[[], None]) -> list[Any]:
        """Many requests, some at a time; each is url, body and idempotency key."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(url: str, body: Any, key: str) -> Any:
            async with gate:
                answer = await self.post(url, body, key=key)
                advance()
                return answer

        return list(await asyncio.gather(*(one(*request) for request in requests)))

    async def _patiently(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Ask again while the service is away, as a phone on a bad line does: every request here may be repeated."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                answer = await self._client.request(method, self._full(url), **request)
                if answer.status_code < 500 or time.monotonic() > deadline:
                    return answer
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    away = f"{self._full(url)} did not answer for {_PATIENCE_SECONDS:.0f} s ({error!r})"
                    raise StackFailed(f"{away}; see `ewaste status`") from None
            await asyncio.sleep(_RETRY_SECONDS)

    def _full(self, url: str) -> str:
        service, _, path = url.partition("/")
        return f"{self._urls[service]}/{path}"

    @classmethod
    def _checked(cls, answer: httpx.Response) -> Any:
        cls._refuse_error(answer)
        return answer.json() if answer.content else None

    @staticmethod
    def _refuse_error(answer: httpx.Response) -> None:
        if answer.is_error:
            where = f"{answer.request.method} {answer.request.url}"
            raise StackFailed(f"{where} answered {answer.status_code}: {answer.text[:600]}; see `ewaste logs`")


@asynccontextmanager
async def connect(ports: Mapping[str, int]) -> AsyncIterator[Services]:
    """The services on these ports of this machine."""
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    limits = httpx.Limits(max_connections=_AT_ONCE)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        yield Services(client, urls)
