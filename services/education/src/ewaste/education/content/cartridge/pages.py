"""A web page as Markdown: headings, paragraphs, lists, emphasis and links; its pictures and films apart."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

__all__ = ["Embedded", "Page", "read_page"]

_BLOCKS: Final = frozenset({"p", "div", "section", "article", "ul", "ol", "table", "tr", "blockquote", "h1", "h2", "h3",
                            "h4", "h5", "h6"})  # fmt: skip
_MARKS: Final = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#])")
_SILENT: Final = frozenset({"script", "style", "head", "title", "template"})
_HEADING: Final = re.compile(r"h([1-6])")


@dataclass(slots=True)
class Embedded:
    """A picture, sound or film of the page."""

    src: str
    alt: str
    captions: dict[str, str] = field(default_factory=dict)
    """File by language."""


@dataclass(frozen=True, slots=True)
class Page:
    markdown: str
    media: tuple[Embedded, ...]


def read_page(html: str) -> Page:
    """Never fails: what isn't understood is left out, its text stays."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(reader.parts))
    return Page(re.sub(r"\n{3,}", "\n\n", text).strip(), tuple(one for one in reader.media if one.src))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.media: list[Embedded] = []
        self._silent = 0
        self._links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            heading = _HEADING.fullmatch(tag)
            self.parts.append("\n\n" + ("#" * int(heading.group(1)) + " " if heading else ""))
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "a":
            self._open_link(said.get("href", ""))
        else:
            self.parts.append(_MARKS.get(tag, ""))
            self._embed(tag, said)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a" and self._links:
            href = self._links.pop()
            self.parts.append(f"]({href})" if href else "")
        else:
            self.parts.append(_MARKS.get(tag, ""))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(_SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", data)))

    def _open_link(self, href: str) -> None:
        kept = href if re.fullmatch(r"(https://|tel:)[^\s<>()]+", href) else None
        self._links.append(kept)
        self.parts.append("[" if kept else "")

    def _embed(self, tag: str, said: dict[str, str]) -> None:
        if tag in ("img", "video", "audio"):
            words = said.get("alt") or said.get("title") or said.get("aria-label") or ""
            self.media.append(Embedded(said.get("src", ""), " ".join(words.split())))
        elif tag == "source" and self.media and not self.media[-1].src:
            self.media[-1].src = said.get("src", "")
        elif tag == "track" and self.media and said.get("kind", "captions") in ("captions", "subtitles"):
            self.media[-1].captions[said.get("srclang", "th")[:2]] = said.get("src", "")
