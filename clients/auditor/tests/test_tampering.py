"""Whoever changes one record, leaves one out, moves one or puts one in is found, and the record is named."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Finding
from ewaste.auditor.mirror.kept import keep
from ewaste.auditor.report import Report
from ewaste.auditor.verify import Known, verify
from ewaste.contracts.events.dropoff import BagInstalled, ItemDropped
from ewaste.contracts.events.recycler import LoadReceived
from ewaste.contracts.events.traceability import CheckpointPublished
from ewaste.contracts.fields import Context
from signedlogs import ORIGIN, Signers, write_log
from tamper import Change, Depth, delete, edit, insert, swap, tamper

Books = Any
Save = Callable[[Books], Path]
SIZE = 720
VICTIM = 300
"""An item that was dropped, in the second bundle of three; the ledger named its root every hundred records."""


class Log:
    """A long log in a folder, written once; each test gets a copy."""

    def __init__(self, books: Books, master: Path) -> None:
        self.books, self.master, self.signers = books, master, Signers()
        write_log(master, books.leaves(), books.contents(), self.signers)
        self.place = next(at for at in range(VICTIM, SIZE) if b"ItemDropped" in books.records[at].value)

    def copy(self, to: Path) -> Path:
        return Path(shutil.copytree(self.master, to / "mirror"))

    def verify(self, folder: Path, **given: Any) -> Report:
        return verify(folder, Known(self.signers.policy), **given)

    def changes(self) -> dict[str, Change]:
        """Each done to one record; the other one is in the same bundle."""
        at, leaves = self.place, self.books.leaves()
        return {
            "edit": edit(at, b'"phone"', b'"cable"'),
            "delete": delete(at),
            "swap": swap(at, at + 7),
            "insert": insert(at, leaves[at].replace(b'"phone"', b'"cable"')),
        }


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, long_books: Callable[..., Books]) -> Log:
    def checkpoints(books: Books) -> None:
        if len(books.records) % 100 == 0:
            root = books.root().hex()
            size = len(books.records)
            books.say(Context.TRACEABILITY, CheckpointPublished(origin=ORIGIN, size=size, root=root))

    return Log(long_books(SIZE, checkpoints), tmp_path_factory.mktemp("log"))


@pytest.fixture
def folder(log: Log, tmp_path: Path) -> Path:
    return log.copy(tmp_path)


def found(report: Report, code: Code) -> list[Finding]:
    return [each for each in report.findings.kept if each.code is code]


def test_an_untouched_ledger_is_clean(books: Books, save: Save) -> None:
    seen = [(len(books.records), books.root()), (9, books.root(9)), (0, books.root(0)), (None, books.root())]
    report = verify(save(books), Known(roots=seen))

    assert report.clean, report.findings.kept
    assert not report.open
    assert report.root == books.root()
    assert (report.numbers.records, report.numbers.unreadable, report.numbers.repeated) == (len(books.records), 2, 1)
    assert (report.judged.accepted, report.judged.refused.total(), report.numbers.certificates) == (3, 2, 1)


def test_an_empty_ledger_is_clean(new_books: Callable[[], Books], save: Save) -> None:
    assert verify(save(new_books())).clean


def test_a_checkpoint_of_another_log_is_not_held_to_this_one(new_books: Callable[[], Books], save: Save) -> None:
    books = new_books()
    other = CheckpointPublished(origin="urn:ewaste:chiangmai:learning", size=5, root="00" * 32)
    books.say(Context.TRACEABILITY, other)
    assert verify(save(books)).clean


def test_a_long_untouched_log_is_clean(log: Log, folder: Path) -> None:
    report = log.verify(folder)
    assert report.clean, report.findings.kept
    assert report.numbers.roots > SIZE / 100


CODES = {
    "edit": Code.ENTRY_CHANGED,
    "delete": Code.ENTRY_TAKEN_OUT,
    "swap": Code.ENTRIES_SWAPPED,
    "insert": Code.ENTRY_PUT_IN,
}


@pytest.mark.parametrize("depth", [Depth.BUNDLE, Depth.BUNDLES], ids=lambda depth: depth.name.lower())
@pytest.mark.parametrize("what", [*CODES])
def test_entries_that_were_touched_are_named(log: Log, folder: Path, what: str, depth: Depth) -> None:
    tamper(folder, log.changes()[what], depth)

    report = log.verify(folder)

    (finding,) = found(report, CODES[what])
    assert finding.file == "tile/entries/001"
    assert finding.leaves == (log.place, log.place + 7 if what == "swap" else log.place)
    assert "Move the file away" in finding.to_dict()["do"]
    if what == "edit":
        record = log.books.records[log.place]
        assert finding.place is not None
        assert (finding.place.index, finding.place.offset) == (log.place, record.offset)
    others = {each.file for code in CODES.values() for each in found(report, code)}
    assert others == {"tile/entries/001"}, "what only moved is not accused"


@pytest.mark.parametrize("what", [*CODES])
def test_leaf_hashes_made_to_fit_are_told_by_the_tile_above(log: Log, folder: Path, what: str) -> None:
    tamper(folder, log.changes()[what], Depth.TILES)

    report = log.verify(folder)

    paths = {each.file: each.leaves for each in found(report, Code.FILE_DIFFERS)}
    if what in ("edit", "swap"):
        assert paths == {"tile/0/001": (256, 511)}
    else:
        # All tiles at the right edge moved too: only the root is left to tell, and it tells the tile under it.
        assert paths == {"tile/1/000.p/2": (0, 511)}


@pytest.mark.parametrize("what", [*CODES])
def test_when_everything_was_hashed_again_the_checkpoint_tells(log: Log, folder: Path, what: str) -> None:
    tamper(folder, log.changes()[what], Depth.ROOT)

    report = log.verify(folder)

    (finding,) = found(report, Code.ROOT_DIFFERS)
    assert log.books.root().hex() in finding.message
    assert finding.leaves is not None
    first, last = finding.leaves
    assert first <= log.place <= last
    assert last - first <= 101, "roots in the records say between which of them it was"
    if what != "edit":
        record = log.books.records[log.place]
        told = [each.place for each in found(report, Code.OFFSET_WRONG) if each.place]
        assert min(each.index for each in told) - log.place in (0, 1)
        assert (told[0].topic, told[0].partition) == (record.topic, record.partition)


@pytest.mark.parametrize("what", [*CODES])
def test_a_forged_checkpoint_is_nobodys(log: Log, folder: Path, what: str) -> None:
    keep(folder, (folder / "checkpoint").read_bytes())
    tamper(folder, log.changes()[what], Depth.FORGED)

    report = log.verify(folder)

    assert found(report, Code.CHECKPOINT_NOT_SIGNED)
    (seen,) = found(report, Code.SEEN_ROOT_DIFFERS)
    assert "000000000720-" in seen.message
    assert log.books.root().hex() in seen.message
    assert found(report, Code.RECORDED_ROOT_DIFFERS)


def test_an_edited_record_under_a_forged_checkpoint_needs_policy_or_memory(books: Books, save: Save) -> None:
    """The last record: no later one names a root over it."""
    path = save(books)
    tamper(path, edit(len(books.records) - 1, b'"I-9"', b'"I-7"'), Depth.FORGED)
    assert verify(path).clean, "nothing in the files themselves can show it"

    (finding,) = found(verify(path, Known(roots=[(None, books.root())])), Code.SEEN_ROOT_DIFFERS)
    assert books.root().hex() in finding.message


def test_any_byte_of_any_file(log: Log, folder: Path) -> None:
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        whole, name = path.read_bytes(), str(path.relative_to(folder))
        for at in {0, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert name in _accused(log, folder), (name, at)
        path.unlink()
        assert name in _accused(log, folder), name
        path.write_bytes(whole)
    assert log.verify(folder, files_only=True).clean


def _accused(log: Log, folder: Path) -> Iterator[str]:
    """The files that findings name; the checkpoint has findings of its own."""
    try:
        report = log.verify(folder, files_only=not any(folder.glob("content")) or _contents_are_whole(log, folder))
    except CannotRun as error:
        yield str(error).partition(" ")[0].removeprefix(f"{folder}/")
        yield "checkpoint"
        return
    for each in report.findings.kept:
        yield from (each.file or "checkpoint").split(", ")
    if found(report, Code.ROOT_DIFFERS):
        yield "checkpoint"


def _contents_are_whole(log: Log, folder: Path) -> bool:
    """Contents are held to their entries in the pass over the records; that pass is spared where they are as ever."""
    whole = {each.relative_to(log.master): each.read_bytes() for each in log.master.glob("content/*/*")}
    return whole == {each.relative_to(folder): each.read_bytes() for each in folder.glob("content/*/*")}


def test_an_edited_claim_no_longer_has_its_signature(books: Books, save: Save) -> None:
    path, claim = save(books), books.index_of(LoadReceived)
    for at in (claim, claim + 1):  # the fact is changed alike
        tamper(path, edit(at, b"10050", b"10060"), Depth.FORGED)

    (finding,) = found(verify(path), Code.CLAIM_NOT_SIGNED)

    assert finding.place is not None
    assert (finding.place.index, finding.place.topic) == (claim + 1, "ewaste.recycler")
    assert f"index {claim}" in finding.message


def test_a_record_left_out_is_named(books: Books, save: Save) -> None:
    path, at = save(books), books.index_of(BagInstalled)
    gone = books.records[at]
    tamper(path, delete(at), Depth.FORGED)

    report = verify(path)

    (offset,) = found(report, Code.OFFSET_WRONG)
    assert f"offset {gone.offset} is not in the ledger" in offset.message
    assert offset.place is not None
    assert (offset.place.topic, offset.place.partition, offset.place.offset) == ("ewaste.dropoff", 0, gone.offset + 1)
    (sequence,) = found(report, Code.SEQUENCE_MISSING)
    assert "urn:ewaste:cm:dropoff: the event with sequence 2 " in sequence.message


def test_two_swapped_records_are_named(books: Books, save: Save) -> None:
    path, at = save(books), books.index_of(ItemDropped)
    tamper(path, swap(at, at + 1), Depth.FORGED)

    assert [each.place.offset for each in found(verify(path), Code.OFFSET_WRONG) if each.place] == [3, 2, 4]


def test_a_record_put_in_is_named(books: Books, save: Save) -> None:
    path, at = save(books), books.index_of(ItemDropped)
    tamper(path, insert(at + 1, books.leaves()[at].replace(b'"I-1"', b'"I-7"')), Depth.FORGED)

    report = verify(path)

    (contradiction,) = found(report, Code.EQUIVOCATION)
    assert contradiction.place is not None
    assert f"index {at} " in contradiction.message
    (offset,) = found(report, Code.OFFSET_WRONG)
    assert offset.place == contradiction.place
    assert (offset.place.topic, offset.place.offset) == ("ewaste.dropoff", books.records[at].offset)


def test_a_ledger_fed_by_another_recorded_history_is_found(books: Books, save: Save) -> None:
    """Everything is hashed again, also the checkpoint; the certificate still names the root of the true history."""
    path = save(books)
    tamper(path, edit(books.index_of(ItemDropped), b'"phone"', b'"cable"'), Depth.FORGED)

    codes = verify(path).findings.counts

    assert codes[Code.RECORDED_ROOT_DIFFERS] == 1
    assert codes[Code.CERTIFICATE_DIFFERS] == 1


@pytest.mark.parametrize("leaf", [b"", b"\x00\x00\x00", b"\x02" + b"\x00" * 60], ids=["empty", "short", "version"])
def test_what_is_no_record_is_told_and_the_rest_still_checked(books: Books, save: Save, leaf: bytes) -> None:
    path, at = save(books), books.index_of(ItemDropped)
    tamper(path, lambda entries: [*entries[:at], leaf, *entries[at + 1 :]], Depth.FORGED)

    report = verify(path)

    (finding,) = found(report, Code.LEAF_BROKEN)
    assert f"index {at}:" in finding.message
    assert found(report, Code.OFFSET_WRONG), "the record that stood there is missed"


def test_a_content_that_does_not_fit_its_leaf_is_told(books: Books, save: Save) -> None:
    path = save(books)
    (at,) = [index for index, each in enumerate(books.records) if len(each.value or b"") > 60_000]
    (content,) = path.glob("content/*/*")
    content.write_bytes(b"{" + b" " * 69_999 + b"}")

    report = verify(path)

    (finding,) = found(report, Code.CONTENT_MISSING)
    assert finding.place is not None
    assert finding.place.index == at
    assert finding.file == str(content.relative_to(path))
    assert not found(report, Code.ROOT_DIFFERS), "the leaf itself is as it was"


def test_bundles_that_can_t_be_read_do_not_stop_the_rest(log: Log, folder: Path) -> None:
    (folder / "tile/entries/001").write_bytes(b"\xff\xff\xff")
    (folder / "tile/0/001").unlink()

    report = log.verify(folder)

    assert report.root is None
    assert [each.file for each in found(report, Code.FILE_MISSING)] == ["tile/0/001"]
    assert [each.file for each in found(report, Code.FILE_DIFFERS)] == ["tile/entries/001"]
    assert report.numbers.records == SIZE - 256
    assert report.judged.accepted
