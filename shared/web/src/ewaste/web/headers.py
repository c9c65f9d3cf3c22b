"""What every page tells the browser."""

from typing import Final

__all__ = ["PAGE_HEADERS"]

PAGE_HEADERS: Final = {
    # Nothing is loaded but our own stylesheet, fonts and icon, nothing is run, nobody may frame a page.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # A receipt's address is its key: it must not travel to other sites.
    "Referrer-Policy": "no-referrer",
    # Pages change with the facts and the reader's language; no shared cache may keep them.
    "Cache-Control": "private, no-cache",
    "Vary": "Accept-Language",
}
