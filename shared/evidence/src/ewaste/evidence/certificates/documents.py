"""What somebody holds and asks about: a credential, a certificate's canonical JSON, or a PDF with both inside."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
from ewaste.evidence.canonical import CanonicalError, canonical_json
from ewaste.evidence.certificates.credential import Certified, CredentialRefused, Secured, certified_in, read_secured
from ewaste.evidence.certificates.pdf_attachments import PdfUnreadable, embedded_files

__all__ = ["MOST_DOCUMENT_BYTES", "Document", "DocumentKind", "DocumentUnreadable", "read_document"]

MOST_DOCUMENT_BYTES: Final = 4 * 1_048_576
_BOM: Final = b"\xef\xbb\xbf"


class DocumentKind(StrEnum):
    CREDENTIAL = "credential"
    CANONICAL = "canonical"
    PDF = "pdf"


class DocumentUnreadable(ValueError):
    """It is no document of a certificate: the message says what it lacks. Ask for the document as it was issued."""


@dataclass(frozen=True, slots=True)
class Document:
    """A certificate as somebody presents it, nothing verified."""

    kind: DocumentKind
    content: bytes
    """The certificate's canonical JSON."""
    certified: Certified | None = None
    """What the credential says; canonical JSON alone says neither its id nor its digest."""
    jwt: str | None = None
    secured: Secured | None = None


def read_document(raw: bytes) -> Document:
    """Tell what it is by its first bytes and read it. Raises DocumentUnreadable."""
    if len(raw) > MOST_DOCUMENT_BYTES:
        raise DocumentUnreadable(f"{len(raw):,} bytes; a certificate's document has at most {MOST_DOCUMENT_BYTES:,}")
    text = raw.removeprefix(_BOM).strip()
    if text.startswith(b"%PDF-"):
        return _from_pdf(raw)
    if text.startswith(b"{"):
        return Document(DocumentKind.CANONICAL, _canonical(text))
    return _from_credential(text, DocumentKind.CREDENTIAL)


def _from_pdf(raw: bytes) -> Document:
    try:
        for found in embedded_files(raw):
            if found.count(b".") == 2 and found.startswith(b"eyJ"):
                return _from_credential(found.strip(), DocumentKind.PDF)
    except PdfUnreadable as error:
        raise DocumentUnreadable(str(error)) from error
    raise DocumentUnreadable("no credential is embedded in this PDF: it proves nothing by itself")


def _from_credential(text: bytes, kind: DocumentKind) -> Document:
    try:
        secured = read_secured(text)
        certified = certified_in(secured.credential)
    except CredentialRefused as error:
        raise DocumentUnreadable(str(error)) from error
    return Document(kind, certified.content, certified, text.decode("ascii", "replace"), secured)


def _canonical(text: bytes) -> bytes:
    """The same value in its canonical form: somebody's editor may have ended it with a line break."""
    try:
        return canonical_json(msgspec.json.decode(text))
    except (ValueError, CanonicalError, RecursionError) as error:
        raise DocumentUnreadable(f"this JSON can't be read: {error}") from error
