"""Checkpoints: signed, stored, cosigned, stored, published, told; each step may be the last before a crash.

What is stored is used again, so that whoever saw a note before a crash sees the same bytes after it.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog
from ewaste.contracts.events.traceability import CheckpointPublished
from ewaste.evidence.ledger.merkle import EMPTY_ROOT
from ewaste.evidence.notes.checkpoints import Checkpoint, HistoryForked, guard_history, sign_checkpoint
from ewaste.evidence.notes.keys import NoteSigner
from ewaste.evidence.notes.note import parse_note
from ewaste.evidence.notes.policy import Policy
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import storage
from ewaste.traceability.log.folder import Follower
from ewaste.traceability.log.model import Cadence
from ewaste.traceability.log.storage import Signed
from ewaste.traceability.log.witnesses import Asked, Witnesses

__all__ = ["Published", "Publisher", "QuorumAwaited"]

_log = structlog.get_logger(__name__)


class QuorumAwaited(Exception):
    """Too few witnesses cosigned: readers see the checkpoint before this one until they do. Ask again later."""


@dataclass(frozen=True, slots=True)
class Published:
    """What readers see now."""

    size: int
    cosigned_by: tuple[str, ...]


class Publisher:
    """Signs and publishes the checkpoints of one log. Call `guard` before the first `turn`."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        follower: Follower,
        signers: list[NoteSigner],
        policy: Policy,
        witnesses: Witnesses,
        outbox: Outbox,
        cadence: Cadence,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._follower = follower
        self._signers = signers
        self._policy = policy
        self._witnesses = witnesses
        self._outbox = outbox
        self._cadence = cadence

    async def guard(self) -> None:
        """Hold what we signed, and what each witness within reach cosigned, to our tiles; sign nothing before.

        Needs tiles up to the last checkpoint signed. Raises HistoryForked. Shows witnesses the last note once more, or
        the empty tree's, which is a prefix of every history: who is beyond it answers with a size.
        """
        async with self._database.transaction() as tx:
            await storage.keep_keys(tx, self._ledger, [str(signer.key) for signer in self._signers])
            last = await storage.newest(tx, self._ledger)
            sizes = await storage.witness_sizes(tx, self._ledger)
        if last is None:
            empty = Checkpoint(self._origin, 0, EMPTY_ROOT)
            note = sign_checkpoint(empty, self._signers).to_bytes()
        else:
            seen = Checkpoint(self._origin, last.size, last.root)
            await asyncio.to_thread(guard_history, [seen], self._follower.head.size, self._follower.tree().root)
            note = last.note
        await self._ask(note, sizes, last.size if last else 0, everyone=True)
        await self._put_back()

    async def turn(self, now: datetime) -> Published | None:
        """One checkpoint, up to what the tiles hold; None where readers see all of it already.

        Raises QuorumAwaited, HistoryForked.
        """
        signed = await self._signed()
        if signed is None or signed.published_at is not None:
            return None
        cosigned = signed.cosigned or await self._cosigned(signed)
        if await self._follower.published() != cosigned:
            await self._follower.publish(cosigned)
        await self._note_published(signed, now)
        found = self._policy_of(cosigned)
        _log.info("checkpoint published", ledger=self._ledger, size=signed.size, cosigned_by=found)
        return Published(signed.size, found)

    async def _put_back(self) -> None:
        """Show readers the last checkpoint again where the folder was made anew from the ledger."""
        async with self._database.transaction() as tx:
            note = await storage.newest_cosigned(tx, self._ledger)
        if note is not None and await self._follower.published() is None:
            await self._follower.publish(note)

    @property
    def _origin(self) -> str:
        return self._follower.head.origin

    async def _signed(self) -> Signed | None:
        """The note for all that the tiles hold; signed and stored where there is none."""
        head = self._follower.head
        async with self._database.transaction() as tx:
            last = await storage.newest(tx, self._ledger)
            if head.size > (last.size if last else 0):
                note = sign_checkpoint(head, self._signers).to_bytes()
                await storage.keep_signed(tx, self._ledger, head, note)
                last = await storage.newest(tx, self._ledger)
        if last is not None and last.size == head.size and last.root != head.root:
            raise HistoryForked(f"size {head.size} was signed with another root before")
        return last

    async def _cosigned(self, signed: Signed) -> bytes:
        """The note with its quorum, stored."""
        async with self._database.transaction() as tx:
            sizes = await storage.witness_sizes(tx, self._ledger)
        asked = await self._ask(signed.note, sizes, signed.size)
        if not self._policy.is_met(asked.cosigned):
            why = "; ".join(f"{name}: {reason}" for name, reason in asked.failures.items())
            raise QuorumAwaited(f"size {signed.size} waits for its quorum: {why or 'no witness answered'}")
        cosigned = parse_note(signed.note).with_signatures(asked.signatures).to_bytes()
        async with self._database.transaction() as tx:
            await storage.keep_cosigned(tx, self._ledger, signed.size, cosigned)
        return cosigned

    async def _ask(self, note: bytes, sizes: dict[str, int], size: int, *, everyone: bool = False) -> Asked:
        tree = self._follower.tree()
        asked = await self._witnesses.ask(
            note, sizes, lambda known: tree.consistency_proof(known, size), everyone=everyone
        )
        if asked.sizes:
            async with self._database.transaction() as tx:
                await storage.keep_witness(tx, self._ledger, asked.sizes)
        if asked.forks:
            raise HistoryForked("; ".join(f"witness {name}: {why}" for name, why in asked.forks.items()))
        return asked

    async def _note_published(self, signed: Signed, now: datetime) -> None:
        async with self._database.transaction() as tx:
            since = await storage.telling(tx, self._ledger)
            await storage.mark_published(tx, self._ledger, signed.size, now)
            if since is None or not self._cadence.is_worth_telling(
                signed.size - since.size, since.told, (now - since.at).total_seconds()
            ):
                return
            fact = CheckpointPublished(origin=self._origin, size=signed.size, root=signed.root.hex())
            await self._outbox.add(tx, Fact(fact, now))
            await storage.mark_told(tx, self._ledger, signed.size, now)

    def _policy_of(self, cosigned: bytes) -> tuple[str, ...]:
        names = {each.name for each in parse_note(cosigned).signatures[len(self._signers) :]}
        return tuple(sorted(names))
