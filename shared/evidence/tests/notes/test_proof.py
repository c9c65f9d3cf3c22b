"""Receipts: one spelling, and a place in the log that nobody can move."""

import pytest
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.merkle import ProofError, inclusion_proof, leaf_hash, root_of
from ewaste.evidence.notes.checkpoints import Checkpoint, CheckpointError, sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner, encode_base64
from ewaste.evidence.notes.note import NoteError, NoteSignature
from ewaste.evidence.notes.policy import QuorumMissed, parse_policy
from ewaste.evidence.notes.proof import Receipt, ReceiptError, check_receipt, parse_receipt

ORIGIN = "log.example/custody"
LOG = NoteSigner(ORIGIN, SigningKey(generate_key()), KeyKind.NOTE)
WITNESS = NoteSigner("witness.example", SigningKey(generate_key()), KeyKind.COSIGNATURE)
POLICY = parse_policy(f"log {LOG.key}\nwitness W {WITNESS.key}\nquorum W\n".encode())
ENTRIES = [bytes([number]) for number in range(20)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]


def checkpoint(size: int = 20, cosigned: bool = True) -> bytes:
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root_of(HASHES[:size])), [LOG])
    line = NoteSignature(WITNESS.key.name, WITNESS.key.key_id, WITNESS.sign(note.text, 7))
    return note.with_signatures([line] if cosigned else []).to_bytes()


def receipt(index: int, size: int = 20, extra: bytes | None = None) -> Receipt:
    return Receipt(index, tuple(inclusion_proof(HASHES[:size], index)), checkpoint(size), extra)


@pytest.mark.parametrize("size", [1, 2, 7, 20])
@pytest.mark.parametrize("extra", [None, b"", b"anything"])
def test_a_receipt_shows_its_entry(size: int, extra: bytes | None) -> None:
    for index in range(size):
        given = receipt(index, size, extra)
        read = parse_receipt(given.to_bytes())
        assert read == given
        found = check_receipt(read, ENTRIES[index], POLICY)
        assert (found.checkpoint.size, [each.time for each in found.cosigned]) == (size, [7])


def test_its_text_is_that_of_the_specification() -> None:
    proof = [encode_base64(each) for each in inclusion_proof(HASHES[:3], 1)]
    text = receipt(1, 3, b"abc").to_bytes().decode()
    assert text == "\n".join(["c2sp.org/tlog-proof@v1", "extra YWJj", "index 1", *proof, "", checkpoint(3).decode()])


def test_it_shows_nothing_else() -> None:
    good = receipt(5)
    others = (
        (good, ENTRIES[6]),
        (Receipt(6, good.proof, good.checkpoint), ENTRIES[5]),
        (Receipt(5, good.proof[:-1], good.checkpoint), ENTRIES[5]),
        (Receipt(5, good.proof, checkpoint(19)), ENTRIES[5]),
        (Receipt(20, good.proof, good.checkpoint), ENTRIES[5]),
    )
    for wrong, entry in others:
        with pytest.raises(ProofError):
            check_receipt(wrong, entry, POLICY)


def test_it_needs_the_quorum_and_the_log() -> None:
    good = receipt(5)
    with pytest.raises(QuorumMissed):
        check_receipt(Receipt(5, good.proof, checkpoint(cosigned=False)), ENTRIES[5], POLICY)
    with pytest.raises(NoteError):
        check_receipt(good, ENTRIES[5], parse_policy(b"quorum none"))


def test_no_changed_bit_passes() -> None:
    """Every bit of a receipt without extra data, which nothing vouches for."""
    good = receipt(2, 3).to_bytes()
    for at in range(len(good)):
        for bit in range(8):
            wrong = good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :]
            with pytest.raises((ReceiptError, NoteError, CheckpointError, ProofError, QuorumMissed)):
                check_receipt(parse_receipt(wrong), ENTRIES[2], POLICY)


HASH = encode_base64(bytes(32))
HEAD = "c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize(
    "head",
    ["", HEAD, f"{HEAD}\n", f"{HEAD}index\n", f"{HEAD}index 01\n", f"{HEAD}index -1\n", f"{HEAD}index 1\nextra YQ==\n",
     f"{HEAD}extra YQ\nindex 1\n", f"{HEAD}extra YQ==\nextra YQ==\nindex 1\n", f"{HEAD}index 1\nAAAA\n",
     f"{HEAD}index 1\n{HASH} \n", HEAD.replace("v1", "v2") + "index 1\n", "\n" + HEAD + "index 1\n",
     f"{HEAD}index 1\n" + f"{HASH}\n" * 64, f"{HEAD}index 1\r\n", f"{HEAD}index 1 1\n"],
)  # fmt: skip
def test_any_other_spelling_is_refused(head: str) -> None:
    with pytest.raises(ReceiptError):
        parse_receipt(head.encode() + b"\n" + checkpoint())


def test_a_receipt_that_could_not_be_read_is_not_written() -> None:
    for wrong in (Receipt(-1, (), checkpoint()), Receipt(0, (b"x",), checkpoint()), Receipt(0, (), b"no note")):
        with pytest.raises(ReceiptError):
            wrong.to_bytes()
    with pytest.raises(ReceiptError, match="too long"):
        parse_receipt(bytes(2_000_001))
