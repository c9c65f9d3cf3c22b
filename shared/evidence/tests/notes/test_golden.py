"""Released bytes: what was published once must be written the same and must verify for ever.

The files in golden/ were made by this code from the keys below and are never made anew; a format that must change gets
a new version and new files beside these.
"""

from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ewaste.evidence.keys import SigningKey
from ewaste.evidence.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from ewaste.evidence.notes.checkpoints import Checkpoint, sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.evidence.notes.note import NoteSignature
from ewaste.evidence.notes.policy import parse_policy
from ewaste.evidence.notes.proof import Receipt, check_receipt, parse_receipt
from ewaste.evidence.notes.witness import AddCheckpoint, answer_add_checkpoint, parse_add_checkpoint

GOLDEN = Path(__file__).parent / "golden"
ORIGIN = "ledger.example/custody"
ENTRIES = [f"entry {number}".encode() for number in range(1_000)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]
NOW = 1_760_000_000


def signer(name: str, seed: int, kind: KeyKind) -> NoteSigner:
    secret = bytes([seed]) * 32
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    x, d = (urlsafe_b64encode(raw).rstrip(b"=").decode() for raw in (public, secret))
    return NoteSigner(name, SigningKey({"kty": "OKP", "crv": "Ed25519", "x": x, "d": d}), kind)


LOG = signer(ORIGIN, 1, KeyKind.NOTE)
WITNESSES = [signer(f"witness.example/w{seed}", seed, KeyKind.COSIGNATURE) for seed in (2, 3, 4)]
NOTE = sign_checkpoint(Checkpoint(ORIGIN, 1_000, root_of(HASHES)), [LOG])
COSIGNED = NOTE.with_signatures(
    NoteSignature(each.key.name, each.key.key_id, each.sign(NOTE.text, NOW)) for each in WITNESSES[:2]
)
POLICY = "".join(
    [
        f"log {LOG.key} https://ledger.example/custody/\n",
        *(f"witness W{number} {each.key} https://w{number}.example/\n" for number, each in enumerate(WITNESSES, 1)),
        "group seen 2 W1 W2 W3\nquorum seen\n",
    ]
)
MADE = {
    "checkpoint": COSIGNED.to_bytes(),
    "policy": POLICY.encode(),
    "entry-617.tlog-proof": Receipt(617, tuple(inclusion_proof(HASHES, 617)), COSIGNED.to_bytes()).to_bytes(),
    "add-checkpoint": AddCheckpoint(600, tuple(consistency_proof(HASHES, 600)), NOTE.to_bytes()).to_bytes(),
    "answer": COSIGNED.signatures[1].line().encode(),
}


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def test_the_same_bytes_are_written() -> None:
    assert {path.name: path.read_bytes() for path in GOLDEN.iterdir()} == MADE


def test_a_released_receipt_verifies_under_a_released_policy() -> None:
    found = check_receipt(parse_receipt(golden("entry-617.tlog-proof")), ENTRIES[617], parse_policy(golden("policy")))
    assert (found.checkpoint.size, [each.time for each in found.cosigned]) == (1_000, [NOW, NOW])
    assert found == parse_policy(golden("policy")).open(golden("checkpoint"))


def test_a_released_request_gets_the_released_answer() -> None:
    assert parse_add_checkpoint(golden("add-checkpoint")).old_size == 600
    answer = answer_add_checkpoint(
        golden("add-checkpoint"),
        logs=[LOG.key],
        latest=lambda origin: Checkpoint(origin, 600, root_of(HASHES[:600])),
        cosigner=WITNESSES[0],
        now=NOW,
    )
    assert (answer.status, answer.body.encode()) == (200, golden("answer"))
