"""Keys of notes: one spelling, the id that belongs to it, and no key that could vouch for anything."""

import pytest
from ewaste.evidence.keys import KeyUnusable, SigningKey, generate_key
from ewaste.evidence.notes.keys import KeyKind, NoteKey, NoteSigner, decode_base64, encode_base64, parse_note_key

# The example of golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_a_key_has_one_text() -> None:
    key = parse_note_key(NEUMANN)
    assert (key.name, key.kind, key.key_id.hex(), str(key)) == ("PeterNeumann", KeyKind.NOTE, "c74f20a3", NEUMANN)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_fresh_key_comes_back_from_its_text(kind: KeyKind) -> None:
    key = NoteSigner("log.example/custody", SigningKey(generate_key()), kind).key
    assert parse_note_key(str(key)) == key


def test_a_kind_makes_another_id() -> None:
    signing = SigningKey(generate_key())
    one, other = (NoteSigner("same", signing, kind).key for kind in KeyKind)
    assert one.public == other.public
    assert one.key_id != other.key_id


@pytest.mark.parametrize(
    "text",
    [
        "", "PeterNeumann", "PeterNeumann+c74f20a3", NEUMANN.replace("c74f", "C74F"), NEUMANN.replace("c74f", "c74e"),
        NEUMANN.replace("Peter", "Paul"), NEUMANN + "=", NEUMANN[:-4], NEUMANN + "\n",
        NEUMANN.replace("+ARpc", "+AhpC"),
        NEUMANN.replace("PeterNeumann", ""), NEUMANN.replace("PeterNeumann", "Peter Neumann"),
    ],
)  # fmt: skip
def test_any_other_text_is_no_key(text: str) -> None:
    with pytest.raises(KeyUnusable):
        parse_note_key(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\nb", "\x01"])
def test_names_that_would_break_a_line_are_refused(name: str) -> None:
    with pytest.raises(KeyUnusable, match="is no name of a key"):
        NoteKey(name, KeyKind.NOTE, parse_note_key(NEUMANN).public)


@pytest.mark.parametrize("public", [bytes(32), bytes(31), b"\x01" + bytes(31)])
def test_a_key_that_fits_any_message_is_refused(public: bytes) -> None:
    with pytest.raises(KeyUnusable):
        NoteKey("log", KeyKind.NOTE, public)


def test_a_witness_signs_the_time_and_a_log_does_not() -> None:
    signing = SigningKey(generate_key())
    witness, log = (NoteSigner("name", signing, kind) for kind in (KeyKind.COSIGNATURE, KeyKind.NOTE))
    signature = witness.sign("text\n", 1_700_000_000)
    cosigned = witness.key.verify("text\n", signature)
    assert cosigned is not None
    assert (cosigned.key, cosigned.time) == (witness.key, 1_700_000_000)
    later = (1_700_000_001).to_bytes(8, "big") + signature[8:]
    for text, wrong in (
        ("text2\n", signature),
        ("text\n", later),
        ("text\n", signature[:-1]),
        ("text\n", signature[8:]),
    ):
        assert witness.key.verify(text, wrong) is None
    assert log.key.verify("text\n", signature) is None
    assert log.key.verify("text\n", log.sign("text\n")) is not None
    assert witness.key.verify("text\n", (1 << 63).to_bytes(8, "big") + bytes(64)) is None
    for signer, time in ((log, 1), (witness, None), (witness, -1), (witness, 1 << 63)):
        with pytest.raises(ValueError, match="time"):
            signer.sign("text\n", time)


@pytest.mark.parametrize("text", ["YQ", "YQ==\n", "YR==", "Y Q==", "_-==", "YQ==YQ==", "é"])
def test_base64_has_one_spelling(text: str) -> None:
    assert decode_base64(encode_base64(b"a")) == b"a"
    with pytest.raises(ValueError, match=r".+"):
        decode_base64(text)
