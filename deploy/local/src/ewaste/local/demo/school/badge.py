"""The week's last step: somebody who completed the course shows a badge, and it is verified."""

import asyncio
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ewaste.local.demo.services import Services
from ewaste.local.errors import StackFailed

__all__ = ["ShownBadge", "show_badge"]

_BADGE: Final = "application/vc+jwt"
_WAIT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class ShownBadge:
    credential_id: str
    holds: bool
    forged_holds: bool
    """The same badge with another year in it."""
    why: str


async def show_badge(services: Services, finishers: Sequence[str]) -> ShownBadge:
    """The first badge of these learners, as anybody can fetch it, verified as it is and forged."""
    credential_id = await _first_award(services, finishers)
    badge = await services.document(f"education/credentials/{credential_id}")
    forged = _forged(badge)
    verdict = await services.post_document("education/credentials/verify", badge, _BADGE)
    of_forged = await services.post_document("education/credentials/verify", forged, _BADGE)
    return ShownBadge(credential_id, verdict["holds"], of_forged["holds"], of_forged["why"])


async def _first_award(services: Services, finishers: Sequence[str]) -> str:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        for learner_id in finishers[:3]:
            awards: list[Any] = await services.get(f"education/learners/{learner_id}/credentials")
            if awards:
                return str(awards[0]["credential_id"])
        await asyncio.sleep(0.3)
    raise StackFailed(f"nobody got a badge within {_WAIT_SECONDS:.0f} s; see `ewaste logs education`")


def _forged(badge: bytes) -> bytes:
    """Another year under the same signature."""
    header, payload, signature = badge.split(b".")
    said = urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
    return b".".join((header, urlsafe_b64encode(said.replace(b"20", b"19", 1)).rstrip(b"="), signature))
