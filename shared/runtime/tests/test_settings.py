"""What the environment tells, resolved once."""

import pytest
from ewaste.runtime.subscription import RetryPolicy, Subscription
from pydantic import ValidationError
from tally import Settings


def test_each_service_gets_its_own_database_unless_one_is_named() -> None:
    server = "postgresql://me:pass@db:5432"
    assert Settings(database_url=server).service_database_url == "postgresql+asyncpg://me:pass@db:5432/ewaste_dropoff"
    assert Settings(database_url=f"{server}/").service_database_url.endswith("/ewaste_dropoff")
    assert Settings(database_url=f"{server}/mine").service_database_url.endswith("5432/mine")


def test_the_environment_is_read_and_what_is_resolved_cannot_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EWASTE_CITY", "lampang")
    monkeypatch.setenv("EWASTE_DEAD_LETTERS_PER_HOUR", "7")
    found = Settings()
    assert (found.source, found.dead_letters_per_hour) == ("urn:ewaste:lampang:dropoff", 7)
    with pytest.raises(ValidationError):
        found.city = "phrae"


def test_secrets_are_not_in_the_text_of_the_settings() -> None:
    text = repr(Settings(database_url="postgresql://me:hush@db", kafka_password="hush"))
    assert "hush" not in text


@pytest.mark.parametrize(
    "nonsense", [{"city": "Chiang Mai"}, {"batch_records": 0}, {"dead_letters_per_hour": 0}, {"http_port": 70_000}]
)
def test_nonsense_is_refused_with_the_name_of_the_setting(nonsense: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(nonsense))):
        Settings(**nonsense)


async def nothing(*_: object) -> None: ...


@pytest.mark.parametrize(
    "nonsense",
    [
        {"on_events": nothing},
        {"topics": ("a",), "pattern": "a.*", "on_events": nothing},
        {"topics": ("a",)},
        {"topics": ("a",), "on_events": nothing, "on_records": nothing},
    ],
)
def test_a_subscription_says_exactly_one_of_each(nonsense: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="one of them"):
        Subscription("name", **nonsense)


def test_retries_stay_below_what_kafka_allows() -> None:
    with pytest.raises(ValueError, match="at most 240 s"):
        RetryPolicy((200.0, 50.0))
