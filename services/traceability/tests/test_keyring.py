"""The issuer's keys in a file: made once, kept from others' eyes, never replaced in silence."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ewaste.evidence.keys import generate_key
from ewaste.traceability.__main__ import main
from ewaste.traceability.certificates.keyring import KeyFileUnusable, Keyring
from ewaste.traceability.settings import Settings
from typer.testing import CliRunner

URL = "https://trace.example"


def test_the_first_use_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    signing = Keyring(path, URL).signing()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring(path, URL).signing().kid == signing.kid
    assert [path] == list(path.parent.iterdir()), "no other file is left beside it"


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    rings = [Keyring(tmp_path / "keys.json", URL) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert len({key.kid for key in pool.map(lambda ring: ring.signing(), rings)}) == 1


def test_a_rotation_keeps_only_the_public_halves_of_what_was(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys.json", URL)
    first, second, third = ring.signing().kid, ring.rotate().kid, ring.rotate().kid
    assert ring.signing().kid == third
    assert len(ring.public()) == 3
    kept = json.loads(ring.path.read_bytes())["keys"]
    assert ["d" in each for each in kept] == [True, False, False]
    assert len({first, second, third}) == 3
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"keys": []}', b'{"keys": [5]}', b'{"keys": [{"kty": "RSA"}]}', b"\xff"]
)
def test_a_broken_file_stops_signing_and_is_never_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(KeyFileUnusable, match="backup"):
        Keyring(path, URL).signing()
    assert path.read_bytes() == content


def test_a_public_key_alone_can_not_sign(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [{**generate_key(), "d": None}]}))
    with pytest.raises(KeyFileUnusable):
        Keyring(path, URL).signing()


def test_operators_rotate_with_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EWASTE_CREDENTIAL_KEY_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("EWASTE_TRACEABILITY_URL", URL)
    ring = Keyring(tmp_path / "keys.json", URL)
    before = ring.signing().kid

    told = CliRunner().invoke(main, ["rotate-credential-key"])

    assert told.exit_code == 0, told.output
    assert f"did:web:trace.example#{ring.signing().kid}" in told.output
    assert ring.signing().kid != before


def test_the_address_of_this_machine_gets_its_name() -> None:
    assert Settings(traceability_url="http://127.0.0.1:8105").issuer_url == "http://localhost:8105"
    assert Settings(traceability_url=URL).issuer_url == URL
