"""A mirror is the log, file by file; it takes nothing that is not so, goes on where it stopped, and proves a fork."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.cli import app
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.mirroring import Mirrored, mirror_log
from ewaste.auditor.verify import Known, verify
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.tiles.layout import tiles_of
from signedlogs import ORIGIN, Signers, write_log
from typer.testing import CliRunner

Books = Any
PREFIX = "/log/custody/"


class Served:
    """A log served over HTTP; `spoil` may change what is answered, `gone` are paths that answer 404."""

    def __init__(self, folder: Path, signers: Signers) -> None:
        self.folder, self.signers = folder, signers
        self.asked: list[str] = []
        self.gone: set[str] = set()
        self.spoil: Callable[[str, bytes], bytes] = lambda _, content: content
        self.most = 10**9
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = served.answer(self.path)
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> tuple[int, bytes]:
        name = path.removeprefix(PREFIX)
        self.asked.append(name)
        if len(self.asked) > self.most:
            return 503, b""
        file = self.folder / name
        if not path.startswith(PREFIX) or name in self.gone or not file.is_file():
            return 404, b""
        return 200, self.spoil(name, file.read_bytes())

    def write(self, leaves: list[bytes], contents: list[bytes] | None = None) -> Checkpoint:
        return write_log(self.folder, leaves, contents or [], self.signers)


@pytest.fixture
def served(tmp_path: Path, signers: Signers) -> Iterator[Served]:
    found = Served(tmp_path / "served", signers)
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


def leaves(count: int, salt: str = "") -> list[bytes]:
    return [f"{salt}{number}".encode() for number in range(count)]


def take(served: Served, folder: Path) -> Mirrored:
    return mirror_log(served.url, folder, "custody", served.signers.policy)


def codes(mirrored: Mirrored) -> list[Code]:
    return [each.code for each in mirrored.findings]


def files(folder: Path) -> dict[str, bytes]:
    """What a reader of the log needs."""
    found = {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    return {path: content for path, content in found.items() if path.startswith(("checkpoint", "tile", "content"))}


def test_a_mirror_is_the_log_and_verifies(served: Served, folder: Path, books: Books) -> None:
    served.write(books.leaves(), books.contents())

    done = take(served, folder)

    assert not done.findings
    assert {path: each for path, each in files(folder).items() if "/" not in path or path[0] != "c"} | {
        path: each for path, each in files(folder).items() if path.startswith("content/")
    } == files(served.folder)
    assert (done.checkpoint.root, done.before, done.taken.contents) == (books.root(), 0, 1)
    assert done.signed is not None
    assert len(done.signed.cosigned) == 3
    assert verify(folder, Known(served.signers.policy)).clean


def test_only_what_is_new_is_asked_for(served: Served, folder: Path) -> None:
    served.write(leaves(70_000))
    take(served, folder)
    served.write(leaves(70_300))
    served.asked.clear()

    done = take(served, folder)

    assert (done.before, done.checkpoint.size) == (70_000, 70_300)
    assert len(served.asked) < 20
    again = take(served, folder)
    assert (again.taken.files, codes(again)) == (0, [])
    wanted = {tile.path for tile in tiles_of(70_300)}
    assert {path for path in files(folder) if path.startswith("tile/")} == wanted, "no narrower tile stays behind"
    assert [path.name[:12] for path in sorted((folder / "checkpoints").iterdir())] == ["000000070000", "000000070300"]


@pytest.mark.parametrize("most", [1, 2, 5, 20, 37])
def test_a_run_that_was_stopped_goes_on(served: Served, folder: Path, most: int) -> None:
    served.write(leaves(5_000))
    served.most = most
    with pytest.raises(CannotRun, match="again"):
        take(served, folder)
    with pytest.raises(CannotRun, match="goes on where it stopped"):
        Mirror.open(folder)
    kept = {path for path in files(folder) if path.startswith("tile/")}
    served.most, served.asked = 10**9, []

    assert not take(served, folder).findings

    assert verify(folder, files_only=True).clean
    assert not kept & set(served.asked), "what was taken is not asked for again"


@pytest.mark.parametrize("path", ["tile/entries/003", "tile/0/003", "tile/1/000.p/19", "tile/entries/019.p/136"])
def test_a_file_that_is_not_what_the_checkpoint_says_is_not_taken(served: Served, folder: Path, path: str) -> None:
    served.write(leaves(5_000))
    served.spoil = lambda name, content: content[:-1] + b"X" if name == path else content

    done = take(served, folder)

    assert codes(done) == [Code.LOG_DIFFERS]
    assert not (folder / path).exists()
    assert not (folder / "checkpoint").exists()
    served.spoil = lambda _, content: content
    assert not take(served, folder).findings
    assert verify(folder, files_only=True).clean


def test_a_partial_tile_that_became_full_meanwhile_is_cut(served: Served, folder: Path) -> None:
    small = served.write(leaves(300))
    note = (served.folder / "checkpoint").read_bytes()
    served.write(leaves(600))
    served.gone = {tile.path for tile in tiles_of(300) if not tile.full and tile.level < 1}
    (served.folder / "checkpoint").write_bytes(note)

    done = take(served, folder)

    assert (codes(done), done.checkpoint) == ([], small)
    assert verify(folder, files_only=True).clean


@pytest.mark.parametrize(("before", "after"), [(5_000, 5_000), (5_000, 9_000), (9_000, 5_000), (300, 301)])
def test_a_fork_is_told_proven_and_never_taken(served: Served, folder: Path, before: int, after: int) -> None:
    served.write(leaves(before))
    take(served, folder)
    whole = files(folder)
    other = leaves(after)
    other[271] = b"another"
    served.write(other)

    done = take(served, folder)

    (finding,) = done.findings
    assert finding.code is Code.FORK_SEEN
    assert "the first that differs is record 271" in finding.message
    assert finding.file is not None
    proof = folder / finding.file
    assert (proof / "ours.note").read_bytes() == whole["checkpoint"]
    assert (proof / "theirs.note").read_bytes() == (served.folder / "checkpoint").read_bytes()
    assert {path: files(folder)[path] for path in whole} == whole, "the mirror is as it was"
    report = verify(folder, Known(served.signers.policy), files_only=True)
    assert set(report.findings.counts) == {Code.FORK_SEEN}, "it is told as long as the proof is there"


def test_a_log_that_became_shorter_is_a_finding(served: Served, folder: Path) -> None:
    served.write(leaves(5_000))
    take(served, folder)
    served.write(leaves(4_000))

    assert codes(take(served, folder)) == [Code.LOG_SHRANK]
    assert Mirror.open(folder).size == 5_000


def test_the_policy_decides_whose_checkpoint_is_taken(served: Served, folder: Path) -> None:
    head = served.write(leaves(10))
    stranger = Signers()
    (served.folder / "checkpoint").write_bytes(stranger.sign(head))
    assert codes(take(served, folder)) == [Code.CHECKPOINT_NOT_SIGNED]

    (served.folder / "checkpoint").write_bytes(served.signers.sign(head, witnesses=1))
    missed = take(served, folder)
    assert codes(missed) == [Code.QUORUM_MISSED]
    assert "cosigned by witness.example/a; the policy asks for 2 of a, b, c" in missed.findings[0].message
    assert not folder.exists()

    assert not mirror_log(served.url, folder, "custody").findings, "without a policy nobody is asked for"
    report = verify(folder, Known(served.signers.policy), files_only=True)
    assert set(report.findings.counts) == {Code.QUORUM_MISSED}
    (served.folder / "checkpoint").write_bytes(served.signers.sign(head))
    assert not take(served, folder).findings
    assert verify(folder, Known(served.signers.policy), files_only=True).clean, "cosigned later, taken again"


def test_a_content_that_is_not_served_is_told_and_asked_for_again(served: Served, folder: Path, books: Books) -> None:
    served.write(books.leaves(), books.contents())
    (content,) = (str(each.relative_to(served.folder)) for each in served.folder.glob("content/*/*"))
    served.gone = {content}

    done = take(served, folder)
    assert codes(done) == [Code.CONTENT_MISSING]
    assert content in done.findings[0].message
    assert verify(folder).findings.counts[Code.CONTENT_MISSING] == 1

    served.gone = set()
    assert not take(served, folder).findings
    assert verify(folder).clean


def test_a_file_moved_away_is_taken_again(served: Served, folder: Path) -> None:
    served.write(leaves(5_000))
    take(served, folder)
    for path, broken in (("tile/entries/007", None), ("tile/0/003", None), ("tile/1/000.p/19", b"")):
        if broken is None:
            (folder / path).unlink()
        else:
            (folder / path).write_bytes(broken)
    assert not verify(folder, files_only=True).clean

    assert take(served, folder).taken.files == 3

    assert verify(folder, files_only=True).clean


def test_another_log_and_another_folder_are_left_alone(served: Served, folder: Path, tmp_path: Path) -> None:
    served.write(leaves(10))
    take(served, folder)
    other = Signers("urn:ewaste:cm:learning")
    (served.folder / "checkpoint").write_bytes(other.sign(Checkpoint("urn:ewaste:cm:learning", 0, b"0" * 32)))
    with pytest.raises(CannotRun, match=f"holds {ORIGIN}"):
        mirror_log(served.url, folder, "custody")

    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("my notes")
    for wrong in (tmp_path / "notes", tmp_path / "notes" / "mine.txt"):
        with pytest.raises(CannotRun, match=r"give another folder|is no folder"):
            mirror_log(served.url, wrong, "custody")


def test_an_empty_log_is_mirrored_and_a_false_empty_root_is_not(served: Served, folder: Path) -> None:
    (served.folder).mkdir()
    (served.folder / "checkpoint").write_bytes(served.signers.sign(Checkpoint(ORIGIN, 0, b"0" * 32)))
    assert codes(take(served, folder)) == [Code.LOG_DIFFERS]
    served.write([])
    assert not take(served, folder).findings
    assert verify(folder, Known(served.signers.policy)).clean


@pytest.mark.parametrize(
    ("url", "ledger", "said"),
    [
        ("file:///etc/passwd", "custody", "is no address"),
        ("http://127.0.0.1:9", "custody", "can't be read"),
        ("trace", "custody", "is no address"),
        ("http://127.0.0.1:9", "../x", "no name of a ledger"),
    ],
)
def test_an_address_that_does_not_answer_is_told(folder: Path, url: str, ledger: str, said: str) -> None:
    with pytest.raises(CannotRun, match=said):
        mirror_log(url, folder, ledger)


def test_what_is_no_log_is_told(served: Served, folder: Path) -> None:
    with pytest.raises(CannotRun, match="nothing is published yet, or no such log"):
        take(served, folder)
    served.folder.mkdir()
    (served.folder / "checkpoint").write_bytes(b"<html>")
    with pytest.raises(CannotRun, match="is no checkpoint"):
        take(served, folder)


def test_people_read_what_was_taken(served: Served, folder: Path, tmp_path: Path) -> None:
    head = served.write(leaves(300))
    policy = tmp_path / "policy"
    policy.write_bytes(served.signers.policy_text())

    told = CliRunner().invoke(app, ["mirror", served.url, str(folder), "--policy", str(policy)])

    assert told.exit_code == 0, told.output
    assert f"{ORIGIN}: 300 records, 0 of them from before" in told.output
    assert head.root.hex() in told.output
    assert "signed by the log and witness.example/a, witness.example/b, witness.example/c" in told.output
    blind = CliRunner().invoke(app, ["mirror", served.url, str(folder)])
    assert "who signed was not checked" in blind.output
    served.write(leaves(300, "other"))
    forked = CliRunner().invoke(app, ["mirror", served.url, str(folder)])
    assert forked.exit_code == 1
    assert "fork_seen" in forked.output
