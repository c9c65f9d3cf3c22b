"""The writer's folder: stopped anywhere, failed anywhere, killed anywhere, it goes on to the same bytes or alarms."""

import errno
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from disks import FaultyDisk, KillingDisk, failing
from ewaste.evidence.ledger.merkle import EMPTY_ROOT, root_of
from ewaste.evidence.notes.checkpoints import Checkpoint, HistoryForked
from ewaste.evidence.notes.note import Note, NoteSignature
from ewaste.evidence.tiles.files import BytesDiffer, EntriesMissing, FolderInUse, LogFolder, WriteBroken, read_head
from ewaste.evidence.tiles.layout import MAX_ENTRY_BYTES, BundleError, content_path, tiles_of
from tilelogs import ENTRIES as LOG
from tilelogs import HASHES, memory_log

ORIGIN = "log.example/custody"
BATCHES = [(0, 3), (3, 255), (255, 600), (600, 602)]
CONTENTS = [b"large" * 20_000, b""]
END = BATCHES[-1][1]
EVER = memory_log(LOG[:END], 1)


def note_of(size: int, root: bytes | None = None, origin: str = ORIGIN) -> bytes:
    """A checkpoint with a signature that nobody checks here."""
    text = Checkpoint(origin, size, root_of(HASHES[:size]) if root is None else root).text()
    return Note(text, (NoteSignature(origin, bytes(4), bytes(64)),)).to_bytes()


def run(folder: Path, disk: FaultyDisk | None = None) -> None:
    """All of the log's life: open, four appends, contents, a checkpoint after each."""
    with LogFolder(folder, ORIGIN, disk) as log:
        for start, end in BATCHES:
            log.append(start, LOG[start:end], CONTENTS)
            log.publish(note_of(end))


def again(folder: Path) -> None:
    """What whoever starts the writer again does: give the entries from the first on."""
    with LogFolder(folder, ORIGIN, FaultyDisk()) as log:
        for start, end in BATCHES:
            log.append(start, LOG[start:end], CONTENTS)
        log.publish(note_of(END))


def served(folder: Path) -> dict[str, bytes]:
    """What readers may fetch."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if not name.startswith(".")}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("expected") / "log"
    run(folder)
    return served(folder)


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every change that a whole life makes, in order."""
    disk = FaultyDisk()
    run(tmp_path_factory.mktemp("changes") / "log", disk)
    return disk.calls


def require_whole(folder: Path, expected: dict[str, bytes]) -> None:
    """All that the tree needs is there and right; a partial file of an earlier size may be left."""
    found = served(folder)
    assert {name: found.get(name) for name in expected} == expected
    for name in found.keys() - expected.keys():
        assert found[name] == EVER[name]


def test_a_folder_holds_what_the_tree_has_and_nothing_else(expected: dict[str, bytes]) -> None:
    # The partial tiles of the size before are there until they are full.
    tiles = {tile.path for size in (600, END) for tile in tiles_of(size)}
    names = tiles | {content_path(sha256(content).digest()) for content in CONTENTS}
    assert set(expected) == {"checkpoint", *names}
    at_once = memory_log(LOG[:END])
    assert {name: expected[name] for name in at_once} == at_once


def test_an_empty_folder_is_an_empty_log(tmp_path: Path) -> None:
    with LogFolder(tmp_path / "log", ORIGIN) as log:
        assert (log.head, log.published()) == (Checkpoint(ORIGIN, 0, EMPTY_ROOT), None)
        assert log.append(0, []).size == 0
    assert served(tmp_path / "log") == {}


def test_a_reopened_log_goes_on(tmp_path: Path) -> None:
    for start, end in [(0, 300), (300, 301), (301, 512), (512, 900)]:
        with LogFolder(tmp_path / "log", ORIGIN) as log:
            assert log.head.size == start
            assert log.append(start, LOG[start:end]) == Checkpoint(ORIGIN, end, root_of(HASHES[:end]))
            assert log.tree().entry(end - 1) == LOG[end - 1]


def test_entries_given_again_are_passed_over_and_others_alarm(tmp_path: Path) -> None:
    with LogFolder(tmp_path / "log", ORIGIN) as log:
        log.append(0, LOG[:300])
        assert log.append(0, LOG[:299]).size == 300
        assert log.append(250, LOG[250:320]).root == root_of(HASHES[:320])
        with pytest.raises(BytesDiffer, match=r"entry 261 of log.example/custody is another"):
            log.append(260, [LOG[260], b"another"])
        with pytest.raises(EntriesMissing, match="has 320 entries; those from 321 cannot follow"):
            log.append(321, LOG[321:])
        with pytest.raises(BundleError):
            log.append(320, [bytes(MAX_ENTRY_BYTES + 1)])
        assert log.append(320, LOG[320:]).root == root_of(HASHES)


def test_one_process_writes(tmp_path: Path) -> None:
    with LogFolder(tmp_path / "log", ORIGIN), pytest.raises(FolderInUse, match="another process writes the log"):
        LogFolder(tmp_path / "log", ORIGIN)
    LogFolder(tmp_path / "log", ORIGIN).close()


def test_a_folder_belongs_to_one_log(tmp_path: Path) -> None:
    with LogFolder(tmp_path / "log", ORIGIN) as log:
        log.append(0, LOG[:3])
    with pytest.raises(BytesDiffer, match=r"holds the log log.example/custody, not log.example/learning"):
        LogFolder(tmp_path / "log", "log.example/learning")


@pytest.mark.parametrize("name", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1", ".head"])
@pytest.mark.parametrize("change", [lambda old: old[:-5] + bytes(5), lambda old: old[:-5], None])
def test_a_changed_right_edge_alarms_at_the_start(
    tmp_path: Path, name: str, change: Callable[[bytes], bytes] | None
) -> None:
    with LogFolder(tmp_path / "log", ORIGIN) as log:
        log.append(0, LOG[:300])
        log.publish(note_of(300))
    file = tmp_path / "log" / name
    if change is None:
        file.unlink()
    else:
        file.write_bytes(change(file.read_bytes()))
    with pytest.raises((BytesDiffer, HistoryForked, ValueError)):
        LogFolder(tmp_path / "log", ORIGIN)


def test_a_file_that_holds_other_bytes_is_never_replaced(tmp_path: Path) -> None:
    with LogFolder(tmp_path / "log", ORIGIN) as log:
        log.append(0, LOG[:200])
        planted = tmp_path / "log/tile/0/000"
        planted.write_bytes(bytes(8_192))
        with pytest.raises(BytesDiffer, match="tile/0/000 holds 8192 other bytes than the 8192"):
            log.append(200, LOG[200:300])
        assert log.head.size == 200
        planted.unlink()
        assert log.append(200, LOG[200:300]).root == root_of(HASHES[:300])


def test_checkpoints_only_go_forward_on_this_tree(tmp_path: Path) -> None:
    with LogFolder(tmp_path / "log", ORIGIN) as log:
        log.append(0, LOG[:300])
        for wrong in (note_of(301), note_of(300, root=bytes(32)), note_of(299, root=root_of(HASHES[:300]))):
            with pytest.raises(HistoryForked):
                log.publish(wrong)
        with pytest.raises(BytesDiffer, match=r"checkpoint of other.example is not one of"):
            log.publish(note_of(300, origin="other.example"))
        log.publish(note_of(299))
        with pytest.raises(HistoryForked):
            log.publish(note_of(298))
        log.publish(note_of(299))
        log.publish(note_of(300))
        assert log.published() == note_of(300)


def test_a_restored_backup_does_not_start(tmp_path: Path) -> None:
    with LogFolder(tmp_path / "log", ORIGIN) as log:
        log.append(0, LOG[:300])
        old = (tmp_path / "log/.head").read_bytes()
        log.append(300, LOG[300:310])
        log.publish(note_of(310))
    (tmp_path / "log/.head").write_bytes(old)
    with pytest.raises((HistoryForked, BytesDiffer)):
        LogFolder(tmp_path / "log", ORIGIN)


def every(changes: list[str], call: str) -> list[int]:
    return [at for at, each in enumerate(changes) if each == call]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("call", ["create", "write", "fsync", "rename", "make_folder", "sync_folder"])
def test_an_error_at_any_call_loses_nothing(
    tmp_path: Path, expected: dict[str, bytes], changes: list[str], call: str, number: int
) -> None:
    assert every(changes, call)
    for at in every(changes, call):
        folder = tmp_path / str(at)
        with pytest.raises(OSError, match=errno.errorcode[number]):
            run(folder, FaultyDisk(at, failing(number)))
        again(folder)
        require_whole(folder, expected)


def test_an_error_while_partial_files_are_removed_loses_nothing(
    tmp_path: Path, expected: dict[str, bytes], changes: list[str]
) -> None:
    assert every(changes, "remove")
    for at in every(changes, "remove"):
        with suppress(OSError):
            run(tmp_path / str(at), FaultyDisk(at, failing(errno.EIO)))
        again(tmp_path / str(at))
        require_whole(tmp_path / str(at), expected)


def test_the_same_writer_may_try_again(tmp_path: Path, expected: dict[str, bytes], changes: list[str]) -> None:
    opening = FaultyDisk()
    LogFolder(tmp_path / "log", ORIGIN, opening).close()
    for at in range(opening.count, len(changes)):
        disk = FaultyDisk(at, failing(errno.EIO))
        with LogFolder(tmp_path / f"{at}", ORIGIN, disk) as log:
            while log.published() != note_of(END):
                start = min(log.head.size, BATCHES[-1][0])
                end = next(end for _, end in BATCHES if end > start)
                with suppress(OSError):
                    log.append(start, LOG[start:end], CONTENTS)
                    log.publish(note_of(end))
        require_whole(tmp_path / f"{at}", expected)


def test_a_write_that_lies_is_caught_before_it_counts(
    tmp_path: Path, expected: dict[str, bytes], changes: list[str]
) -> None:
    for at in every(changes, "write"):
        folder = tmp_path / str(at)
        with pytest.raises(WriteBroken, match="does not read back"):
            run(folder, FaultyDisk(at, lambda: None))
        again(folder)
        require_whole(folder, expected)


def test_a_disk_that_takes_nothing_is_broken(tmp_path: Path) -> None:
    with pytest.raises(WriteBroken, match="takes no bytes"):
        run(tmp_path / "log", FaultyDisk(0, lambda: 0, times=10_000))


def test_a_kill_at_any_change_loses_nothing(tmp_path: Path, expected: dict[str, bytes], changes: list[str]) -> None:
    for at in range(len(changes)):
        folder = tmp_path / str(at)
        if (child := os.fork()) == 0:
            try:
                run(folder, KillingDisk(at))
            finally:
                os._exit(0)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        again(folder)
        require_whole(folder, expected)


def test_entries_that_do_not_make_the_known_root_are_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    assert read_head(folder) is None
    with LogFolder(folder, ORIGIN, FaultyDisk()) as log:
        log.append(0, LOG[:300], root=root_of(HASHES[:300]))
        with pytest.raises(BytesDiffer, match="entries 300 to 310"):
            log.append(300, LOG[301:311], [b"not written either"], root=root_of(HASHES[:310]))
        assert read_head(folder) == log.head == Checkpoint(ORIGIN, 300, root_of(HASHES[:300]))
    assert not (folder / "content").exists()
