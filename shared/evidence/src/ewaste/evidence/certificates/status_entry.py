"""Where a certificate's status stands: two lists of bits, `suspension` and `revocation`, a place per certificate.

The place is the certificate's ordinal among the `CertificateIssued` events of the ledger: anyone who has the ledger
knows it, no two certificates share one, and it never moves, because the ledger only grows.
"""

from typing import Final

__all__ = ["LIST_ENTRIES", "STATUS_PURPOSES", "place_of", "status_list_url"]

LIST_ENTRIES: Final = 131_072
"""Bitstring Status List v1.0 §6.1: at least so many, so that asking for a list does not tell which certificate."""

STATUS_PURPOSES: Final = ("suspension", "revocation")
"""`suspension`: its evidence changed. `revocation`: another certificate replaces it for good."""


def place_of(ordinal: int) -> tuple[int, int]:
    """Number of the list and index in it, both from 0. Raises ValueError for a negative ordinal."""
    if ordinal < 0:
        raise ValueError(f"ordinal {ordinal}: certificates are counted from 0")
    return divmod(ordinal, LIST_ENTRIES)


def status_list_url(url: str, purpose: str, number: int) -> str:
    """Where the issuer at `url` publishes this list."""
    return f"{url}/status-lists/{purpose}/{number}"
