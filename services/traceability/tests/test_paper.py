"""The certificate on paper: every fact in both languages, the same bytes each time, valid PDF/A-3 and PDF/UA."""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pypdf
import pytest
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.certificates.documents import DocumentKind, read_document
from ewaste.traceability.certificates.paper import told
from ewaste.traceability.certificates.pdf import certificate_pdf

HERE = Path(__file__).parent


def _example() -> Any:
    spec = spec_from_file_location("certificate_example", HERE / "certificate_example.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = _example()


def paper(**more: Any) -> bytes:
    canonical = canonical_json(example.content(**more))
    return certificate_pdf(
        canonical,
        certificate_id=example.CERTIFICATE_ID,
        issued_at=example.ISSUED_AT,
        credential=example.credential(canonical),
        verify_url=example.VERIFY_URL,
    )


def text_of(pdf: bytes) -> str:
    """What the pages say, without white space: Thai has none between words, and lines break anywhere."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def laid_out(**more: Any) -> dict[str, Any]:
    return told(
        example.content(**more),
        certificate_id=example.CERTIFICATE_ID,
        digest="d" * 64,
        issued_at=example.ISSUED_AT,
        verify_url=example.VERIFY_URL,
    )


def words(**more: Any) -> str:
    """Everything that is laid out."""
    return str(laid_out(**more))


@pytest.mark.parametrize(
    "fact",
    [
        "8.225 กิโลกรัม", "8.225 kg", "กรีนเมทัล", "Green Metals", "3-106-33/50ลพ", "31 ธันวาคม 2570", "31 December 2027",
        "20 พฤศจิกายน 2569 – 21 พฤศจิกายน 2569", "23 พฤศจิกายน 2569", "23 November 2026", "R4 รีไซเคิลโลหะ",
        "recycling of metals", "ทองแดง", "copper", "5,740 g", "69.79 %", "UL 2799: Gold", "TRUE: ถึงเกณฑ์",
        "not certified", "แยกจากของผู้อื่น", "100.00 %", "โทรศัพท์มือถือ 120", "phone 120", "r2v3 S-1", "1,125",
        "bag-4", "landfill.1", "ewaste-auditor credential", "ไม่ได้คัดแยกและชั่งตามประเภท",
    ],
)  # fmt: skip
def test_it_tells_the_facts_in_both_languages(fact: str) -> None:
    assert fact in words()


def test_the_pages_say_what_was_put_into_words() -> None:
    shown = text_of(paper())
    for fact in ("GreenMetals", "8.225", "batch-001-7", "UL2799:Gold", hashlib.sha256(b"root").hexdigest()):
        assert fact in shown


def test_what_a_newer_certificate_adds_is_not_lost() -> None:
    more = {
        "water_litres": 12,
        "fractions": [{"fraction_id": "F-7", "material": "gold", "grams": 3, "kiln": "K-2"}],
        "assessments": {"new-scheme": {"stars": 5, "inner": {"deep": "yes it is"}, "list": [{"row": 1}]}},
    }
    told_words = words(**more)
    for fact in ("water_litres", "12", "F-7", "K-2", "new-scheme", "stars", "deep", "yes it is", "list 1"):
        assert fact in told_words
    assert len(pypdf.PdfReader(io.BytesIO(paper(**more))).pages) >= 2


def test_landfilled_grams_are_never_called_zero() -> None:
    grams = {**example.content()["grams"], "landfill": 500}
    landfilled = laid_out(grams=grams)
    assert "0.5 kg were landfilled" in landfilled["statement"]["en"]
    assert not landfilled["zero_landfill"], "no seal on it"
    assert laid_out()["zero_landfill"]


def test_a_sample_says_that_it_is_one() -> None:
    shown = text_of(paper(partner={**example.content()["partner"], "sample": True}))
    assert "SAMPLE" in shown
    assert "SAMPLE" not in text_of(paper())


def test_long_names_and_many_operations_stay_on_the_first_page() -> None:
    crowded = paper(
        partner={**example.content()["partner"], "name_th": "บริษัทรีไซเคิล " * 12, "name_en": "A recycler " * 15},
        outcome={
            "by_operation": {f"R{number}": 1_000 for number in range(1, 10)},
            "by_material": {f"material-{number}": 500 for number in range(20)},
        },
    )
    first, second = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(crowded)).pages[:2])
    assert example.VERIFY_URL.removeprefix("https://")[:20] in first
    assert "The certificate in full" in re.sub(r"\s+", " ", second)


def test_the_credential_and_the_content_are_inside() -> None:
    pdf = paper()
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    canonical = canonical_json(example.content())
    assert reader.attachments["credential.jwt"] == [example.credential().encode()]
    assert reader.attachments["certificate.json"] == [canonical]
    found = read_document(pdf)
    assert (found.kind, found.content, found.jwt) == (DocumentKind.PDF, canonical, example.credential())


def test_a_rewritten_pdf_still_gives_its_credential() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper()))
    again = io.BytesIO()
    writer.write(again)
    assert read_document(again.getvalue()).jwt == example.credential()


ELSEWHERE = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from test_paper import paper
print(hashlib.sha256(paper()).hexdigest())
"""


@pytest.mark.parametrize("zone", ["Asia/Bangkok", "America/St_Johns"])
def test_other_time_zones_locales_and_hash_seeds_make_the_same_bytes(zone: str) -> None:
    elsewhere = {**os.environ, "TZ": zone, "LC_ALL": "C", "PYTHONHASHSEED": str(len(zone))}
    command = [sys.executable, "-c", ELSEWHERE, str(HERE)]
    told_digest = subprocess.run(command, env=elsewhere, capture_output=True, text=True, check=True).stdout.strip()
    assert told_digest == hashlib.sha256(paper()).hexdigest()


@pytest.fixture(scope="module")
def verapdf(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the validator, from Maven Central."""
    if shutil.which("mvn") is None or shutil.which("java") is None:
        pytest.skip("install Java and Maven to validate PDF/A with veraPDF")
    jars = tmp_path_factory.mktemp("verapdf")
    command = ["mvn", "-q", "-B", "-f", str(HERE / "verapdf/pom.xml"), "dependency:copy-dependencies"]
    copied = subprocess.run([*command, f"-DoutputDirectory={jars}"], capture_output=True, text=True, check=False)
    if copied.returncode:
        pytest.skip(f"veraPDF can't be had from Maven Central: {copied.stdout[-200:]}")
    return ["java", "-cp", f"{jars}/*", "org.verapdf.apps.GreenfieldCliWrapper", "--format", "text"]


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["3a", "ua1"])
def test_it_is_valid_pdf_a_3_and_pdf_ua(verapdf: list[str], tmp_path: Path, flavour: str) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(paper())
    said = subprocess.run([*verapdf, "-f", flavour, "-v", file], capture_output=True, text=True, check=False)
    assert said.stdout.startswith("PASS"), said.stdout
