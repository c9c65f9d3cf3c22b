"""Rule files: what is refused and how it is told, and how versions live side by side."""

import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from ewaste.contracts.events.dropoff import Category
from ewaste.evidence.rules.operations import OPERATIONS
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, RulesError, load_rules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with as_file(files("ewaste.evidence.rules").joinpath("book")) as packaged:
        return Path(shutil.copytree(packaged, tmp_path / "book"))


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def _next_version(folder: Path, scheme: str, old: str, new: str) -> Path:
    file = folder / f"{scheme}.2.toml"
    shutil.copy(folder / f"{scheme}.1.toml", file)
    _change(file, "version = 1", "version = 2")
    _change(file, old, new)
    return file


def test_a_copy_has_the_same_digests(folder: Path) -> None:
    assert load_rules(folder).digests() == DEFAULT_RULES.digests()


def test_comments_and_order_of_keys_change_no_digest(folder: Path) -> None:
    _change(folder / "landfill.1.toml", "version = 1\n", "# first\n")
    _change(folder / "landfill.1.toml", "operations", "version = 1\noperations")
    assert load_rules(folder).digests() == DEFAULT_RULES.digests()


@pytest.mark.parametrize("stem", DEFAULT_RULES.digests())
def test_every_number_and_word_of_a_file_changes_its_digest(folder: Path, stem: str) -> None:
    file = folder / f"{stem}.toml"
    text = file.read_text("utf-8")
    numbers = [each for each in re.finditer(r"(?<== )\d+$", text, re.MULTILINE) if each[0] not in ("1", "10000")]
    words = re.finditer(r'(?<=^title = ")', text, re.MULTILINE)
    for found in (*numbers, *words):
        changed = str(int(found[0]) - 1) if found[0] else "Not "
        file.write_text(text[: found.start()] + changed + text[found.end() :], "utf-8")
        digests = load_rules(folder).digests()
        assert [each for each in digests if digests[each] != DEFAULT_RULES.digests()[each]] == [stem]


def test_the_newest_version_counts_and_an_older_one_can_be_had(folder: Path) -> None:
    _next_version(folder, "true", "least_basis_points = 9000", "least_basis_points = 9500")
    newest, older = load_rules(folder), load_rules(folder, DEFAULT_RULES.digests())
    assert "true.2" in newest.digests()
    assert newest.schemes.true.least_basis_points == 9_500
    assert older == DEFAULT_RULES
    assert newest.digest() != older.digest()


def test_version_ten_is_newer_than_version_nine(folder: Path) -> None:
    for version in (9, 10):
        text = (folder / "landfill.1.toml").read_text("utf-8").replace("version = 1\n", f"version = {version}\n")
        (folder / f"landfill.{version}.toml").write_text(text, "utf-8")
    assert load_rules(folder).schemes.landfill.version == 10


def test_custody_numbers_of_a_folder_are_its_rules(folder: Path) -> None:
    _next_version(folder, "custody", "dispute_days = 15", "dispute_days = 30")
    rules = load_rules(folder)
    assert rules.dispute_days == 30
    assert rules.custody.version == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("ul2799.1.toml", "= 9500", "= 9500.0", r"ul2799.1.toml: levels.1.from_basis_points: .*valid integer"),
        ("ul2799.1.toml", "= 9500", '= "9500"', r"levels.1.from_basis_points: .*valid integer"),
        ("ul2799.1.toml", "= 9500", "= 10001", r"levels.1.from_basis_points: .*less than or equal to 10000"),
        ("ul2799.1.toml", "= 9500", "= 8000", r"levels are not highest first"),
        ("ul2799.1.toml", '["R1"]', '["R1", "R4"]', r"R4 is both diverted and energy_recovery"),
        ("ul2799.1.toml", '["R1"]', '["R1", "R1"]', r"energy_recovery: .*names an operation twice"),
        ("ul2799.1.toml", '["R1"]', '["R13"]', r"energy_recovery: .*R13 is interim"),
        ("landfill.1.toml", '"D5"', '"D99"', r"landfill.1.toml: operations.1: .*'R1'"),
        ("landfill.1.toml", '["D1", "D5", "D12"]', "[]", r"operations: .*at least 1"),
        ("landfill.1.toml", "operations", "operation", r"operations: Field required; operation: Extra inputs"),
        ("landfill.1.toml", "version = 1", "version = 2", r"landfill.1.toml: version is 2; make the file name and"),
        ("landfill.1.toml", "version = 1", "version = 2026-11-22", r"landfill.1.toml: no readable TOML"),
        ("landfill.1.toml", "version = 1", "version =", r"landfill.1.toml: no readable TOML"),
        ("landfill.1.toml", 'title = "Landfill share"', 'title = " "', r"title: .*at least 1 character"),
        ("true.1.toml", "9000", "true", r"true.1.toml: least_basis_points: .*valid integer"),
        (
            "weee-eu.1.toml",
            'category = "cable"',
            'category = "phone"',
            r"do not place every item category exactly once",
        ),
        ("weee-eu.1.toml", "[5, 6]", "[5]", r"targets do not name each of the categories 1 to 6"),
        ("weee-eu.1.toml", '["R1", "R10", "R11"]', '["R1", "R9"]', r"R9 is both recycling and other_recovery"),
        ("climate.1.toml", "= 10000", "= -1", r"grams_co2e_per_piece: .*greater than or equal to 0"),
        ("custody.1.toml", "= 1000", "= 199", r"custody.1.toml: significant_basis_points 199 is below the tolerance's"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_the_key(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    _change(folder / file, old, new)
    with pytest.raises(RulesError, match=told):
        load_rules(folder)


def test_two_factors_for_one_category_are_refused(folder: Path) -> None:
    factor = '\n[[by_category]]\ncategory = "phone"\ngrams_co2e_per_piece = 1\nsource = "s"\n'
    file = folder / "climate.1.toml"
    file.write_text(file.read_text("utf-8") + factor * 2, "utf-8")
    with pytest.raises(RulesError, match="by_category names a category twice"):
        load_rules(folder)


def test_a_missing_scheme_is_named(folder: Path) -> None:
    (folder / "weee-fr.1.toml").unlink()
    with pytest.raises(RulesError, match=r"lacks weee-fr\.<version>\.toml; copy"):
        load_rules(folder)


def test_a_version_that_is_not_there_is_named(folder: Path) -> None:
    stems = {*DEFAULT_RULES.digests(), "true.2"} - {"true.1"}
    with pytest.raises(RulesError, match=r"no file for true\.2"):
        load_rules(folder, stems)


@pytest.mark.parametrize("name", ["landfil.1.toml", "landfill.toml", "landfill.01.toml", "Landfill.1.toml"])
def test_a_file_that_no_rule_is_called_is_refused(folder: Path, name: str) -> None:
    shutil.copy(folder / "landfill.1.toml", folder / name)
    with pytest.raises(RulesError, match=r"name it <scheme>\.<version>\.toml, a scheme of custody, landfill"):
        load_rules(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="name a folder of rule files"):
        load_rules(tmp_path / "nowhere")


def test_the_schemes_and_the_table_of_operations_agree() -> None:
    schemes = DEFAULT_RULES.schemes
    assert set(schemes.landfill.operations) == {code for code, rule in OPERATIONS.items() if rule.landfill}
    assert set(schemes.ul2799.energy_recovery) == {code for code, rule in OPERATIONS.items() if rule.energy_recovery}
    assert not {code for code in schemes.ul2799.diverted if OPERATIONS[code].kind.value == "disposal"}
    assert schemes.true.diverted == schemes.ul2799.diverted == schemes.weee_eu.recycling == schemes.upcycle.operations


def test_france_asks_of_small_it_what_europe_asks_of_screens() -> None:
    eu, fr = DEFAULT_RULES.schemes.weee_eu, DEFAULT_RULES.schemes.weee_fr
    asked = {weee: (eu.target_of(weee), fr.target_of(weee)) for weee in range(1, 7)}
    percent = {
        weee: [(each.recovery_basis_points, each.recycling_basis_points) for each in both]
        for weee, both in asked.items()
    }
    assert percent == {
        1: [(8_500, 8_000)] * 2,
        2: [(8_000, 7_000)] * 2,
        3: [(None, 8_000)] * 2,
        4: [(8_500, 8_000)] * 2,
        5: [(7_500, 5_500)] * 2,
        6: [(7_500, 5_500), (8_000, 7_000)],
    }
    assert all(eu.weee_of(each) == fr.weee_of(each) for each in Category)
