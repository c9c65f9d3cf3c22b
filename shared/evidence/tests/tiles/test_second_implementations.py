"""Others read our logs: Go's sumdb packages and, in a Python of its own, aics-tlog. Skipped where they are absent."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from disks import FaultyDisk
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.notes.checkpoints import sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner, encode_base64
from ewaste.evidence.notes.note import NoteSignature
from ewaste.evidence.tiles.files import LogFolder
from ewaste.evidence.tiles.layout import tile_in
from tilelogs import ENTRIES as LOG
from tilelogs import tree

ORIGIN = "log.example/custody"
SIGNER = NoteSigner(ORIGIN, SigningKey(generate_key()), KeyKind.NOTE)
WITNESS = NoteSigner("witness.example", SigningKey(generate_key()), KeyKind.COSIGNATURE)
CROSSCHECK = Path(__file__).parent / "crosscheck"
PYTHON = os.environ.get("EWASTE_AICS_PYTHON", "python3.12")
SIZES = [1, 2, 255, 256, 257, 600, 1_300]


@pytest.fixture(params=SIZES)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    """A log that grew in batches, published with one witness."""
    size: int = request.param
    with LogFolder(tmp_path / "log", ORIGIN, FaultyDisk()) as folder:
        for start in range(0, size, 100):
            head = folder.append(start, LOG[start : min(start + 100, size)])
        note = sign_checkpoint(head, [SIGNER])
        line = NoteSignature(WITNESS.key.name, WITNESS.key.key_id, WITNESS.sign(note.text, 1_700_000_000))
        folder.publish(note.with_signatures([line]).to_bytes())
    return tmp_path / "log", size


@pytest.fixture(scope="session")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in crosscheck/, built; its one module comes by Go's ordinary way."""
    if not (go := shutil.which("go")):
        pytest.skip("no Go here: install it to read our logs with golang.org/x/mod/sumdb")
    folder = tmp_path_factory.mktemp("crosscheck")
    shutil.copytree(CROSSCHECK, folder, dirs_exist_ok=True)
    fetched = subprocess.run(
        [go, "mod", "download"], cwd=folder, capture_output=True, text=True, check=False, timeout=100
    )
    if fetched.returncode:
        pytest.skip(f"Go cannot fetch golang.org/x/mod: {fetched.stderr[-300:]}")
    subprocess.run([go, "build", "-o", "reader", "."], cwd=folder, check=True, timeout=200)
    return folder / "reader"


def test_go_reads_and_proves_the_same(go_reader: Path, log: tuple[Path, int]) -> None:
    folder, size = log
    run = subprocess.run([go_reader, folder, str(SIGNER.key)], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    ours = tree(LOG[:size])
    assert (found["root"], found["signers"], found["unknown"]) == (encode_base64(ours.root()), 1, 1)
    assert {int(index): proof for index, proof in found["inclusion"].items()} == {
        index: [encode_base64(each) for each in ours.inclusion_proof(index)] for index in range(size)
    }
    for old, proof in found["consistency"].items():
        assert proof == [encode_base64(each) for each in ours.consistency_proof(int(old))]


def test_go_sees_a_changed_tile(go_reader: Path, log: tuple[Path, int]) -> None:
    folder, size = log
    tile = folder / tile_in(0, 0, size).path
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    run = subprocess.run([go_reader, folder, str(SIGNER.key)], capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, run.stdout) == (1, "")


AICS = """
import json, sys
from pathlib import Path
import aics_tlog as a
folder, log, witness = Path(sys.argv[1]), a.parse_vkey(sys.argv[2]), a.parse_vkey(sys.argv[3])
note = a.parse_note((folder / "checkpoint").read_bytes())
checkpoint, reader = a.parse_checkpoint(note.text), a.FileSystemTileReader(folder)
verified = a.verify_checkpoint(note, log, [witness], 1, expected_origin=log.name)
size = checkpoint.size
audit = a.audit_tiles(reader, size, checkpoint.root)
json.dump({
    "verified": [verified.ok, verified.error, verified.witnesses, verified.timestamps],
    "audited": [audit.size, audit.bundles],
    "root": a.tree_root_from_tiles(reader, size).hex(),
    "inclusion": [[h.hex() for h in a.inclusion_proof_from_tiles(reader, i, size)] for i in range(0, size, 13)],
    "consistency": [[h.hex() for h in a.consistency_proof_from_tiles(reader, i, size)] for i in range(1, size, 31)],
    "last": a.read_entry(reader, size - 1, size).hex(),
}, sys.stdout)
"""


@pytest.fixture(scope="session")
def aics() -> str:
    """A Python that has aics-tlog; it needs 3.12 or later, we need 3.11."""
    if not (python := shutil.which(PYTHON)):
        pytest.skip(f"no {PYTHON} here: point EWASTE_AICS_PYTHON at a Python from 3.12 on that has aics-tlog")
    found = subprocess.run([python, "-c", "import aics_tlog"], capture_output=True, check=False, timeout=60)
    if found.returncode:
        pytest.skip(f"{python} has no aics-tlog: install it there, or point EWASTE_AICS_PYTHON at one that has it")
    return python


def test_aics_reads_and_proves_the_same(aics: str, log: tuple[Path, int]) -> None:
    folder, size = log
    arguments = [str(folder), str(SIGNER.key), str(WITNESS.key)]
    run = subprocess.run([aics, "-c", AICS, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    ours = tree(LOG[:size])
    assert json.loads(run.stdout) == {
        "verified": [True, None, [WITNESS.key.name], {WITNESS.key.name: 1_700_000_000}],
        "audited": [size, -(-size // 256)],
        "root": ours.root().hex(),
        "inclusion": [[each.hex() for each in ours.inclusion_proof(index)] for index in range(0, size, 13)],
        "consistency": [[each.hex() for each in ours.consistency_proof(old)] for old in range(1, size, 31)],
        "last": LOG[size - 1].hex(),
    }
