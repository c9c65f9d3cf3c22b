"""The keys of a log: made once, for their owner only, and changed without a gap."""

from pathlib import Path

import pytest
from ewaste.evidence.notes.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from ewaste.runtime.keyfile import KeyFileUnusable
from ewaste.traceability.log.keys import LogKeys

ORIGIN = "urn:ewaste:chiangmai:custody"


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    keys = LogKeys(tmp_path / "keys" / "custody.json", ORIGIN)

    (made,) = keys.signers()

    assert made.key.name == ORIGIN
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert [each.key for each in LogKeys(keys.path, ORIGIN).signers()] == [made.key]


def test_a_new_key_signs_beside_the_old_one_until_that_is_retired(tmp_path: Path) -> None:
    keys = LogKeys(tmp_path / "custody.json", ORIGIN)
    (old,) = keys.signers()
    new = keys.add()
    checkpoint = Checkpoint(ORIGIN, 5, b"\1" * 32)

    both = sign_checkpoint(checkpoint, keys.signers()).to_bytes()

    assert open_checkpoint(both, [old.key]).checkpoint == open_checkpoint(both, [new.key]).checkpoint == checkpoint
    assert [each.key for each in keys.retire()] == [old.key]
    assert [each.key for each in keys.signers()] == [new.key]


def test_a_broken_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "custody.json"
    path.write_text('{"keys": []}')

    with pytest.raises(KeyFileUnusable, match=r"custody\.json.*EWASTE_LOG_KEYS_DIR"):
        LogKeys(path, ORIGIN).signers()

    assert path.read_text() == '{"keys": []}'
