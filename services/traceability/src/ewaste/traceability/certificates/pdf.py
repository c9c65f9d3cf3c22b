"""The certificate as PDF/A-3: laid out by Typst, with the credential and the canonical JSON inside.

The same certificate and credential give the same bytes: its own date, fonts carried along, no clock and no font of the
system. Another version of Typst may lay it out otherwise; what is signed stays the same.
"""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any, Final

import segno
import typst
from ewaste.evidence.canonical import sha256_hex
from ewaste.evidence.certificates.credential import CREDENTIAL_MEDIA_TYPE
from ewaste.traceability.certificates.paper import told
from ewaste.web.assets import ASSETS

__all__ = ["CREDENTIAL_FILE", "certificate_pdf"]

CREDENTIAL_FILE: Final = "credential.jwt"


# The same arguments give the same bytes, so remembering changes nothing but who waits.
@lru_cache(maxsize=32)
def certificate_pdf(
    canonical: bytes, *, certificate_id: str, issued_at: datetime, credential: str, verify_url: str
) -> bytes:
    """`canonical` is the certificate's canonical JSON, `credential` its `vc+jwt`. Takes about 0.1 s."""
    content: dict[str, Any] = json.loads(canonical)
    values = told(
        content, certificate_id=certificate_id, digest=sha256_hex(canonical), issued_at=issued_at, verify_url=verify_url
    )
    pictures = {"mark": ASSETS["mark.svg"].content.decode(), "qr": _qr(verify_url)}
    return _typeset({**values, **pictures, "files": _files(canonical, credential)}, issued_at)


def _files(canonical: bytes, credential: str) -> list[dict[str, str]]:
    return [
        {
            "name": CREDENTIAL_FILE,
            "content": credential,
            "mime": CREDENTIAL_MEDIA_TYPE,
            "relationship": "source",
            "description": "W3C Verifiable Credential 2.0 (vc+jwt): the certificate, signed",
        },
        {
            "name": "certificate.json",
            "content": canonical.decode(),
            "mime": "application/json",
            "relationship": "data",
            "description": "The certificate as canonical JSON (RFC 8785)",
        },
    ]


def _qr(url: str) -> str:
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=0, dark="#00473e", xmldecl=False)
    return drawn.getvalue().decode()


def _typeset(values: Mapping[str, Any], when: datetime) -> bytes:
    return typst.compile(
        _template(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"told": json.dumps(values, ensure_ascii=False)},
        # With its structure (level a), and PDF/UA: what a screen reader needs is there.
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(when.timestamp()),
    )


@cache
def _template() -> bytes:
    return files("ewaste.traceability.certificates").joinpath("certificate.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    with as_file(files("ewaste.traceability.certificates").joinpath("fonts")) as folder:
        return typst.Fonts(include_system_fonts=False, font_paths=[folder])
