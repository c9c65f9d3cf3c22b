"""The witness at its desk: one request after the other per log, each remembered before it is answered."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ewaste.auditor.witness.memory import Cosigning, LogMemory, NotRemembered, open_memories
from ewaste.evidence.notes.checkpoints import Checkpoint, CheckpointError, parse_checkpoint
from ewaste.evidence.notes.keys import NoteKey, NoteSigner
from ewaste.evidence.notes.note import Note, NoteError, parse_note, parse_signatures
from ewaste.evidence.notes.witness import SIZE_TYPE, Answer, RequestError, answer_add_checkpoint, parse_add_checkpoint
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
        memory = self.memories.get(_origin_of(body) or "")
        if memory is None:
            return self._judged(body, None, self._clock())
        # One after the other, the clock read inside: times then never go back.
        with memory.lock:
            now = self._clock()
            try:
                _require_able(memory, now)
                answer = self._judged(body, memory, now)
                if answer.remember:
                    memory.remember(self._cosigning(body, answer, memory.origin))
            except (_Unable, NotRemembered) as error:
                return Answer(503, f"{error}\n")
            if _contradicts(answer):
                memory.keep_refused(body)
            return answer

    def close(self) -> None:
        """Give the folders up, once no request is being answered any more."""
        for memory in self.memories.values():
            memory.close()

    def _judged(self, body: bytes, memory: LogMemory | None, now: int) -> Answer:
        def latest(_: str) -> Checkpoint | None:
            return memory.last.checkpoint if memory and memory.last else None

        return answer_add_checkpoint(body, logs=self._logs, latest=latest, cosigner=self._signer, now=now)

    def _cosigning(self, body: bytes, answer: Answer, origin: str) -> Cosigning:
        note = parse_note(parse_add_checkpoint(body).checkpoint)
        ours = {(key.name, key.key_id) for key in self._logs if key.name == origin}
        # Lines of strangers are left out: up to a hundred could be put under a checkpoint that we serve.
        signed = tuple(each for each in note.signatures if (each.name, each.key_id) in ours)
        kept = Note(note.text, signed).with_signatures(parse_signatures(answer.body))
        return Cosigning(kept.to_bytes(), self.key)


def _origin_of(body: bytes) -> str | None:
    """The log that a request is about, nothing verified; None where it is no request."""
    try:
        return parse_checkpoint(parse_note(parse_add_checkpoint(body).checkpoint).text).origin
    except (RequestError, NoteError, CheckpointError):
        return None


def _contradicts(answer: Answer) -> bool:
    """Another root at a size that was cosigned, or a checkpoint whose proof does not lead there."""
    return answer.status == 422 or (answer.status == 409 and answer.content_type != SIZE_TYPE)


def _require_able(memory: LogMemory, now: int) -> None:
    if memory.broken:
        raise _Unable(f"{memory.origin}: {memory.broken}")
    # A cosignature says: as of this time, no larger tree was seen (tlog-cosignature). An earlier time would be a lie.
    if memory.last and now < memory.last.time:
        raise _Unable(f"the clock says {now}, and {memory.last.time} was signed already; set the clock right")
