"""The witness protocol from both sides: every status of the specification, and no second history ever cosigned."""

import pytest
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, root_of
from ewaste.evidence.notes.checkpoints import Checkpoint, sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner, encode_base64
from ewaste.evidence.notes.note import Note, NoteSignature, open_note
from ewaste.evidence.notes.witness import (
    SIZE_TYPE,
    AddCheckpoint,
    Answer,
    RequestError,
    WitnessBehind,
    WitnessRefused,
    answer_add_checkpoint,
    parse_add_checkpoint,
    read_answer,
)

ORIGIN = "log.example/custody"
NOW = 1_700_000_000
HASHES = [leaf_hash(bytes([number])) for number in range(40)]
OTHERS = [leaf_hash(b"other"), *HASHES[1:]]

# The example request of C2SP tlog-witness.
KNOWN = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
""".encode()  # noqa: E501


def signer(name: str, kind: KeyKind) -> NoteSigner:
    return NoteSigner(name, SigningKey(generate_key()), kind)


LOG = signer(ORIGIN, KeyKind.NOTE)
WITNESS = signer("witness.example/w1", KeyKind.COSIGNATURE)


class Witness:
    """A witness with its memory."""

    def __init__(self) -> None:
        self.latest: dict[str, Checkpoint] = {}

    def ask(self, body: bytes, now: int = NOW) -> Answer:
        answer = answer_add_checkpoint(body, logs=[LOG.key], latest=self.latest.get, cosigner=WITNESS, now=now)
        assert (answer.remember is None) is (answer.status != 200)
        if answer.remember:
            self.latest[answer.remember.origin] = answer.remember
        return answer


def note(size: int, hashes: list[bytes] = HASHES, log: NoteSigner = LOG) -> Note:
    return sign_checkpoint(Checkpoint(log.key.name, size, root_of(hashes[:size])), [log])


def request(old: int, size: int, hashes: list[bytes] = HASHES, log: NoteSigner = LOG) -> bytes:
    proof = tuple(consistency_proof(hashes[:size], old)) if 0 < old <= size else ()
    return AddCheckpoint(old, proof, note(size, hashes, log).to_bytes()).to_bytes()


def test_the_request_of_the_specification() -> None:
    known = parse_add_checkpoint(KNOWN)
    assert (known.old_size, len(known.proof)) == (20_852_014, 4)
    assert known.to_bytes() == KNOWN


def test_a_growing_log_is_cosigned_at_every_size() -> None:
    witness, old = Witness(), 0
    for size in (0, 1, 1, 2, 7, 8, 8, 40):
        answer = witness.ask(request(old, size), NOW + size)
        assert answer.status == 200
        (cosignature,) = read_answer(200, answer.body.encode(), note(size), [WITNESS.key])
        whole = note(size).with_signatures([cosignature]).to_bytes()
        assert [each.time for each in open_note(whole, [WITNESS.key])[1]] == [NOW + size]
        old = size


def test_a_second_history_is_never_cosigned() -> None:
    for first in range(1, 40, 3):
        for second in range(first, 41, 5):
            witness = Witness()
            witness.ask(request(0, first))
            answer = witness.ask(request(first, second, OTHERS))
            assert answer.status == (409 if first == second else 422)
            assert witness.latest[ORIGIN].root == root_of(HASHES[:first])


def test_a_log_that_does_not_know_how_far_the_witness_is_learns_it() -> None:
    witness = Witness()
    witness.ask(request(0, 5))
    for body in (request(0, 9), request(4, 9), request(6, 9), request(0, 3)):
        answer = witness.ask(body)
        assert (answer.status, answer.body, answer.content_type) == (409, "5\n", SIZE_TYPE)
        with pytest.raises(WitnessBehind) as behind:
            read_answer(answer.status, answer.body.encode(), note(9), [WITNESS.key])
        assert behind.value.size == 5
    assert witness.ask(request(5, 9)).status == 200


def test_a_witness_refuses_to_go_back() -> None:
    witness = Witness()
    witness.ask(request(0, 9))
    assert witness.ask(request(9, 5)).status == 400
    assert witness.latest[ORIGIN].size == 9


def test_unknown_logs_and_unknown_keys() -> None:
    stranger, forger = signer("other.example", KeyKind.NOTE), signer(ORIGIN, KeyKind.NOTE)
    assert Witness().ask(request(0, 3, log=stranger)).status == 404
    assert Witness().ask(request(0, 3, log=forger)).status == 403
    spoilt = note(3).to_bytes()
    spoilt = spoilt[:-4] + (b"AA==" if spoilt[-5:-1] != b"AA==" else b"BA==")[:3] + b"\n"
    assert Witness().ask(AddCheckpoint(0, (), spoilt).to_bytes()).status in (400, 403)


@pytest.mark.parametrize(
    "proof", [(), (bytes(32),), tuple(consistency_proof(HASHES[:9], 4)), tuple(consistency_proof(HASHES[:9], 5))[:-1]]
)
def test_a_proof_that_does_not_hold_is_refused(proof: tuple[bytes, ...]) -> None:
    witness = Witness()
    witness.ask(request(0, 5))
    assert witness.ask(AddCheckpoint(5, proof, note(9).to_bytes()).to_bytes()).status == 422


def test_a_proof_from_nothing_is_empty() -> None:
    assert Witness().ask(AddCheckpoint(0, (bytes(32),), note(9).to_bytes()).to_bytes()).status == 422
    assert Witness().ask(AddCheckpoint(0, (bytes(32),), note(0).to_bytes()).to_bytes()).status == 422
    witness = Witness()
    witness.ask(request(0, 5))
    assert witness.ask(AddCheckpoint(5, (bytes(32),), note(5).to_bytes()).to_bytes()).status == 422


def test_an_empty_log_has_one_root() -> None:
    wrong = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), [LOG]).to_bytes()
    assert Witness().ask(AddCheckpoint(0, (), wrong).to_bytes()).status == 409
    assert note(0).text.encode().split(b"\n")[2].decode() == encode_base64(EMPTY_ROOT)


HASH = encode_base64(bytes(32))


@pytest.mark.parametrize(
    "head",
    ["", "old", "old ", "old -1", "old 01", "old  1", "new 1", "Old 1", "old 1\nAAAA", f"old 1\n{HASH[:-1]}", "old 1\r",
     "old 1\n" + "\n".join([HASH] * 64), f"old 1\n {HASH}", "old ٣", f"old 1 {HASH}", "old 9223372036854775808"],
)  # fmt: skip
def test_any_other_spelling_is_a_bad_request(head: str) -> None:
    body = f"{head}\n\n".encode() + note(3).to_bytes()
    with pytest.raises(RequestError):
        parse_add_checkpoint(body)
    assert Witness().ask(body).status == 400


@pytest.mark.parametrize("body", [b"", b"old 0\n", b"old 0\n\n", b"old 0\n\nno note", b"\xff", bytes(1_000_001)])
def test_a_body_without_checkpoint_is_a_bad_request(body: bytes) -> None:
    assert Witness().ask(body).status == 400


def test_sixty_three_hashes_are_allowed() -> None:
    assert len(parse_add_checkpoint(AddCheckpoint(1, (bytes(32),) * 63, b"x").to_bytes()).proof) == 63


@pytest.mark.parametrize(
    ("status", "body"),
    [(403, b"no"), (500, b"\xff\xfe"), (409, b"another root\n"), (409, b"\xff"), (200, b""), (200, b"nonsense\n")],
)
def test_an_answer_that_proves_nothing_is_refused(status: int, body: bytes) -> None:
    with pytest.raises(WitnessRefused) as refused:
        read_answer(status, body, note(3), [WITNESS.key])
    assert refused.value.status == status


def test_only_cosignatures_of_trusted_witnesses_over_this_checkpoint_are_taken() -> None:
    text = note(3).text
    other = signer("witness.example/w2", KeyKind.COSIGNATURE)
    ours, theirs = (
        NoteSignature(each.key.name, each.key.key_id, each.sign(text, NOW)).line() for each in (WITNESS, other)
    )
    taken = read_answer(200, (theirs + ours + ours).encode(), note(3), [WITNESS.key])
    assert [each.name for each in taken] == [WITNESS.key.name]
    for answer, keys in ((ours, [other.key]), (ours, [])):
        with pytest.raises(WitnessRefused):
            read_answer(200, answer.encode(), note(3), keys)
    with pytest.raises(WitnessRefused, match="is not one of this text"):
        read_answer(200, ours.encode(), note(4), [WITNESS.key])
    plain = NoteSignature(LOG.key.name, LOG.key.key_id, LOG.sign(text)).line()
    with pytest.raises(WitnessRefused):
        read_answer(200, plain.encode(), note(3), [LOG.key])
