"""Attests the read models: at once when asked, and once a day while the ledger grows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from ewaste.contracts.events.traceability import ReadModelAttested
from ewaste.evidence.replay.code import code_digest
from ewaste.evidence.replay.digest import State
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.traceability.attest import storage
from ewaste.traceability.custody import storage as custody

__all__ = ["Attester", "snapshot_of"]

_log = structlog.get_logger(__name__)
_LOOK_EVERY_SECONDS: Final = 60.0
_OWN_WORD: Final = 2
"""An attestation and a sealed archive are themselves records: they alone are no reason for the next."""


@asynccontextmanager
async def snapshot_of(database: Database) -> AsyncIterator[Transaction]:
    """A transaction that sees one moment of the database, whatever is written meanwhile."""
    async with database.transaction() as tx:
        await tx.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield tx


@dataclass(frozen=True, slots=True)
class Attester:
    """Tells what the read models hold; `every` zero: only when asked."""

    database: Database
    outbox: Outbox
    origin: str
    every: timedelta

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            due = self.every and await self._is_due(datetime.now(UTC))
            if due and (state := await self.attest(datetime.now(UTC))):
                _log.info("read models attested", size=state.size, state_digest=state.digest)
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def attest(self, now: datetime) -> State | None:
        """Tell the state of the read models; None while there is none. The same size is told once."""
        async with snapshot_of(self.database) as tx:
            state = await storage.read_state(tx)
        if state is None:
            return None
        async with self.database.transaction() as tx:
            if await storage.save(tx, state, code_digest(), now):
                await self.outbox.add(tx, Fact(self._told(state), now))
        return state

    async def _is_due(self, now: datetime) -> bool:
        async with self.database.transaction() as tx:
            last = await storage.newest(tx)
            since = last[1] if last else await storage.began_at(tx)
            position = await custody.position(tx, "custody")
        grown = position - (last[0] if last else 0)
        return since is not None and now - since >= self.every and grown > _OWN_WORD

    def _told(self, state: State) -> ReadModelAttested:
        return ReadModelAttested(
            origin=self.origin,
            size=state.size,
            root=state.root.hex(),
            state_digest=state.digest,
            code_digest=code_digest(),
            models=state.models,
        )
