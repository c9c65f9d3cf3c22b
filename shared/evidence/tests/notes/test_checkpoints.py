"""Checkpoints: one spelling, signed by their log, and the guard against a second history."""

import pytest
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.merkle import EMPTY_ROOT, leaf_hash, root_of
from ewaste.evidence.notes.checkpoints import (
    Checkpoint,
    CheckpointError,
    HistoryForked,
    guard_history,
    open_checkpoint,
    parse_checkpoint,
    parse_size,
    sign_checkpoint,
)
from ewaste.evidence.notes.keys import KeyKind, NoteSigner, decode_base64
from ewaste.evidence.notes.note import Note, NoteError, NoteSignature, parse_note

# The example of C2SP tlog-cosignature.
KNOWN = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()  # noqa: E501
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
HASHES = [leaf_hash(bytes([number])) for number in range(20)]
ORIGIN = "log.example/custody"


def signer(name: str = ORIGIN, kind: KeyKind = KeyKind.NOTE) -> NoteSigner:
    return NoteSigner(name, SigningKey(generate_key()), kind)


def test_the_checkpoint_of_the_specification() -> None:
    checkpoint = parse_checkpoint(parse_note(KNOWN).text)
    assert checkpoint == Checkpoint("example.com/behind-the-sofa", 20_852_163, decode_base64(ROOT))
    assert checkpoint.text().encode() == KNOWN.partition(b"\n\n")[0] + b"\n"


def test_extension_lines_are_kept() -> None:
    text = f"{ORIGIN}\n0\n{ROOT}\nfirst\nsecond line\n"
    assert parse_checkpoint(text).extensions == ("first", "second line")
    assert parse_checkpoint(text).text() == text


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", f"{ORIGIN}\n1\n", f"{ORIGIN}\n1\n{ROOT}", f"\n1\n{ROOT}\n", f"{ORIGIN}\n01\n{ROOT}\n",
        f"{ORIGIN}\n-1\n{ROOT}\n", f"{ORIGIN}\n+1\n{ROOT}\n", f"{ORIGIN}\n 1\n{ROOT}\n", f"{ORIGIN}\n1_0\n{ROOT}\n",
        f"{ORIGIN}\n٣\n{ROOT}\n", f"{ORIGIN}\n\n{ROOT}\n", f"{ORIGIN}\n9223372036854775808\n{ROOT}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{ROOT}\n", f"{ORIGIN}\n1\n{ROOT[:-1]}\n", f"{ORIGIN}\n1\nAAAA\n",
        f"{ORIGIN}\n1\n{ROOT}\n\n", f"{ORIGIN}\n1\n{ROOT}\n\nmore\n", f"{ORIGIN}\r\n1\n{ROOT}\n",
    ],
)  # fmt: skip
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        parse_checkpoint(text)


def test_sizes_up_to_the_largest() -> None:
    assert parse_size("0") == 0
    assert parse_size(str((1 << 63) - 1)) == (1 << 63) - 1


def test_a_signed_checkpoint_is_opened_with_its_logs_key_only() -> None:
    log, witness, checkpoint = (
        signer(),
        signer("witness.example", KeyKind.COSIGNATURE),
        Checkpoint(ORIGIN, 0, EMPTY_ROOT),
    )
    note = sign_checkpoint(checkpoint, [log])
    cosigned = note.with_signatures(
        [NoteSignature(witness.key.name, witness.key.key_id, witness.sign(note.text, 1_700_000_000))]
    )
    found = open_checkpoint(cosigned.to_bytes(), [log.key], [witness.key])
    assert (found.checkpoint, [(each.key, each.time) for each in found.cosigned]) == (
        checkpoint,
        [(witness.key, 1_700_000_000)],
    )
    for logs in ([], [signer().key], [signer("other.example").key]):
        with pytest.raises(NoteError):
            open_checkpoint(cosigned.to_bytes(), logs, [witness.key])
    only_witness = Note(note.text, cosigned.signatures[1:]).to_bytes()
    with pytest.raises(NoteError, match=r"no trusted key of log.example/custody has signed"):
        open_checkpoint(only_witness, [log.key], [witness.key])


def test_another_logs_key_signs_nothing_here() -> None:
    """The same key under another origin: a checkpoint of one log must not pass as one of the other."""
    other = signer("log.example/learning")
    text = Checkpoint(ORIGIN, 0, EMPTY_ROOT).text()
    note = Note(text, (NoteSignature(other.key.name, other.key.key_id, other.sign(text)),)).to_bytes()
    with pytest.raises(NoteError):
        open_checkpoint(note, [other.key])
    for wrong in (other, signer(kind=KeyKind.COSIGNATURE)):
        with pytest.raises(CheckpointError, match="does not sign for"):
            sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), [wrong])


def test_the_guard_lets_only_our_own_past_through() -> None:
    def root_at(size: int) -> bytes:
        return root_of(HASHES[:size])

    past = [Checkpoint(ORIGIN, size, root_at(size)) for size in (0, 1, 19, 20)]
    guard_history(past, 20, root_at)
    with pytest.raises(HistoryForked, match="seen at size 20; ours has 19 entries"):
        guard_history(past, 19, root_at)
    with pytest.raises(HistoryForked, match="seen at size 7 with root 00"):
        guard_history([*past, Checkpoint(ORIGIN, 7, bytes(32))], 20, root_at)


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [("", 0, bytes(32), ()), ("a\nb", 0, bytes(32), ()), ("a", -1, bytes(32), ()), ("a", 1 << 63, bytes(32), ()),
     ("a", 0, bytes(31), ()), ("a", 0, bytes(32), ("",)), ("a", 0, bytes(32), ("b\nc",))],
)  # fmt: skip
def test_what_cannot_be_written_is_no_checkpoint(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint(origin, size, root, extensions)
