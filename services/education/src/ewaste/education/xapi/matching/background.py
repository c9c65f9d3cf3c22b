"""Statements that wait become facts as their learners enrol, without anybody asking."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import structlog
from ewaste.education.xapi.matching.handlers import BATCH, Facts, match_ready
from ewaste.runtime.app import Background
from ewaste.runtime.database import Database

__all__ = ["matching_work"]

_log = structlog.get_logger(__name__)
_PAUSE_SECONDS: Final = 30.0


def matching_work(database: Database, facts: Facts) -> Background:
    """Looks every half minute: who enrols after the statement came is rare, and nobody waits for it."""

    async def run() -> None:
        while True:
            async with database.transaction() as tx:
                tried = await match_ready(tx, facts, datetime.now(UTC))
            if tried:
                _log.info("waiting statements tried", statements=tried)
            if tried < BATCH:
                await asyncio.sleep(_PAUSE_SECONDS)

    return Background("xapi-matching", run)
