"""Files embedded in a PDF (ISO 32000-2 §7.11.4), found without interpreting the rest of it.

A PDF from a stranger is untrusted input, and a full reader does far more with it than is needed here: streams can't be
inside other objects, so embedded files stand in the bytes as they are, and one pass with bounded output finds them.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

__all__ = ["MOST_PDF_BYTES", "PdfUnreadable", "embedded_files"]

MOST_PDF_BYTES: Final = 16 * 1_048_576
_MOST_FILE_BYTES: Final = 8 * 1_048_576
_MOST_FILES: Final = 16
_EMBEDDED: Final = re.compile(rb"/Type\s*/EmbeddedFile\b")
_STREAM: Final = re.compile(rb">>\s{0,8}stream(?:\r\n|\n)")
_LENGTH: Final = re.compile(rb"/Length\s+(\d{1,9})\s*(?![\s\d]*R)")
_DICTIONARY_BYTES: Final = 2_048


class PdfUnreadable(ValueError):
    """No embedded file can be read from it: ask for the credential itself, or the PDF as it was issued."""


def embedded_files(pdf: bytes) -> Iterator[bytes]:
    """The contents of embedded files, in the order of the bytes; unpacked where they are deflated.

    Raises PdfUnreadable for what is no PDF, is encrypted, or is too large.
    """
    if not pdf.lstrip()[:5] == b"%PDF-" or len(pdf) > MOST_PDF_BYTES:
        raise PdfUnreadable(f"this is no PDF of at most {MOST_PDF_BYTES:,} bytes")
    if b"/Encrypt" in pdf[-4_096:]:
        raise PdfUnreadable("the PDF is encrypted")
    for number, found in enumerate(_EMBEDDED.finditer(pdf)):
        if number >= _MOST_FILES:
            raise PdfUnreadable(f"the PDF has more than {_MOST_FILES} embedded files")
        content = _content(pdf, found.start())
        if content is not None:
            yield content


def _content(pdf: bytes, at: int) -> bytes | None:
    """The stream whose dictionary stands around `at`; None where it is packed in a way that isn't deflate."""
    stream = _STREAM.search(pdf, at, at + _DICTIONARY_BYTES)
    if stream is None:
        return None
    begun = pdf.rfind(b" obj", max(0, at - _DICTIONARY_BYTES), at)
    dictionary = pdf[max(begun, 0) : stream.start() + 2]
    raw = _raw(pdf, stream.end(), dictionary)
    if b"/Filter" not in dictionary:
        return raw
    return _inflated(raw) if re.search(rb"/Filter\s*\[?\s*/FlateDecode\s*\]?", dictionary) else None


def _raw(pdf: bytes, start: int, dictionary: bytes) -> bytes:
    if length := _LENGTH.search(dictionary):
        return pdf[start : start + int(length.group(1))]
    # The length is another object: the stream goes on to its end mark.
    end = pdf.find(b"endstream", start)
    return pdf[start : end if end >= 0 else len(pdf)]


def _inflated(raw: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(raw, _MOST_FILE_BYTES)
    except zlib.error:
        return None
    return content if unpacker.eof else None
