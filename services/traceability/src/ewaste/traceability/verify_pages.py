"""The page a QR code leads to: whether a certificate holds, step by step, here and in the reader's own browser."""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Any, Final

from ewaste.contracts.fields import Identifier
from ewaste.evidence.certificates.documents import read_document
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.trace import Trace, UnknownNode, trace
from ewaste.runtime.database import Database, Transaction
from ewaste.traceability.certificates.credentials import issued, signed
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.certificates.steps import said
from ewaste.traceability.certificates.verification import StepCode, verify
from ewaste.traceability.custody.handlers import evidence_of
from ewaste.traceability.texts import TEXTS
from ewaste.web.language import Language, Words, choose_language
from ewaste.web.pages import Pages
from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

__all__ = ["add_verify_pages"]

_CONTENT: Final = TypeAdapter(dict[str, Any])
# Our own script may run and ask our own service; nothing else, as on every page.
_WITH_SCRIPT: Final = "; script-src 'self'; connect-src 'self'"
_FOREVER: Final = "public, max-age=31536000, immutable"
_BROWSER_WORDS: Final = {
    "signature_good": Words("เบราว์เซอร์ของท่านตรวจแล้ว ลายเซ็นเป็นของ", "Checked by your browser: signed by"),
    "signature_bad": Words("ลายเซ็นไม่ตรงกับเอกสาร อย่ายอมรับ", "The signature does not fit; don't accept it. Issuer:"),
    "no_ed25519": Words(
        "เบราว์เซอร์นี้ตรวจลายเซ็น Ed25519 ไม่ได้ (ต้องเป็นรุ่นใหม่และเปิดผ่าน https)",
        "This browser can't verify Ed25519 signatures (it takes a recent one, over https)",
    ),
    "no_crypto": Words("คำนวณได้เฉพาะเมื่อเปิดผ่าน https", "This can be computed over https only"),
    "digest_same": Words("เบราว์เซอร์ของท่านคำนวณเอง ตรงกันทุกแห่ง:", "Computed by your browser, the same everywhere:"),
    "digest_other": Words("คำนวณแล้วไม่ตรงกัน อย่ายอมรับ:", "Computed by your browser, and not the same; don't accept it:"),
    "failed": Words("ตรวจในเบราว์เซอร์ไม่สำเร็จ", "The browser could not check"),
    "file_holds": Words("ไฟล์นี้ถูกต้องและมีผลวันนี้", "This file is genuine and holds today"),
    "file_fails": Words("อย่ายอมรับไฟล์นี้ ดูข้อที่ไม่ผ่าน", "Don't accept this file: see what does not hold"),
}  # fmt: skip


def add_verify_pages(web: APIRouter, pages: Pages, database: Database, keyring: Keyring, source: str) -> None:
    """`source` is who issues certificates here."""

    @web.get("/pages/verify")
    async def ask(request: Request, id: Annotated[Identifier | None, Query()] = None) -> Response:
        if id is not None:
            return pages.redirect(request, f"/pages/verify/{id}")
        return _scripted(pages.render(request, "verify_ask.html", **_script_values(request)))

    @web.get("/pages/verify/{certificate_id}")
    async def show(request: Request, certificate_id: Identifier) -> Response:
        async with database.transaction() as tx:
            found = await issued(tx, certificate_id)
            raw = signed(found, keyring).encode()
            verdict = await verify(tx, read_document(raw), raw, keyring, source)
            chain = await _chain(tx, certificate_id)
        return _scripted(
            pages.render(
                request, "verify.html", verdict=verdict, content=_CONTENT.validate_json(found.content), chain=chain,
                steps=[(step, said(step)) for step in verdict.steps], **_script_values(request),
            )
        )  # fmt: skip

    @web.get("/scripts/verify.{digest}.js")
    async def script(digest: str) -> Response:
        content, name = _script()
        caching = _FOREVER if digest == name else "no-cache"
        headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type="text/javascript; charset=utf-8", headers=headers)


async def _chain(tx: Transaction, certificate_id: str) -> list[Any]:
    """The facts of the batch and what led to it, in the order they happened."""
    certificate = node("certificate", certificate_id)
    try:
        found = trace(fold(await evidence_of(tx, certificate)), certificate)
    except UnknownNode:
        return []
    steps = {step.index: step for branch in _branches(found) for step in branch.steps}
    return sorted(steps.values(), key=lambda step: (step.time, step.index))


def _branches(branch: Trace) -> list[Trace]:
    """A chain without its pieces: there may be thousands, and each has a page."""
    below = (each for each in (*branch.then, *branch.inside) if each.kind != "item")
    return [branch, *(one for each in below for one in _branches(each))]


def _scripted(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] += _WITH_SCRIPT
    return answer


def _script_values(request: Request) -> dict[str, Any]:
    language = choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))
    root = str(request.scope.get("root_path", ""))
    return {"script": f"{root}/scripts/verify.{_script()[1]}.js", "browser_words": _browser_words(language)}


def _browser_words(language: Language) -> str:
    words = {name: both.of(language) for name, both in _BROWSER_WORDS.items()}
    steps = {code.value: TEXTS[f"verify_step_{code}"].of(language) for code in StepCode}
    return json.dumps({**steps, **words}, ensure_ascii=False)


@cache
def _script() -> tuple[bytes, str]:
    content = files("ewaste.traceability").joinpath("static", "verify.js").read_bytes()
    return content, sha256(content).hexdigest()[:16]
