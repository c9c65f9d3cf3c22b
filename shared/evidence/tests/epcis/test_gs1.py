"""GS1 keys: right digits, nothing cut, no two things under one name."""

from itertools import combinations

import pytest
from ewaste.contracts.ids import uuid7
from ewaste.evidence.epcis.gs1 import Gs1Keys, Names, check_digit
from hypothesis import example, given
from hypothesis import strategies as st

KINDS = ("item", "bag", "load", "point", "batch", "fraction", "contents", "certificate", "party", "place")
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", fullmatch=True)
PREFIXES = st.from_regex(r"952[0-9]{3,8}", fullmatch=True)
PRIVATE = Names("chiangmai")
NAMES = Names("chiangmai", Gs1Keys("9521234"))


# The last digit of each is the one that GS1's own publications print.
@pytest.mark.parametrize("key", ["09521234543213", "106141411234567897", "4012345000115", "614141007349", "96385074"])
def test_check_digits_are_those_gs1_prints(key: str) -> None:
    assert check_digit(key[:-1]) == key[-1]


def test_each_kind_has_its_key() -> None:
    written = {kind: NAMES.uri(kind, id) for kind, id in [
        ("item", "I-17"), ("point", "warorot-market"), ("bag", "000000123"), ("load", "000000123"),
        ("batch", "X-1"), ("fraction", "X-1/F-2"), ("contents", "000000123"), ("certificate", "C-2026-1"),
    ]}  # fmt: skip
    assert written == {
        "item": "https://id.gs1.org/8004/9521234I-17",
        "point": "https://id.gs1.org/414/9521234000013/254/warorot-market",
        "bag": "https://id.gs1.org/00/095212340000001232",
        "load": "https://id.gs1.org/00/195212340000001239",
        "batch": "https://id.gs1.org/01/09521234000013/10/X-1",
        "fraction": "https://id.gs1.org/01/09521234000020/10/X-1%2FF-2",
        "contents": "https://id.gs1.org/01/09521234000037/10/000000123",
        "certificate": "https://id.gs1.org/253/9521234000013C-2026-1",
    }
    for uri, digits in [(written["bag"], 18), (written["load"], 18), (written["batch"], 14), (written["point"], 13)]:
        key = uri.split("/")[4][:digits]
        assert check_digit(key[:-1]) == key[-1]


def test_without_a_prefix_every_name_is_private() -> None:
    assert PRIVATE.uri("bag", "000000123") == "urn:ewaste:chiangmai:bag:000000123"
    assert PRIVATE.uri("fraction", "X-1/F-2") == "urn:ewaste:chiangmai:fraction:X-1/F-2"


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("item", "i" * 24),  # a GIAI has 30 characters, 7 of them the prefix
        ("bag", "B-17"),
        ("bag", "00000123"),  # eight digits where nine are left
        ("load", "0000000123"),
        ("point", "p" * 21),
        ("batch", "x" * 21),
        ("fraction", "batch-2026-11/fraction-1"),
        ("certificate", "c" * 18),
        ("party", "lanna-metals"),
    ],
)
def test_what_does_not_fit_keeps_its_private_name(kind: str, id: str) -> None:
    assert NAMES.uri(kind, id) == f"urn:ewaste:chiangmai:{kind}:{id}"
    assert NAMES.read(NAMES.uri(kind, id)) == (kind, id)


def test_an_item_that_is_a_uuid_fits_and_comes_back() -> None:
    id = str(uuid7())
    uri = NAMES.uri("item", id)
    assert uri.startswith("https://id.gs1.org/8004/9521234_")
    assert len(uri.rpartition("/")[2]) == 30
    assert NAMES.read(uri) == ("item", id)
    assert NAMES.uri("item", id.upper()) != uri


@given(PREFIXES, st.sampled_from(KINDS), IDS, IDS)
@example("9521234", "fraction", "a:b", "a")
def test_every_name_leads_back_to_its_thing(prefix: str, kind: str, id: str, other: str) -> None:
    told = f"{id[:30]}/{other[:30]}" if kind == "fraction" else id
    names = Names("chiangmai", Gs1Keys(prefix))
    assert names.read(names.uri(kind, told)) == (kind, told)


@given(st.lists(st.tuples(st.sampled_from(KINDS), IDS), min_size=2, max_size=8, unique=True))
def test_no_two_things_share_a_name(things: list[tuple[str, str]]) -> None:
    for one, other in combinations(things, 2):
        assert NAMES.uri(*one) != NAMES.uri(*other)


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/00/095212340000001230",  # wrong check digit
        "https://id.gs1.org/00/295212340000001231",  # an extension that nothing of ours has
        "https://id.gs1.org/8004/4012345I-17",
        "https://elsewhere.example/8004/9521234I-17",
        "urn:ewaste:bangkok:bag:B-17",
        "urn:epc:id:sscc:9521234.0000000123",
        "",
    ],
)
def test_other_texts_are_no_name_of_ours(uri: str) -> None:
    assert NAMES.read(uri) is None


@pytest.mark.parametrize("prefix", ["95212", "952123456789", "95212A4", "", "๙๕๒๑๒๓๔"])
def test_a_prefix_that_is_none_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="6 to 11 digits"):
        Gs1Keys(prefix)


def test_references_that_would_mix_things_up_are_refused() -> None:
    with pytest.raises(ValueError, match="the same"):
        Gs1Keys("9521234", batch_reference=2)
    with pytest.raises(ValueError, match="no room"):
        Gs1Keys("95212345678", contents_reference=10)
