"""Files are audited by several processes with the same result as by one, in memory that does not grow with the log."""

import shutil
from pathlib import Path

import pytest
from ewaste.auditor.files import audit
from ewaste.auditor.files.audit import audit_files
from ewaste.auditor.files.diagnosis import FileFault, Kind
from ewaste.evidence.notes.checkpoints import Checkpoint
from signedlogs import write_log
from tamper import Depth, delete, edit, insert, swap, tamper

SIZE = 2_000


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    folder = tmp_path_factory.mktemp("log")
    return folder, write_log(folder, [f"entry {number:05d}".encode() for number in range(SIZE)])


@pytest.fixture
def log(written: tuple[Path, Checkpoint], tmp_path: Path) -> tuple[Path, Checkpoint]:
    return Path(shutil.copytree(written[0], tmp_path / "log")), written[1]


def told(faults: list[FileFault]) -> list[tuple[Kind, str, int, int]]:
    return [(each.kind, each.path, each.first, each.last) for each in faults]


def test_many_processes_find_what_one_finds(log: tuple[Path, Checkpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    tamper(log[0], edit(100, b"00100", b"00101"), Depth.BUNDLE)
    tamper(log[0], swap(1_030, 1_200), Depth.BUNDLE)
    (log[0] / "tile/0/005").write_bytes(b"")
    alone = audit_files(*log)
    monkeypatch.setattr(audit, "_ALONE", 1)
    monkeypatch.setattr(audit, "_CHUNK", 2)

    assert audit_files(*log) == alone

    assert told(alone.faults) == [
        (Kind.CHANGED, "tile/entries/000", 100, 100),
        (Kind.SWAPPED, "tile/entries/004", 1_030, 1_200),
        (Kind.CHANGED, "tile/0/005", 1_280, 1_535),
    ]
    assert alone.made != log[1].root


@pytest.mark.parametrize("at", [0, 1, 254, 256, 300, 1_791, 1_792, 1_998, 1_999])
@pytest.mark.parametrize("depth", [Depth.BUNDLE, Depth.BUNDLES])
def test_what_moved_because_one_was_taken_out_is_told_once(log: tuple[Path, Checkpoint], at: int, depth: Depth) -> None:
    tamper(log[0], delete(at), depth)
    faults = told(audit_files(*log).faults)
    if depth is Depth.BUNDLES and at % 256 == 255:
        # The last of a full bundle has the next one in its place: that it moved shows in the next bundle.
        assert [(kind, first) for kind, _, first, _ in faults] == [(Kind.CHANGED, at), (Kind.TAKEN_OUT, at + 1)]
    else:
        ((kind, path, first, last),) = faults
        assert (kind, path.partition(".p/")[0]) == (Kind.TAKEN_OUT, f"tile/entries/{at // 256:03d}")
        assert (first, last) == (at, at)


@pytest.mark.parametrize("at", [0, 1, 254, 256, 300, 1_792, 1_998])
@pytest.mark.parametrize("depth", [Depth.BUNDLE, Depth.BUNDLES])
def test_an_entry_put_in_is_told_once(log: tuple[Path, Checkpoint], at: int, depth: Depth) -> None:
    tamper(log[0], insert(at, b"another"), depth)
    ((kind, path, first, _),) = told(audit_files(*log).faults)
    assert (kind, path.partition(".p/")[0]) == (Kind.PUT_IN, f"tile/entries/{at // 256:03d}")
    assert first == at
