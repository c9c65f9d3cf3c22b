"""Alive means that what waits is being handled; ready means that nothing is wrong that an operator should know."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from ewaste.runtime.database import Database
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.progress import Progress
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

__all__ = ["Health", "add_health"]

_PING_SECONDS: Final = 3.0


@dataclass
class Health:
    """What is wrong with this process, as sentences."""

    database: Database
    watched: list[Progress] = field(default_factory=list)

    def alive(self) -> list[str]:
        """What a restart may mend: something waits and nothing moves.

        An incident is not among it, or a supervisor would start the process anew, with a new dead-letter limit.
        """
        now = time.monotonic()
        return [complaint for progress in self.watched if (complaint := progress.stuck(now))]

    async def ready(self) -> list[str]:
        """Everything that is wrong, also incidents and whether the database answers."""
        now = time.monotonic()
        complaints = [complaint for progress in self.watched if (complaint := progress.complaint(now))]
        try:
            async with asyncio.timeout(_PING_SECONDS):
                await self.database.ping()
        except Exception as error:
            complaints.append(f"database does not answer: {error!r}")
        return complaints


def add_health(api: FastAPI, health: Health, metrics: Metrics) -> None:
    """`/livez`, `/readyz` and `/metrics`."""

    @api.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        return _answer(health.alive())

    @api.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        return _answer(await health.ready())

    @api.get("/metrics", include_in_schema=False)
    async def read_metrics() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _answer(complaints: list[str]) -> Response:
    return JSONResponse({"ok": not complaints, "complaints": complaints}, 503 if complaints else 200)
