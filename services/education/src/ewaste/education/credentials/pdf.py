"""The certificate as PDF/A-3: laid out by Typst, with the badge inside.

The same award, name and credential give the same bytes: its own date, fonts carried along, no clock and no font of the
system. Without a name the paper has a line to write one on; only the badge inside is signed.
"""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

import segno
import typst
from ewaste.education.content.model import Course
from ewaste.education.credentials.model import Award, Issuer
from ewaste.evidence.certificates.credential import CREDENTIAL_MEDIA_TYPE
from ewaste.web.assets import ASSETS
from ewaste.web.dates import BANGKOK, english_date, thai_date

__all__ = ["certificate_pdf", "verify_url"]

_WORDS: Final[Mapping[str, str]] = {
    "programme": "Digital-safety lessons of Chiang Mai City Municipality",
    "title_th": "เกียรติบัตร",
    "title_en": "Certificate of Completion",
    "given_th": "ขอมอบให้ไว้เพื่อแสดงว่า",
    "given_en": "This certifies that",
    "completed_th": "ได้เรียนจบหลักสูตร",
    "completed_en": "has completed the course",
    "on_th": "เมื่อวันที่",
    "scan_th": "สแกนเพื่อตรวจสอบเกียรติบัตรนี้",
    "scan_en": "Scan to check this certificate; the signed Open Badge is inside the PDF",
    "number_th": "เลขที่",
    "number_en": "No.",
    "sample_th": "หลักสูตรตัวอย่าง ไม่ใช่หลักสูตรทางการ",
    "sample_en": "a sample course, not the official one",
}


def verify_url(issuer: Issuer, award: Award) -> str:
    """Where the QR code leads."""
    return f"{issuer.url}/pages/credentials/{award.credential_id}"


def certificate_pdf(award: Award, course: Course, issuer: Issuer, credential: str, name: str | None) -> bytes:
    """`credential` is the award's `vc+jwt`, with the same name. Takes about 0.1 s."""
    day = award.completed_on
    told = {
        "title": f"{_WORDS['title_th']} {course.title_th}",
        "issuer": issuer.name,
        "number": str(award.credential_id),
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "day": {"th": thai_date(day), "en": english_date(day)},
        "name": name or "",
        "course_th": course.title_th,
        "course_en": course.title_en or "",
        "sample": course.sample,
        "verify_url": verify_url(issuer, award),
        "words": _WORDS,
        "mark": ASSETS["mark.svg"].content.decode(),
        "qr": _qr(verify_url(issuer, award)),
        "files": [_credential_file(credential)],
    }
    return _typeset(told, datetime(day.year, day.month, day.day, tzinfo=BANGKOK))


def _credential_file(credential: str) -> dict[str, str]:
    return {
        "name": "credential.jwt",
        "content": credential,
        "mime": CREDENTIAL_MEDIA_TYPE,
        "relationship": "source",
        "description": "Open Badge 3.0 (vc+jwt): the certificate, signed",
    }


def _qr(url: str) -> str:
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=0, dark="#00473e", xmldecl=False)
    return drawn.getvalue().decode()


def _typeset(told: Mapping[str, Any], when: datetime) -> bytes:
    return typst.compile(
        _template(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
        # With its structure (level a), and PDF/UA: what a screen reader needs is there.
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(when.timestamp()),
    )


@cache
def _template() -> bytes:
    return files("ewaste.education.credentials").joinpath("badge.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    with as_file(files("ewaste.education.credentials").joinpath("fonts")) as folder:
        return typst.Fonts(include_system_fonts=False, font_paths=[folder])
