"""The newest segments in memory, so that a projection that keeps up reads nothing back.

A hint only: whoever is behind, restarted or in another process reads the ledger's table.
"""

import asyncio
from collections import deque

from ewaste.traceability.ledger.model import Segment

__all__ = ["Feed"]


class Feed:
    """Holds at most `most` committed segments."""

    def __init__(self, most: int = 16) -> None:
        self._segments: deque[Segment] = deque(maxlen=most)
        self._grown = asyncio.Event()

    def offer(self, segment: Segment) -> None:
        """A segment was committed."""
        self._segments.append(segment)
        self._grown.set()

    def take(self, size: int) -> Segment | None:
        """The segment that starts at `size`; older ones are dropped."""
        while self._segments and self._segments[0].start < size:
            self._segments.popleft()
        if self._segments and self._segments[0].start == size:
            return self._segments.popleft()
        return None

    async def wait(self, seconds: float) -> None:
        """Until something was offered, `seconds` at most."""
        self._grown.clear()
        if self._segments:
            return
        try:
            await asyncio.wait_for(self._grown.wait(), seconds)
        except TimeoutError:
            return
