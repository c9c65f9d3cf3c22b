"""The witness at its desk: one request after the other per log, each remembered before it is answered."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from ewaste.auditor.witness.memory import Cosigning, LogMemory, NotRemembered, open_memories
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.notes.keys import NoteKey, NoteSigner
from ewaste.evidence.notes.note import Note, parse_note, parse_signatures
from ewaste.evidence.notes.witness import Answer, answer_add_checkpoint, parse_add_checkpoint
from ewaste.evidence.tiles.disk import Disk

__all__ = ["Desk"]


class _Unable(Exception):
    """The witness can't cosign now, whatever was asked."""


class Desk:
    """Answers add-checkpoint requests; may be asked from many threads. Raises CannotRun at the start.

    ``clock`` gives seconds since 1970. Several keys of one log, as while it changes keys, share one memory.
    """

    def __init__(
        self,
        folder: Path,
        signer: NoteSigner,
        logs: Sequence[NoteKey],
        clock: Callable[[], int],
        disk: Callable[[], Disk] = Disk,
    ) -> None:
        self.key = signer.key
        self._signer, self._logs, self._clock = signer, tuple(logs), clock
        self.memories = open_memories(folder, dict.fromkeys(key.name for key in logs), signer.key, disk)

    def answer(self, body: bytes) -> Answer:
        """The answer to the body of a request; a 200 is on the disk by then, a 503 leaves everything as it was."""
        with ExitStack() as held:

            def latest(origin: str) -> Checkpoint | None:
                # Asked for once the log's signature was verified: what strangers send waits for nobody.
                memory = self.memories[origin]
                held.enter_context(memory.lock)
                _require_able(memory, now)
                return memory.last.checkpoint if memory.last else None

            now = self._clock()
            try:
                answer = answer_add_checkpoint(body, logs=self._logs, latest=latest, cosigner=self._signer, now=now)
                if answer.remember:
                    self._remember(body, answer, answer.remember.origin)
            except (_Unable, NotRemembered) as error:
                return Answer(503, f"{error}\n")
            return answer

    def close(self) -> None:
        """Give the folders up, once no request is being answered any more."""
        for memory in self.memories.values():
            memory.close()

    def _remember(self, body: bytes, answer: Answer, origin: str) -> None:
        note = parse_note(parse_add_checkpoint(body).checkpoint)
        ours = {(key.name, key.key_id) for key in self._logs if key.name == origin}
        # Lines of strangers are left out: up to a hundred could be put under a checkpoint that we serve.
        signed = tuple(each for each in note.signatures if (each.name, each.key_id) in ours)
        kept = Note(note.text, signed).with_signatures(parse_signatures(answer.body))
        self.memories[origin].remember(Cosigning(kept.to_bytes(), self.key))


def _require_able(memory: LogMemory, now: int) -> None:
    if memory.broken:
        raise _Unable(f"{memory.origin}: {memory.broken}")
    # A cosignature says: as of this time, no larger tree was seen (tlog-cosignature). An earlier time would be a lie.
    if memory.last and now < memory.last.time:
        raise _Unable(f"the clock says {now}, and {memory.last.time} was signed already; set the clock right")
