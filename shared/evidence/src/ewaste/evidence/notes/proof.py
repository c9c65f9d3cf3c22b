"""Receipts in the C2SP tlog-proof format: an entry's place in a log, shown to anyone, without asking anyone."""

import msgspec
from ewaste.evidence.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from ewaste.evidence.notes.checkpoints import OpenCheckpoint, parse_size
from ewaste.evidence.notes.keys import decode_base64, encode_base64
from ewaste.evidence.notes.note import parse_note
from ewaste.evidence.notes.policy import Policy

__all__ = ["FILE_SUFFIX", "Receipt", "ReceiptError", "check_receipt", "parse_receipt"]

FILE_SUFFIX = ".tlog-proof"

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_MAX_PROOF_LINES = 63
_MAX_BYTES = 2_000_000


class ReceiptError(ValueError):
    """The bytes are no receipt: ask for it again."""


class Receipt(msgspec.Struct, frozen=True):
    """An index, the audit path from there, lowest node first, and the signed checkpoint, byte for byte.

    ``extra`` is anything that the giver added. It is not signed: believe nothing in it.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """The receipt as a file. Raises ReceiptError where it could not be read back."""
        lines = [_FIRST_LINE, f"index {self.index}", *map(encode_base64, self.proof), "", ""]
        if self.extra is not None:
            lines.insert(1, f"extra {encode_base64(self.extra)}")
        receipt = "\n".join(lines).encode() + self.checkpoint
        if parse_receipt(receipt) != self:
            raise ReceiptError("these parts make no receipt")
        return receipt


def parse_receipt(content: bytes) -> Receipt:
    """The receipt of a file, nothing verified. Raises ReceiptError for anything but the one spelling."""
    if len(content) > _MAX_BYTES:
        raise ReceiptError(f"a receipt of {len(content)} bytes is too long; {_MAX_BYTES} is the most")
    head, parted, checkpoint = content.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        if not parted or first != _FIRST_LINE:
            raise ReceiptError(f"a receipt starts with {_FIRST_LINE}, and an empty line parts it from the checkpoint")
        extra = decode_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index "):
            raise ReceiptError("a receipt names its index after the first line")
        receipt = Receipt(parse_size(lines[0][6:]), tuple(map(decode_base64, lines[1:])), checkpoint, extra)
        parse_note(checkpoint)
    except ValueError as error:
        raise ReceiptError(str(error)) from error
    if len(receipt.proof) > _MAX_PROOF_LINES or any(len(each) != HASH_BYTES for each in receipt.proof):
        raise ReceiptError(f"a proof has at most {_MAX_PROOF_LINES} lines of {HASH_BYTES} bytes each")
    return receipt


def check_receipt(receipt: Receipt, entry: bytes, policy: Policy) -> OpenCheckpoint:
    """The checkpoint of this receipt, where it shows that ``entry`` is in the log as the policy asks.

    Raises ProofError when it shows another entry or none; NoteError, CheckpointError and QuorumMissed as
    `Policy.open` does.
    """
    found = policy.open(receipt.checkpoint)
    checkpoint = found.checkpoint
    verify_inclusion(leaf_hash(entry), receipt.index, checkpoint.size, receipt.proof, checkpoint.root)
    return found
