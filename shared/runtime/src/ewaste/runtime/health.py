"""Alive means that the consume loop turns over or has nothing to do; ready means that work can come."""

import time
from dataclasses import dataclass, field

from ewaste.runtime.database import Database
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.progress import Progress
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

__all__ = ["Health", "add_health"]


@dataclass
class Health:
    """What is wrong with this process, as sentences."""

    database: Database
    consumers: list[Progress] = field(default_factory=list)

    def alive(self) -> list[str]:
        """Complaints about the consume loops; empty when all turn over."""
        now = time.monotonic()
        return [complaint for progress in self.consumers if (complaint := progress.complaint(now))]

    async def ready(self) -> list[str]:
        """Also whether the database answers."""
        complaints = self.alive()
        try:
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
