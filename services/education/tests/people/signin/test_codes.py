"""Codes on paper, pictures, pauses and hashes; decided without I/O."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from ewaste.contracts.refusal import Refused
from ewaste.education.people.signin.codes import ALPHABET, class_code, invite_code, read_code, shown
from ewaste.education.people.signin.lockout import Attempts, Pauses
from ewaste.education.people.signin.pictures import check_pictures, pick, pictures
from ewaste.education.people.signin.secrets import Hashing, Keys, load_key, matches
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
CODES = st.lists(st.sampled_from(ALPHABET), min_size=6, max_size=6).map(
    lambda letters: class_code(lambda _: letters.pop())
)


def test_no_letter_looks_like_another() -> None:
    assert not set("01258BILOQSVZ") & set(ALPHABET)
    assert len(ALPHABET) == 23, "a prime: else the check character would miss swaps"


@given(CODES, st.integers(0, 6), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, letter: str) -> None:
    wrong = code[:place] + letter + code[place + 1 :]

    if wrong != code:
        with pytest.raises(Refused, match="code-invalid"):
            read_code(wrong, "class_code")


@given(CODES, st.integers(0, 6), st.integers(0, 6))
def test_two_characters_that_changed_places_are_noticed(code: str, one: int, other: int) -> None:
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]

    if "".join(letters) != code:
        with pytest.raises(Refused, match="code-invalid"):
            read_code("".join(letters), "class_code")


@given(CODES)
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    assert read_code(f" {shown(code).lower()} ", "code") == code


def test_a_personal_code_is_too_long_to_guess() -> None:
    assert len({invite_code(secrets.choice) for _ in range(100)}) == 100
    assert 23**16 > 2**72


@pytest.mark.parametrize("picked", [[], ["cat", "dog"], ["cat", "cat", "dog"], ["cat", "dog", "dragon"]])
def test_only_three_different_pictures_of_the_list(picked: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        check_pictures(picked)

    assert refused.value.field == "pictures"
    check_pictures(pick(secrets.SystemRandom().sample))
    assert len(pictures()) == 24


def test_each_pause_is_twice_as_long_up_to_the_longest() -> None:
    pauses = Pauses(tries=2, first=timedelta(minutes=5), longest=timedelta(minutes=12))
    attempts, lengths = Attempts(), []

    for _ in range(8):
        attempts = pauses.failed(attempts, NOW)
        lengths.append(attempts.locked_until and int((attempts.locked_until - NOW).total_seconds() // 60))

    assert lengths[1::2] == [5, 10, 12, 12]
    assert attempts.locked(NOW)
    assert not attempts.locked(NOW + timedelta(minutes=12))


def test_a_secret_matches_its_own_hash_and_no_other() -> None:
    keys, hashing, learner = Keys(lambda: bytes(32)), Hashing(work=4), uuid4()
    kept = hashing.hash(keys.mix(learner, ["cat", "dog", "sun"]))

    assert matches(keys.mix(learner, ["cat", "dog", "sun"]), kept)
    assert not matches(keys.mix(learner, ["dog", "cat", "sun"]), kept), "the order counts"
    assert not matches(keys.mix(uuid4(), ["cat", "dog", "sun"]), kept), "no two pupils share a hash"
    assert not matches(Keys(lambda: bytes([1] * 32)).mix(learner, ["cat", "dog", "sun"]), kept), "a dump is not enough"
    assert not matches(keys.mix(learner, ["cat", "dog", "sun"]), hashing.dummy())
    assert kept != hashing.hash(keys.mix(learner, ["cat", "dog", "sun"])), "salted"


def test_a_token_holds_with_its_key_only() -> None:
    keys, session = Keys(lambda: bytes(32)), uuid4()
    token = keys.token(session)

    assert keys.session_of(token) == session
    for other in (token[:-2], token + "AA", "", ".", "a.b", "ก.ข", Keys(lambda: bytes([1] * 32)).token(session)):
        assert keys.session_of(other) is None
    assert str(session) not in token
    assert keys.session_of(keys.token(UUID(int=0))) == UUID(int=0)


def test_the_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "key"

    assert load_key(path) == load_key(path)

    assert (path.stat().st_mode & 0o777, len(list(path.parent.iterdir()))) == (0o600, 1)
    path.write_text("short")
    with pytest.raises(ValueError, match="restore it"):
        load_key(path)
