"""The Markdown of lessons: CommonMark without raw HTML, pictures or odd links, so that every page can show it."""

from functools import cache

from ewaste.contracts.refusal import Refused
from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["check_prose"]


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark")
    # Left alone it shows a dangerous link as plain text; the author is to hear of it.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    return markdown


def check_prose(text: str, field: str) -> None:
    """Raise `Refused` for what a lesson's text can't hold; `field` is its place."""
    for token in _all(_markdown().parse(text)):
        if token.type in ("html_block", "html_inline"):
            raise Refused("prose-html", f"HTML in Markdown is not shown: {token.content[:40]!r}", field=field)
        if token.type == "image":
            raise Refused("prose-image", "a picture is the frame's media, not part of its text", field=field)
        href = str(token.attrGet("href") or "")
        if token.type == "link_open" and not href.startswith(("https://", "tel:")):
            raise Refused("prose-link", f"link {href[:80]!r}: only https: and tel: are shown", field=field)


def _all(tokens: list[Token]) -> list[Token]:
    return [one for token in tokens for one in (token, *_all(token.children or []))]
