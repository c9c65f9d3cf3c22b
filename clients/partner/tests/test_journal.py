"""The journal forgets nothing that was forced to disk, and never lets two programs send one file."""

from pathlib import Path
from uuid import UUID

import pytest
from ewaste.partner.journal import Journal, JournalUnusable, Place, sent_to

ONE, TWO = UUID(int=1), UUID(int=2)


def opened(path: Path, cluster: str = "c") -> Journal:
    return Journal(path, cluster, "t")


def test_what_was_sent_is_known_to_the_next_run(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as journal:
        journal.begin({0: 7, 1: 0})
        journal.add({ONE: Place(0, 7, 1_700)})
    with opened(tmp_path / "j") as journal:
        assert (journal.sent, journal.doubtful_from) == ({ONE: Place(0, 7, 1_700)}, {0: 7, 1: 0})
        journal.begin({0: 8, 1: 0})
        journal.add({TWO: Place(1, 0, 1_701)})
        assert journal.doubtful_from == {0: 7, 1: 0}
        journal.finish()
    with opened(tmp_path / "j") as journal:
        assert (set(journal.sent), journal.doubtful_from) == ({ONE, TWO}, None)


def test_another_cluster_got_nothing_yet(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as journal:
        journal.begin({0: 0})
        journal.add({ONE: Place(0, 0)})
    with opened(tmp_path / "j", "another") as journal:
        assert (journal.sent, journal.doubtful_from) == ({}, None)


@pytest.mark.parametrize("torn", [b"{", b'{"cluster": "c", "sent": [', b'{"cluster": "c"}'])
def test_a_line_that_was_cut_off_never_counted(tmp_path: Path, torn: bytes) -> None:
    with opened(tmp_path / "j") as journal:
        journal.begin({0: 3})
    with (tmp_path / "j").open("ab") as file:
        file.write(torn)
    with opened(tmp_path / "j") as journal:
        assert journal.doubtful_from == {0: 3}
        journal.add({ONE: Place(0, 3)})
    with opened(tmp_path / "j") as journal:
        assert journal.sent == {ONE: Place(0, 3)}


def test_a_broken_journal_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"not a journal\n")
    with pytest.raises(JournalUnusable, match="move it away"):
        opened(tmp_path / "j")


def test_two_programs_never_share_a_journal(tmp_path: Path) -> None:
    with opened(tmp_path / "j"), pytest.raises(JournalUnusable, match="another program"):
        opened(tmp_path / "j")


def test_a_journal_of_an_older_release_knows_no_times(tmp_path: Path) -> None:
    line = f'{{"cluster": "c", "topic": "t", "sent": [["{ONE}", 0, 7]]}}\n'
    (tmp_path / "j").write_text(line)
    with opened(tmp_path / "j") as journal:
        assert journal.sent == {ONE: Place(0, 7, None)}


def test_it_is_read_while_another_program_writes(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as journal:
        journal.add({ONE: Place(0, 7, 1_700)})
        assert sent_to(tmp_path / "j", "t") == {ONE: Place(0, 7, 1_700)}
    with pytest.raises(JournalUnusable, match="nothing of another"):
        sent_to(tmp_path / "j", "another")


def test_a_journal_of_two_clusters_asks_which(tmp_path: Path) -> None:
    for cluster, id in (("c", ONE), ("d", TWO)):
        with opened(tmp_path / "j", cluster) as journal:
            journal.add({id: Place(0, 0, 1_700)})
    with pytest.raises(JournalUnusable, match="--cluster"):
        sent_to(tmp_path / "j", "t")
    assert sent_to(tmp_path / "j", "t", "d") == {TWO: Place(0, 0, 1_700)}
