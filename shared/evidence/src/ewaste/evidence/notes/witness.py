"""The C2SP tlog-witness protocol, without network, clock or file: what a log asks, and what a witness answers.

A witness remembers, per log, the last checkpoint that it cosigned, and cosigns only what grew from it. So it never
cosigns two histories of one log.
"""

from collections.abc import Callable, Sequence

import msgspec
from ewaste.evidence.ledger.merkle import EMPTY_ROOT, HASH_BYTES, ProofError, verify_consistency
from ewaste.evidence.notes.checkpoints import Checkpoint, CheckpointError, open_checkpoint, parse_checkpoint, parse_size
from ewaste.evidence.notes.keys import KeyKind, NoteKey, NoteSigner, decode_base64, encode_base64
from ewaste.evidence.notes.note import Note, NoteError, NoteSignature, open_note, parse_note, parse_signatures

__all__ = [
    "SIZE_TYPE",
    "AddCheckpoint",
    "Answer",
    "RequestError",
    "WitnessBehind",
    "WitnessRefused",
    "answer_add_checkpoint",
    "parse_add_checkpoint",
    "read_answer",
]

SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"

_MAX_PROOF_LINES = 63
_MAX_BYTES = 1_000_000


class RequestError(ValueError):
    """The body is no add-checkpoint request: answered with 400."""


class WitnessBehind(Exception):
    """The witness last cosigned another size: ask again with a proof from ``size``. Beyond our own size: a fork."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness last cosigned size {size}")
        self.size = size


class WitnessRefused(Exception):
    """The witness did not cosign, or its answer proves nothing: go on without it if the policy allows, and look why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the witness answered {status}: {message}")
        self.status = status


class AddCheckpoint(msgspec.Struct, frozen=True):
    """A request: the size that the witness cosigned last, the proof from there, and the signed checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """The body of ``POST <submission prefix>/add-checkpoint``."""
        lines = [f"old {self.old_size}", *map(encode_base64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


class Answer(msgspec.Struct, frozen=True):
    """What a witness answers; ``remember`` must be stored, on disk, before the answer leaves the house."""

    status: int
    body: str
    content_type: str = TEXT_TYPE
    remember: Checkpoint | None = None


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """The request of a body. Raises RequestError for anything but the one spelling."""
    if len(body) > _MAX_BYTES:
        raise RequestError(f"a request of {len(body)} bytes is too long; {_MAX_BYTES} is the most")
    head, parted, checkpoint = body.partition(b"\n\n")
    if not parted:
        raise RequestError("an empty line parts the proof from the checkpoint; there is none")
    try:
        first, *proof = head.decode("ascii").split("\n")
        if not first.startswith("old "):
            raise RequestError("the first line says old and a size")
        request = AddCheckpoint(parse_size(first[4:]), tuple(map(decode_base64, proof)), checkpoint)
    except ValueError as error:
        raise RequestError(str(error)) from error
    if len(proof) > _MAX_PROOF_LINES or any(len(each) != HASH_BYTES for each in request.proof):
        raise RequestError(f"a proof has at most {_MAX_PROOF_LINES} lines of {HASH_BYTES} bytes each")
    return request


def answer_add_checkpoint(
    body: bytes,
    *,
    logs: Sequence[NoteKey],
    latest: Callable[[str], Checkpoint | None],
    cosigner: NoteSigner,
    now: int,
) -> Answer:
    """What a witness answers (tlog-witness, add-checkpoint), with statuses 200, 400, 403, 404, 409 or 422.

    ``logs`` are the keys it trusts, named as their origins; ``latest`` gives what it remembers of an origin; ``now`` is
    in seconds since 1970. The caller must let no other request for the same log in between ``latest`` and the storing
    of ``remember``.
    """
    try:
        request = parse_add_checkpoint(body)
        checkpoint = parse_checkpoint(parse_note(request.checkpoint).text)
    except (RequestError, NoteError, CheckpointError) as error:
        return _refusal(400, str(error))
    if all(key.name != checkpoint.origin for key in logs):
        return _refusal(404, f"the log {checkpoint.origin} is not known here")
    try:
        open_checkpoint(request.checkpoint, logs)
    except NoteError as error:
        return _refusal(403, str(error))
    if request.old_size > checkpoint.size:
        return _refusal(400, f"old size {request.old_size} is beyond the checkpoint's {checkpoint.size}")
    known = latest(checkpoint.origin) or Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
    return _conflict(request, checkpoint, known) or _cosigned(checkpoint, request.checkpoint, cosigner, now)


def read_answer(status: int, body: bytes, checkpoint: Note, keys: Sequence[NoteKey]) -> tuple[NoteSignature, ...]:
    """The cosignatures of these witness keys over our checkpoint, verified; what others signed is left out.

    Raises WitnessBehind for a 409 with a size; WitnessRefused for any other refusal, or where nothing verifies.
    """
    if status == 409:
        try:
            raise WitnessBehind(parse_size(body.decode().removesuffix("\n")))
        except ValueError as error:
            raise WitnessRefused(status, _shortened(body)) from error
    if status != 200:
        raise WitnessRefused(status, _shortened(body))
    trusted = [key for key in keys if key.kind is KeyKind.COSIGNATURE]
    try:
        lines = parse_signatures(body.decode())
        _, signed = open_note(Note(checkpoint.text, lines).to_bytes(), trusted)
    except ValueError as error:
        raise WitnessRefused(status, str(error)) from error
    valid = {(each.key.name, each.key.key_id) for each in signed}
    return Note("", ()).with_signatures(each for each in lines if (each.name, each.key_id) in valid).signatures


def _conflict(request: AddCheckpoint, checkpoint: Checkpoint, known: Checkpoint) -> Answer | None:
    if request.old_size != known.size:
        return Answer(409, f"{known.size}\n", SIZE_TYPE)
    if checkpoint.size == known.size and checkpoint.root != known.root:
        return _refusal(409, f"another root was cosigned for size {known.size}: {known.root.hex()}")
    try:
        _require_growth(request, checkpoint, known)
    except ProofError as error:
        return _refusal(422, str(error))
    return None


def _require_growth(request: AddCheckpoint, checkpoint: Checkpoint, known: Checkpoint) -> None:
    if known.size == 0:
        if request.proof:
            raise ProofError("the proof from size 0 is empty")
        return
    verify_consistency(known.size, checkpoint.size, request.proof, known.root, checkpoint.root)


def _cosigned(checkpoint: Checkpoint, note: bytes, cosigner: NoteSigner, now: int) -> Answer:
    signature = cosigner.sign(parse_note(note).text, now)
    line = NoteSignature(cosigner.key.name, cosigner.key.key_id, signature).line()
    return Answer(200, line, remember=checkpoint)


def _refusal(status: int, message: str) -> Answer:
    return Answer(status, f"{message}\n")


def _shortened(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace").strip()
