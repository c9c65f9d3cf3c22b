"""Signed notes: known bytes of the specification and of Go, one spelling, and whom to believe."""

import pytest
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.notes.keys import KeyKind, NoteSigner, parse_note_key
from ewaste.evidence.notes.note import Note, NoteError, NoteSignature, open_note, parse_note, parse_signatures
from hypothesis import given
from hypothesis import strategies as st

NEUMANN = parse_note_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
KNOWN = f"{TEXT}\n{LINE}".encode()
# The example of C2SP signed-note: a text with an empty line in it.
POEM = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
""".encode()  # noqa: E501


def signer(name: str = "log.example/a", kind: KeyKind = KeyKind.NOTE) -> NoteSigner:
    return NoteSigner(name, SigningKey(generate_key()), kind)


def signed(by: NoteSigner, text: str, time: int | None = None) -> NoteSignature:
    return NoteSignature(by.key.name, by.key.key_id, by.sign(text, time))


def test_a_note_of_another_implementation_is_read_and_believed() -> None:
    note, cosigned = open_note(KNOWN, [NEUMANN])
    assert (note.text, [each.key for each in cosigned]) == (TEXT, [NEUMANN])
    assert note.to_bytes() == KNOWN


def test_the_last_empty_line_parts_text_from_signatures() -> None:
    note = parse_note(POEM)
    assert note.text.endswith("sole:\n\ned è subito sera.\n")
    assert [each.name for each in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.to_bytes() == POEM


def test_any_changed_byte_is_refused() -> None:
    for at in range(len(KNOWN)):
        for bit in range(8):
            with pytest.raises(NoteError):
                open_note(KNOWN[:at] + bytes([KNOWN[at] ^ 1 << bit]) + KNOWN[at + 1 :], [NEUMANN])


@pytest.mark.parametrize(
    "note",
    [
        b"", b"text\n", TEXT.encode(), f"{TEXT}\n".encode(), f"{TEXT}\n{LINE}"[:-1].encode(), f"{TEXT}{LINE}".encode(),
        f"{TEXT}\n{LINE}\n".encode(), f"{TEXT}\n{LINE}text\n".encode(), f"{TEXT}\n{LINE.replace('— ', '- ')}".encode(),
        f"{TEXT}\n{LINE.replace('PeterNeumann', '')}".encode(), f"{TEXT}\n— a AAAA\n".encode(),
        f"{TEXT}\n— a\n".encode(),
        f"{TEXT}\n— a AAAAAAA\n".encode(), f"{TEXT}\n— a b AAAAAAAA\n".encode(), f"a\tb\n\n{LINE}".encode(),
        f"a\r\n\n{LINE}".encode(), b"\xff\n\n" + LINE.encode(), f"{TEXT}\n{LINE * 101}".encode(),
        f"{'a' * 1_000_000}\n\n{LINE}".encode(),
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(NoteError):
        open_note(note, [NEUMANN])


def test_sixteen_signatures_and_more_are_read() -> None:
    assert len(parse_note(f"{TEXT}\n{LINE * 100}".encode()).signatures) == 100


def test_unknown_keys_are_passed_over_and_a_false_signature_of_a_known_key_spoils_all() -> None:
    one, other = signer("one"), signer("other")
    note = Note("text\n", (signed(one, "text\n"), signed(other, "text\n")))
    assert [each.key for each in open_note(note.to_bytes(), [other.key])[1]] == [other.key]
    assert len(open_note(note.to_bytes(), [one.key, other.key])[1]) == 2
    with pytest.raises(NoteError, match="no trusted key has signed this note; trusted: third"):
        open_note(note.to_bytes(), [signer("third").key])
    false = Note("text\n", (signed(one, "text\n"), signed(other, "text2\n")))
    with pytest.raises(NoteError, match="the signature of other is not one of this text"):
        open_note(false.to_bytes(), [one.key, other.key])
    assert len(open_note(false.to_bytes(), [one.key])[1]) == 1


def test_a_key_of_the_same_name_is_another_key() -> None:
    one, other = signer("same"), signer("same")
    note = Note("text\n", (signed(other, "text2\n"), signed(one, "text\n"))).to_bytes()
    assert [each.key for each in open_note(note, [one.key])[1]] == [one.key]


def test_signing_twice_counts_once() -> None:
    one = signer(kind=KeyKind.COSIGNATURE)
    note = Note("text\n", (signed(one, "text\n", 5), signed(one, "text\n", 6)))
    assert [each.time for each in open_note(note.to_bytes(), [one.key])[1]] == [5]
    assert note.with_signatures([signed(one, "text\n", 7)]) == note


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "\ud800\n"])
def test_a_text_that_cannot_be_a_note_is_not_written(text: str) -> None:
    with pytest.raises((NoteError, UnicodeEncodeError)):
        Note(text, (signed(signer(), "text\n"),)).to_bytes()


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.just("\n"), max_size=60))
def test_a_note_gives_its_text_back(text: str) -> None:
    one = signer()
    note = Note(text + "\n", (signed(one, text + "\n"),))
    assert open_note(note.to_bytes(), [one.key])[0] == note


def test_signature_lines_alone() -> None:
    assert parse_signatures(LINE) == parse_note(KNOWN).signatures
    for lines in ("", LINE[:-1], LINE + "\n", "\n" + LINE):
        with pytest.raises(NoteError):
            parse_signatures(lines)
