"""Which language a reader gets."""

import pytest
from ewaste.web.language import Language, choose_language


@pytest.mark.parametrize(
    ("asked", "header", "language"),
    [
        (None, None, "th"),
        ("en", "th", "en"),
        ("th", "en", "th"),
        ("de", "en-GB,en;q=0.9", "en"),
        (None, "de, en;q=0.5", "en"),
        (None, "en;q=0.4, th;q=0.8", "th"),
        (None, "EN-us", "en"),
        (None, "fr", "th"),
        (None, "en;q=0", "th"),
        (None, "en;q=often, ,;;", "th"),
        (None, "*", "th"),
    ],
)
def test_the_address_wins_then_the_header_then_thai(asked: str | None, header: str | None, language: str) -> None:
    assert choose_language(asked, header) is Language(language)
