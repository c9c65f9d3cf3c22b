"""What somebody presents: told apart by its bytes, read without trust."""

import zlib
from datetime import UTC, datetime

import pytest
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.certificates.credential import certificate_credential, secure
from ewaste.evidence.certificates.documents import MOST_DOCUMENT_BYTES, DocumentKind, DocumentUnreadable, read_document
from ewaste.evidence.certificates.pdf_attachments import PdfUnreadable, embedded_files
from ewaste.evidence.keys import SigningKey, generate_key

CONTENT = canonical_json({"batch_id": "b-1", "grams": 5})
JWT = secure(
    certificate_credential(
        CONTENT, certificate_id="c-1", issued_at=datetime(2026, 1, 1, tzinfo=UTC), ordinal=0, url="https://t.example"
    ),
    SigningKey(generate_key()),
    "https://t.example",
).encode()


def pdf(*streams: bytes) -> bytes:
    """A PDF as far as embedded files go."""
    return b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(streams, 1)) + b"%%EOF"


def embedded(content: bytes, extra: bytes = b"", length: bytes | None = None) -> bytes:
    size = b"%d" % len(content) if length is None else length
    return b"<</Type /EmbeddedFile%s /Length %s>>\nstream\n%s\nendstream" % (extra, size, content)


def test_a_credential_a_json_and_a_pdf_give_the_same_certificate() -> None:
    for raw, kind in ((JWT, "credential"), (CONTENT, "canonical"), (pdf(embedded(JWT)), "pdf")):
        found = read_document(raw)
        assert (found.kind, found.content) == (DocumentKind(kind), CONTENT)


def test_space_around_a_document_and_inside_json_does_not_matter() -> None:
    assert read_document(b'\xef\xbb\xbf {"grams": 5,\n "batch_id": "b-1"}\n').content == CONTENT
    assert read_document(b"\n" + JWT + b"\r\n").content == CONTENT


def test_an_embedded_file_may_be_deflated_or_end_at_its_mark() -> None:
    packed = zlib.compress(JWT)
    for stream in (
        embedded(packed, b" /Filter /FlateDecode"),
        embedded(packed, b" /Filter[/FlateDecode]"),
        embedded(JWT, length=b"7 0 R"),
    ):
        assert read_document(pdf(b"<<>>", embedded(b"other"), stream)).content == CONTENT


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"hello", b"{", b"{}}", b'{"a": NaN}', b"[1]", b"a.b.c", b"\x00" * 50, pdf(), pdf(embedded(b"a.b.c")),
        pdf(embedded(zlib.compress(b"x" * 9_000_000), b" /Filter /FlateDecode")),
        pdf(embedded(b"broken", b" /Filter /FlateDecode")),
        pdf(embedded(b"x", b" /Filter /LZWDecode")),
        b"%PDF-1.7 trailer <</Encrypt 5 0 R>>",
        b'{"a":' * 5_000,
        b"{" + b" " * MOST_DOCUMENT_BYTES,
    ],
)  # fmt: skip
def test_anything_else_is_unreadable_and_never_an_error(raw: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        read_document(raw)


def test_hundreds_of_embedded_files_are_not_looked_through() -> None:
    with pytest.raises(PdfUnreadable, match="more than"):
        list(embedded_files(pdf(*[embedded(b"x")] * 100)))
