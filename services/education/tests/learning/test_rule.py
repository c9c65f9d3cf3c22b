"""The completion rule as a file that a municipality can change."""

from pathlib import Path

import pytest
from ewaste.education.learning.rule import read_rule


def test_the_rule_that_comes_with_the_service_says_that_it_is_an_example() -> None:
    rule = read_rule()

    assert (rule.example, rule.version) == (True, "example-1")
    assert (rule.lessons_basis_points, rule.post_test_basis_points) == (10_000, 7_000)


def test_a_file_of_ones_own_replaces_it(tmp_path: Path) -> None:
    file = tmp_path / "rule.toml"
    file.write_text('version = "chiangmai-2569"\nexample = false\nlessons_basis_points = 8000\n')

    rule = read_rule(file)

    assert (rule.version, rule.lessons_basis_points, rule.post_test_basis_points) == ("chiangmai-2569", 8000, None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("lessons_basis_points = 0", "share of lessons 0"),
        ("post_test_basis_points = 10001", "pass mark 10001"),
        ("pre_test_sittings = 0", "0 sittings"),
        ("pass_mark = 5", "pass_mark"),
        ('quiz_basis_points = "half"', "quiz_basis_points"),
        ("quiz_basis_points =", "rule.toml"),
    ],
)
def test_a_rule_that_is_not_right_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "rule.toml"
    file.write_text(text)

    with pytest.raises(ValueError, match=named):
        read_rule(file)
