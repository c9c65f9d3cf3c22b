"""The page a QR code leads to: the server's steps without JavaScript, and the browser's own with it."""

import base64
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.certificates.credential import certificate_credential, did_document, secure
from ewaste.evidence.keys import SigningKey, generate_key

pytestmark = pytest.mark.slow
PHONE = {"width": 390, "height": 844}
ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "services/traceability/src/ewaste/traceability/static/verify.js"


def test_without_javascript_every_step_and_the_chain_are_there(browser: Any, site: Any) -> None:
    page = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    page.goto(site.pages["verify"] + "?lang=th")

    assert page.get_by_text("ใบรับรองนี้ถูกต้องและมีผลวันนี้").count() == 1
    steps = page.locator("#steps + ol.stages > li")
    assert [step.get_attribute("class") for step in steps.all()] == ["done"] * 6
    assert page.locator("ol.timeline > li").count() > 5
    assert page.locator("#own-steps > li").count() == 0
    page.context.close()


def test_the_browser_verifies_signature_and_digest_by_itself(browser: Any, site: Any) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site.pages["verify"] + "?lang=en")

    own = page.locator("#own-steps > li")
    own.nth(1).wait_for()
    assert [step.get_attribute("class") for step in own.all()] == ["done", "done"], own.all_inner_texts()
    digest = page.locator("#own-steps").get_attribute("data-digest")
    assert digest in own.nth(1).inner_text()
    assert complaints == []
    page.context.close()


def test_a_service_that_lies_is_found_out_by_the_browser(browser: Any, site: Any) -> None:
    """One gram more in the credential, everything else as it was: the server's page can't hide it."""
    page = browser.new_context(viewport=PHONE).new_page()
    page.route("**/credential", _change_a_gram)
    page.goto(site.pages["verify"] + "?lang=en")

    own = page.locator("#own-steps > li")
    own.nth(1).wait_for()
    assert [step.get_attribute("class") for step in own.all()] == ["failed", "failed"]
    page.context.close()


def test_a_file_is_verified_where_it_is_chosen(browser: Any, site: Any, tmp_path: Path) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    address = site.pages["verify"].replace("/pages/verify/", "/certificates/")
    paper = tmp_path / "certificate.pdf"
    paper.write_bytes(page.request.get(f"{address}/pdf").body())
    page.goto(site.pages["verify-form"] + "?lang=en")

    page.get_by_label("Or choose a certificate's file").set_input_files(str(paper))

    page.get_by_text("This file is genuine and holds today").wait_for()
    assert page.locator("#file-steps > li.done").count() == 7, "with the pages themselves"
    page.context.close()


def _change_a_gram(route: Any) -> None:
    answer = route.fetch()
    header, payload, signature = answer.text().split(".")
    said = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).replace(b'"input":10000', b'"input":10001')
    changed = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
    route.fulfill(response=answer, body=f"{header}.{changed}.{signature}")


NODE = """
const { canonical, signatureHolds } = await import(process.argv[1]);
const [value, jwt, issuer] = JSON.parse(await new Response(process.stdin).text());
process.stdout.write(JSON.stringify([canonical(value), await signatureHolds(jwt, issuer)]));
"""


def test_the_script_canonicalizes_as_the_certificate_does() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("install Node.js to run the page's script outside a browser")
    value = {"b": [1, None, True, 'ทิ้ง \u2028 "q" \\ \n\x07'], "a": {"é": 1, "z": -5, "A": {}}, "\U0001f418": []}
    key, url = generate_key(), "https://trace.example"
    made = certificate_credential(
        canonical_json(value), certificate_id="c", issued_at=datetime(2026, 1, 1, tzinfo=UTC), ordinal=0, url=url
    )
    told = json.dumps([value, secure(made, SigningKey(key), url), did_document(url, [key])])
    command = [node, "--input-type=module", "-e", NODE, SCRIPT.as_uri()]
    said = subprocess.run(command, input=told, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [canonical_json(value).decode(), True]


def test_the_auditors_command_finds_the_same_from_downloads_alone(site: Any, tmp_path: Path) -> None:
    base, _, path = site.pages["verify"].partition("/pages/verify/")
    ledger, key, paper = tmp_path / "custody", tmp_path / "did.json", tmp_path / "certificate.pdf"
    mirrored = _auditor("mirror", base, ledger)
    assert mirrored.returncode == 0, mirrored.stderr
    for address, file in ((f"{base}/.well-known/did.json", key), (f"{base}/certificates/{path}/pdf", paper)):
        file.write_bytes(httpx.get(address).raise_for_status().content)
    lists = []
    for purpose in ("suspension", "revocation"):
        lists += ["--status-list", tmp_path / purpose]
        (tmp_path / purpose).write_bytes(httpx.get(f"{base}/status-lists/{purpose}/0").raise_for_status().content)

    told = _auditor("credential", paper, "--ledger", ledger, "--key", key, *lists)

    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.count("✓") == 9, told.stdout
    assert "the same bytes" in told.stdout


def _auditor(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ewaste.auditor", *(str(each) for each in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
