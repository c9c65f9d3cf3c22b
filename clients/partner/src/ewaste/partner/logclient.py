"""What the traceability service says over HTTP of a record: its receipt, not yet, or never heard of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

__all__ = ["Answer", "LogClient", "LogNotReachable"]

_SECONDS: Final = 30
_MAX_BYTES: Final = 2_000_000
_NOT_YET: Final = frozenset({409, 503})


class LogNotReachable(Exception):
    """The service can't be asked; the message says what to do. Run again: what is stored stays."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`receipt` is None where there is none yet (`is_pending`) or the log does not know the record; `said` tells."""

    receipt: bytes | None
    is_pending: bool = False
    said: str = ""


class LogClient:
    """One log of one traceability service, such as ``https://trace.example``. May be asked from many threads."""

    def __init__(self, url: str, ledger: str = "custody") -> None:
        self._base = f"{url.rstrip('/')}/log/{ledger}"

    def receipt(self, topic: str, partition: int, offset: int) -> Answer:
        """What the service gives for this record. Raises LogNotReachable."""
        wanted = urlencode({"topic": topic, "partition": partition, "offset": offset})
        try:
            return Answer(self._get(f"receipts?{wanted}"))
        except HTTPError as error:
            if error.code in _NOT_YET or error.code == 404:
                return Answer(None, error.code in _NOT_YET, _detail(error))
            raise LogNotReachable(f"{error.url} answers {error.code}: {_detail(error)}") from None

    def _get(self, path: str) -> bytes:
        url = f"{self._base}/{path}"
        try:
            with urlopen(url, timeout=_SECONDS) as answer:
                content: bytes = answer.read(_MAX_BYTES)
        except HTTPError:
            raise
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise LogNotReachable(f"{url} can't be read: {reason}; check --url, then run it again") from None
        return content


def _detail(error: HTTPError) -> str:
    try:
        told: Mapping[str, object] = json.loads(error.read(10_000))
        return str(told["detail"])
    except (ValueError, TypeError, KeyError, OSError, HTTPException):
        return "no reason given; check --url"
