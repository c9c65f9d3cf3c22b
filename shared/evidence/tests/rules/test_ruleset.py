"""Tolerances and differences, to the gram; and the digests by which a certificate names its rules."""

import tomllib
from hashlib import sha256
from importlib.resources import files

import pytest
import rfc8785
from ewaste.contracts.events.logistics import Difference
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules, Tolerance, classify_handover, gravest, load_rules


@pytest.mark.parametrize(
    ("grams", "difference", "allowed"),
    [
        (10_000, 200, True),
        (10_000, 201, False),
        (10_000, -200, True),
        (10_000, -201, False),
        (10_049, 200, True),  # 2 % is 200.98 g: a whole gram more is over
        (10_049, 201, False),
        (10_050, 201, True),
        (1_000, 100, True),  # one scale division, where 2 % is less
        (1_000, 101, False),
        (0, 100, True),
        (0, 101, False),
    ],
)
def test_the_greater_of_two_percent_and_one_scale_division(grams: int, difference: int, allowed: bool) -> None:
    assert Tolerance().allows(difference, grams) is allowed


@pytest.mark.parametrize("wrong", [-1, 10_001, 2.0, True, "200", None])
def test_a_tolerance_that_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="basis_points"):
        Tolerance(basis_points=wrong)  # type: ignore[arg-type]


def test_significant_cannot_be_less_than_tolerated() -> None:
    with pytest.raises(ValueError, match="nothing could be minor"):
        Rules(Tolerance(basis_points=500), significant_basis_points=499)


@pytest.mark.parametrize(
    ("seal", "received", "difference"),
    [
        ("S-1", 10_000, Difference.MATCHED),
        ("S-1", 9_800, Difference.MATCHED),
        ("S-1", 9_799, Difference.MINOR),
        ("S-1", 11_000, Difference.MINOR),
        ("S-1", 9_000, Difference.MINOR),
        ("S-1", 8_999, Difference.SIGNIFICANT),
        ("S-1", 11_001, Difference.SIGNIFICANT),
        ("S-1", 0, Difference.SIGNIFICANT),
        ("S-2", 10_000, Difference.SEAL_MISMATCH),
    ],
)
def test_a_handover_differs_by_seal_then_by_weight(seal: str, received: int, difference: Difference) -> None:
    found = classify_handover(seal_given="S-1", seal_read=seal, given_grams=10_000, received_grams=received)
    assert found is difference


def test_the_gravest_difference_wins() -> None:
    assert gravest() is Difference.MATCHED
    assert gravest(Difference.MINOR, Difference.SEAL_MISMATCH, Difference.SIGNIFICANT) is Difference.SEAL_MISMATCH


@pytest.mark.parametrize("wrong", [-1, 366, 15.0, None])
def test_days_that_make_no_sense_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="dispute_days"):
        Rules(dispute_days=wrong)  # type: ignore[arg-type]


def test_the_numbers_are_those_of_the_file() -> None:
    assert load_rules() == DEFAULT_RULES == Rules(Tolerance(200, 100), 1_000, 15)


def test_a_digest_is_that_of_the_files_content_as_canonical_json() -> None:
    folder = files("ewaste.evidence.rules").joinpath("book")
    contents = {stem: tomllib.loads(folder.joinpath(f"{stem}.toml").read_text("utf-8")) for stem in Rules().digests()}
    expected = {stem: sha256(rfc8785.dumps(content)).hexdigest() for stem, content in contents.items()}
    assert Rules().digests() == expected
    assert list(expected) == sorted(expected)


def test_a_number_of_custody_changes_its_own_digest_only() -> None:
    plain, changed = Rules().digests(), Rules(dispute_days=20).digests()
    assert [stem for stem in plain if plain[stem] != changed[stem]] == ["custody.1"]


def test_every_number_changes_the_digest() -> None:
    rules = (
        Rules(),
        Rules(dispute_days=16),
        Rules(Tolerance(basis_points=201)),
        Rules(Tolerance(scale_division_grams=101)),
        Rules(significant_basis_points=999),
    )
    assert len({each.digest() for each in rules}) == len(rules)
    assert Rules().digest() == Rules().digest()
