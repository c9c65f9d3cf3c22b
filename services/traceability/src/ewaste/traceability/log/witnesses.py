"""Asks witnesses to cosign a checkpoint (C2SP tlog-witness, add-checkpoint): all at once, each from where it is."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import httpx
import structlog
from ewaste.evidence.notes.checkpoints import Checkpoint, HistoryForked, parse_checkpoint
from ewaste.evidence.notes.keys import Cosigned
from ewaste.evidence.notes.note import Note, NoteSignature, open_note, parse_note
from ewaste.evidence.notes.policy import Policy, Trusted
from ewaste.evidence.notes.witness import AddCheckpoint, WitnessBehind, WitnessRefused, read_answer

__all__ = ["Asked", "Prove", "Witnesses"]

_log = structlog.get_logger(__name__)
_GRACE_SECONDS: Final = 0.3
"""For those that answer after the quorum is there: a note with more cosignatures satisfies more readers."""
_TRIES: Final = 3
_UNPROCESSABLE: Final = 422
_CONFLICT: Final = 409

Prove: TypeAlias = Callable[[int], Sequence[bytes]]
"""The consistency proof from a smaller size to the checkpoint's, read from tiles."""


@dataclass
class Asked:
    """What came of asking: cosignatures, how far each witness is now, and why others did not cosign."""

    signatures: list[NoteSignature] = field(default_factory=list)
    cosigned: list[Cosigned] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    forks: dict[str, str] = field(default_factory=dict)
    """Witnesses that hold what is not of our history, by name."""


class Witnesses:
    """The witnesses of a policy. `sizes` is what each cosigned last, as far as we know."""

    def __init__(self, policy: Policy, http: httpx.AsyncClient, timeout_seconds: float) -> None:
        self._policy = policy
        self._http = http
        self._timeout = timeout_seconds
        self._failing: set[str] = set()

    async def ask(self, note: bytes, sizes: Mapping[str, int], prove: Prove, *, everyone: bool = False) -> Asked:
        """Ask all of them; return soon after the quorum is there, or with `everyone` when each has answered or not."""
        parsed = parse_note(note)
        checkpoint = parse_checkpoint(parsed.text)
        asked = Asked()
        tasks = {
            asyncio.create_task(self._ask_one(name, witness, parsed, checkpoint, sizes, prove, asked))
            for name, witness in self._policy.witnesses.items()
        }
        try:
            await self._wait(tasks, asked, everyone)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return asked

    async def _wait(self, tasks: set[asyncio.Task[None]], asked: Asked, everyone: bool) -> None:
        waiting = tasks
        while waiting and (everyone or not self._policy.is_met(asked.cosigned)):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        if waiting:
            await asyncio.wait(waiting, timeout=_GRACE_SECONDS)

    async def _ask_one(
        self,
        name: str,
        witness: Trusted,
        note: Note,
        checkpoint: Checkpoint,
        sizes: Mapping[str, int],
        prove: Prove,
        asked: Asked,
    ) -> None:
        known = min(sizes.get(str(witness.key), 0), checkpoint.size)
        try:
            async with asyncio.timeout(self._timeout):
                lines = await self._converse(witness, note, checkpoint, known, prove)
        except HistoryForked as fork:
            asked.forks[name] = str(fork)
        except (WitnessRefused, WitnessBehind, httpx.HTTPError, TimeoutError) as error:
            asked.failures[name] = str(error) or type(error).__name__
            self._failed(name, checkpoint, asked.failures[name])
        else:
            self._failing.discard(name)
            asked.sizes[str(witness.key)] = checkpoint.size
            asked.signatures += lines
            asked.cosigned += open_note(Note(note.text, lines).to_bytes(), [witness.key])[1]

    def _failed(self, name: str, checkpoint: Checkpoint, why: str) -> None:
        """Once, until it cosigns again: a checkpoint is made every few seconds."""
        if name not in self._failing:
            self._failing.add(name)
            _log.warning(
                "witness did not cosign", origin=checkpoint.origin, witness=name, size=checkpoint.size, why=why
            )

    async def _converse(
        self, witness: Trusted, note: Note, checkpoint: Checkpoint, known: int, prove: Prove
    ) -> tuple[NoteSignature, ...]:
        """Raises WitnessRefused, WitnessBehind after some tries, HistoryForked, httpx.HTTPError."""
        for _ in range(_TRIES):
            try:
                return await self._post(witness, note, checkpoint, known, prove)
            except WitnessBehind as answer:
                known = answer.size
                if known > checkpoint.size:
                    raise HistoryForked(
                        f"it cosigned size {known}, beyond the {checkpoint.size} that this log ever signed"
                    ) from answer
            except WitnessRefused as refused:
                # It remembers another root, or one that ours does not grow from: whatever else it says, we stop.
                if refused.status in (_UNPROCESSABLE, _CONFLICT):
                    raise HistoryForked(str(refused)) from refused
                raise
        raise WitnessBehind(known)

    async def _post(
        self, witness: Trusted, note: Note, checkpoint: Checkpoint, known: int, prove: Prove
    ) -> tuple[NoteSignature, ...]:
        proof = await asyncio.to_thread(prove, known) if 0 < known < checkpoint.size else ()
        request = AddCheckpoint(known, tuple(proof), note.to_bytes())
        answer = await self._http.post(f"{(witness.url or '').rstrip('/')}/add-checkpoint", content=request.to_bytes())
        return read_answer(answer.status_code, answer.content, note, [witness.key])
