"""Codes that people read off paper: no letter looks like another, and a slip of the pen is noticed.

The alphabet has 23 characters, a prime: the check character (a weighted sum modulo 23) then finds every single wrong
character and every two that changed places.
"""

from collections.abc import Callable
from typing import Final

from ewaste.contracts.refusal import Refused

__all__ = ["ALPHABET", "class_code", "invite_code", "read_code", "shown"]

ALPHABET: Final = "34679ACDEFGHJKMNPRTUWXY"
"""Without 0 O Q, 1 I L, 2 Z, 5 S, 8 B and V, which are read for each other."""
_CLASS: Final = 7
_INVITE: Final = 17
"""16 random characters hold 72 bits: nobody finds one by trying."""
_GROUP: Final = 4


def class_code(choose: Callable[[str], str]) -> str:
    """Six random characters and the check character; `choose` is `secrets.choice`."""
    return _with_check("".join(choose(ALPHABET) for _ in range(_CLASS - 1)))


def invite_code(choose: Callable[[str], str]) -> str:
    return _with_check("".join(choose(ALPHABET) for _ in range(_INVITE - 1)))


def read_code(text: str, field: str) -> str:
    """The code in its stored form, from whatever case and spacing it was typed in. Raises `Refused`."""
    code = "".join(text.upper().replace("-", " ").split())
    if any(letter not in ALPHABET for letter in code):
        raise Refused("code-invalid", f"codes have only these characters: {ALPHABET}; look again", field=field)
    if len(code) not in (_CLASS, _INVITE) or _with_check(code[:-1]) != code:
        raise Refused("code-invalid", "a character is wrong, missing or in another place; look again", field=field)
    return code


def shown(code: str) -> str:
    """In groups of four, as it is printed."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def _with_check(code: str) -> str:
    # Weights of 1 to 22 differ modulo 23; the check character itself has weight -1.
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(code, 1))
    return code + ALPHABET[total % len(ALPHABET)]
