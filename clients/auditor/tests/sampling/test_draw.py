"""The drawing is written down byte for byte: these numbers must come out in every release and every language."""

import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from ewaste.auditor.sampling.draw import draw, member, sample_size

ROOT = bytes(range(32))
PAGE = Path(__file__).parents[4] / "docs" / "architecture" / "sampling.md"


def test_known_answers() -> None:
    """Drawn by a program in Go too, written from the words of `draw` alone."""
    assert draw(ROOT, "จับสลาก 1 ธ.ค. 2569", 1_000_000, 5) == [542241, 763676, 619785, 479697, 213675]
    assert draw(ROOT, "lottery 1 Dec 2026", 10, 10) == [2, 3, 0, 1, 7, 6, 4, 5, 9, 8]
    assert draw(sha256(b"").digest(), "x", 3, 59) == [2, 0, 1]


def test_the_first_number_by_hand() -> None:
    block = sha256(ROOT + b"lottery 1 Dec 2026" + bytes(8)).digest()
    assert draw(ROOT, "lottery 1 Dec 2026", 1_000, 1) == [int.from_bytes(block, "big") % 1_000]


def test_a_longer_sample_begins_with_the_shorter_one() -> None:
    assert draw(ROOT, "n", 500, 60)[:20] == draw(ROOT, "n", 500, 20)


def test_nobody_is_drawn_twice_and_a_small_population_is_drawn_whole() -> None:
    assert sorted(draw(ROOT, "n", 40, 59)) == list(range(40))
    assert draw(ROOT, "n", 0, 59) == []
    assert draw(ROOT, "n", 1, 59) == [0]


def test_what_would_give_some_a_better_chance_is_passed_over() -> None:
    """2²⁵⁶ mod 3 = 1: the last value would draw member 0 once more than the others."""
    assert member(b"\xff" * 32, 3) is None
    assert member(b"\xff" * 31 + b"\xfe", 3) == 2
    assert member(b"\xff" * 32, 4) == 3


def test_root_and_nonce_change_everything() -> None:
    drawn = [tuple(draw(root, nonce, 10_000, 8)) for root in (ROOT, ROOT[::-1]) for nonce in ("a", "b", "a ")]
    assert len(set(drawn)) == len(drawn)


def test_every_member_has_its_chance() -> None:
    counts = Counter(each for number in range(2_000) for each in draw(ROOT, str(number), 20, 5))
    assert all(400 < counts[each] < 600 for each in range(20))


def test_nonsense_is_refused() -> None:
    for root, nonce, population, wanted in ((b"", "n", 1, 1), (ROOT, "", 1, 1), (ROOT, "n", -1, 1), (ROOT, "n", 1, -1)):
        with pytest.raises(ValueError, match="a sample needs"):
            draw(root, nonce, population, wanted)
    with pytest.raises(ValueError, match="percents"):
        sample_size(100, 5)


@pytest.mark.parametrize(
    ("confidence", "tolerable", "size"),
    [(95, 5, 59), (95, 10, 29), (95, 2, 149), (95, 1, 299), (90, 5, 45), (90, 10, 22), (99, 5, 90), (99, 1, 459)],
)
def test_how_many(confidence: int, tolerable: int, size: int) -> None:
    """Those of 95 % from 2 % on are the ones in AICPA Audit Sampling, Table A-1, with no deviation expected."""
    assert sample_size(confidence, tolerable) == size


def test_the_table_in_the_docs() -> None:
    rows = re.findall(r"^\| (\d+) % \|(.*)\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    told = {int(confidence): [int(cell.strip(" *")) for cell in cells.split("|")] for confidence, cells in rows}
    assert told == {each: [sample_size(each, rate) for rate in (1, 2, 3, 5, 10, 20)] for each in (80, 90, 95, 99)}
