"""Whoever changes one record, leaves one out, moves one or puts one in is found, and the record is named."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.findings import Code, Finding
from ewaste.auditor.report import Report
from ewaste.auditor.verify import verify
from ewaste.contracts.events.dropoff import BagInstalled, ItemDropped
from ewaste.contracts.events.recycler import LoadReceived
from ewaste.evidence.ledger.merkle import leaf_hash, root_of

Books = Any
Save = Callable[[list[bytes]], Path]


def found(report: Report, code: Code) -> list[Finding]:
    return [each for each in report.findings.kept if each.code is code]


def with_true_head(lines: list[bytes]) -> list[bytes]:
    """The tamperer also counts and hashes anew, so that the head fits the changed records."""
    leaves = [base64.b64decode(json.loads(raw)["leaf"]) for raw in lines[:-1]]
    renumbered = [_with(raw, index=index) for index, raw in enumerate(lines[:-1])]
    root = root_of(map(leaf_hash, leaves)).hex()
    return [*renumbered, _with(lines[-1], size=len(leaves), root=root)]


def _with(raw: bytes, **fields: object) -> bytes:
    return json.dumps({**json.loads(raw), **fields}).encode() + b"\n"


def edited(raw: bytes, old: bytes, new: bytes) -> bytes:
    leaf = base64.b64decode(json.loads(raw)["leaf"])
    assert old in leaf
    assert len(old) == len(new)
    return _with(raw, leaf=base64.b64encode(leaf.replace(old, new)).decode())


def test_an_untouched_ledger_is_clean(books: Books, save: Save) -> None:
    report = verify(save(books.lines()), [(len(books.records), books.root()), (9, books.root(9)), (0, books.root(0))])

    assert report.clean, report.findings.kept
    assert not report.open
    assert report.root == books.root()
    assert (report.numbers.records, report.numbers.unreadable, report.numbers.repeated) == (len(books.records), 2, 1)
    assert (report.judged.accepted, report.judged.refused.total(), report.numbers.certificates) == (3, 2, 1)


def test_an_empty_ledger_is_clean(new_books: Callable[[], Books], save: Save) -> None:
    assert verify(save(new_books().lines())).clean


def test_an_edited_record_changes_the_root(books: Books, save: Save) -> None:
    lines = books.lines()
    at = books.index_of(ItemDropped)
    lines[at] = edited(lines[at], b'"I-1"', b'"I-7"')

    report = verify(save(lines))

    (finding,) = found(report, Code.ROOT_DIFFERS)
    assert books.root().hex() in finding.message
    # The certificate names the root it was made under, so the change lies before that.
    assert found(report, Code.RECORDED_ROOT_DIFFERS)


def test_an_edited_record_under_a_new_head_is_found_by_a_root_seen_before(books: Books, save: Save) -> None:
    lines = books.lines()
    at = len(books.records) - 1
    lines[at] = edited(lines[at], b'"I-9"', b'"I-7"')
    path = save(with_true_head(lines))
    assert verify(path).clean, "nothing in the file itself can show it"

    report = verify(path, [(len(books.records), books.root())])

    (finding,) = found(report, Code.SEEN_ROOT_DIFFERS)
    assert books.root().hex() in finding.message


def test_heads_of_earlier_fetches_are_compared_by_themselves(books: Books, save: Save) -> None:
    lines = books.lines()
    path = save(lines)
    path.with_name(path.name + ".heads").write_bytes(lines[-1])
    assert verify(path).clean

    lines[-2] = edited(lines[-2], b'"I-9"', b'"I-7"')
    assert found(verify(save(with_true_head(lines))), Code.SEEN_ROOT_DIFFERS)


def test_an_edited_claim_no_longer_has_its_signature(books: Books, save: Save) -> None:
    lines = books.lines()
    claim = books.index_of(LoadReceived)
    for at in (claim, claim + 1):  # the fact is changed alike
        lines[at] = edited(lines[at], b"10050", b"10060")

    (finding,) = found(verify(save(with_true_head(lines))), Code.CLAIM_NOT_SIGNED)

    assert finding.place is not None
    assert (finding.place.index, finding.place.topic) == (claim + 1, "ewaste.recycler")
    assert f"index {claim}" in finding.message


@pytest.mark.parametrize("recounted", [False, True], ids=["plain", "recounted"])
def test_a_record_left_out_is_named(books: Books, save: Save, recounted: bool) -> None:
    lines = books.lines()
    at = books.index_of(BagInstalled)
    gone = books.records[at]
    del lines[at]

    report = verify(save(with_true_head(lines) if recounted else lines))

    (offset,) = found(report, Code.OFFSET_WRONG)
    assert f"offset {gone.offset} is not in the ledger" in offset.message
    assert offset.place is not None
    assert (offset.place.topic, offset.place.partition, offset.place.offset) == ("ewaste.dropoff", 0, gone.offset + 1)
    (sequence,) = found(report, Code.SEQUENCE_MISSING)
    assert "urn:ewaste:cm:dropoff: the event with sequence 2 " in sequence.message
    if not recounted:
        (index,) = found(report, Code.INDEX_WRONG)
        assert f"index {at} is missing" in index.message
        assert found(report, Code.SIZE_DIFFERS)


@pytest.mark.parametrize("recounted", [False, True], ids=["plain", "recounted"])
def test_two_swapped_records_are_named(books: Books, save: Save, recounted: bool) -> None:
    lines = books.lines()
    at = books.index_of(ItemDropped)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]

    report = verify(save(with_true_head(lines) if recounted else lines))

    assert [each.place.offset for each in found(report, Code.OFFSET_WRONG) if each.place] == [3, 2, 4]
    if not recounted:
        assert found(report, Code.INDEX_WRONG)
        assert found(report, Code.ROOT_DIFFERS)


@pytest.mark.parametrize("recounted", [False, True], ids=["plain", "recounted"])
def test_a_record_put_in_is_named(books: Books, save: Save, recounted: bool) -> None:
    lines = books.lines()
    at = books.index_of(ItemDropped)
    lines.insert(at + 1, edited(lines[at], b'"I-1"', b'"I-7"'))

    report = verify(save(with_true_head(lines) if recounted else lines))

    (contradiction,) = found(report, Code.EQUIVOCATION)
    assert contradiction.place is not None
    assert f"index {at} " in contradiction.message
    (offset,) = found(report, Code.OFFSET_WRONG)
    assert offset.place == contradiction.place
    assert (offset.place.topic, offset.place.offset) == ("ewaste.dropoff", books.records[at].offset)


def test_a_changed_head_is_found(books: Books, save: Save) -> None:
    lines = books.lines()
    root = books.root().hex()
    lines[-1] = lines[-1].replace(root.encode(), b"0" * 64)

    (finding,) = verify(save(lines)).findings.kept

    assert finding.code is Code.ROOT_DIFFERS
    assert root in finding.message


def test_a_head_over_more_records_than_there_are_is_found(books: Books, save: Save) -> None:
    lines = books.lines()
    del lines[-2]

    codes = set(verify(save(lines)).findings.counts)

    assert codes == {Code.SIZE_DIFFERS, Code.ROOT_DIFFERS}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{\n", Code.LINE_BROKEN),
        (b"\xff\xff\n", Code.LINE_BROKEN),
        (b"[" * 5_000 + b"\n", Code.LINE_BROKEN),
        (b'{"index":4}\n', Code.LINE_BROKEN),
        (b'{"index":-4,"leaf":""}\n', Code.LINE_BROKEN),
        (b'{"index":true,"leaf":""}\n', Code.LINE_BROKEN),
        (b'{"index":4,"leaf":"!"}\n', Code.LINE_BROKEN),
        (b'{"origin":"x","size":4,"root":"%s"}\n' % (b"0" * 64), Code.LINE_BROKEN),
        (b'{"index":4,"leaf":""}\n', Code.LEAF_BROKEN),
        (b'{"index":4,"leaf":"AAAA"}\n', Code.LEAF_BROKEN),
    ],
)
def test_what_is_no_record_is_told_and_the_rest_still_checked(books: Books, save: Save, raw: bytes, code: Code) -> None:
    lines = books.lines()
    assert books.index_of(ItemDropped) == 4
    lines[4] = raw

    report = verify(save(lines))

    (finding,) = found(report, code)
    assert "line 5" in finding.message
    assert found(report, Code.OFFSET_WRONG), "the record that stood there is missed"


def test_a_content_that_does_not_fit_its_leaf_is_told(books: Books, save: Save) -> None:
    lines = books.lines()
    (at,) = [index for index, raw in enumerate(lines) if b'"contents"' in raw]
    lines[at] = _with(lines[at], contents=[base64.b64encode(b"{" + b" " * 69_999 + b"}").decode()])

    report = verify(save(lines))

    (finding,) = found(report, Code.CONTENT_MISSING)
    assert finding.place is not None
    assert finding.place.index == at
    assert not found(report, Code.ROOT_DIFFERS), "the leaf itself is as it was"


def test_a_ledger_fed_by_another_recorded_history_is_found(books: Books, save: Save) -> None:
    """Everything is recounted, also the head; the certificate still names the root of the true history."""
    lines = books.lines()
    at = books.index_of(ItemDropped)
    lines[at] = edited(lines[at], b'"phone"', b'"cable"')

    codes = verify(save(with_true_head(lines))).findings.counts

    assert codes[Code.RECORDED_ROOT_DIFFERS] == 1
    assert codes[Code.CERTIFICATE_DIFFERS] == 1
