"""Which language a reader gets, and texts that exist in both."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, TypeAlias

__all__ = ["Language", "Texts", "Words", "choose_language"]


class Language(StrEnum):
    """The languages of every page; the first is what a reader gets who asks for neither."""

    THAI = "th"
    ENGLISH = "en"


class Words(NamedTuple):
    """One text in both languages; `{name}` stands for a value given when it is shown."""

    th: str
    en: str

    def of(self, language: Language) -> str:
        return self.th if language is Language.THAI else self.en


Texts: TypeAlias = Mapping[str, Words]
"""A catalogue: what templates say, by key."""


def choose_language(asked: str | None, accept_language: str | None) -> Language:
    """`asked` (the address's `?lang=`) where it is a language of ours, else the header's best (RFC 9110 §12.5.4)."""
    for language in Language:
        if asked == language:
            return language
    ranked = sorted(_accepted(accept_language or ""), key=lambda pair: -pair[1])
    return next((language for language, quality in ranked if quality > 0), Language.THAI)


def _accepted(header: str) -> list[tuple[Language, float]]:
    found = []
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        for language in Language:
            if tag.lower().split("-")[0] == language:
                found.append((language, _quality(parameter)))
    return found


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
