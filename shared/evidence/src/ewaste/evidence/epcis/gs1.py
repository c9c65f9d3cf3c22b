"""What our ids are called outside: GS1 Digital Link where a key has room for the id, a private URN otherwise.

An id is an opaque text of up to 64 characters, a GS1 key is short. A name is never cut or hashed to fit: that would
make two things one in silence. Whatever does not fit keeps its URN `urn:ewaste:<city>:<kind>:<id>`, and `Names.read`
gives back from every name the very id it came from, so that no two things share one.

Sources: GS1 General Specifications §3 (lengths of the application identifiers) and §7.9 (check digit); GS1 Digital
Link: URI Syntax 1.2 §4 (paths, percent-encoding, canonical form).
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote
from uuid import UUID

__all__ = ["DIGITAL_LINK", "Gs1Keys", "Names", "check_digit"]

DIGITAL_LINK: Final = "https://id.gs1.org"
_LONGEST_GIAI: Final = 30
_LONGEST_LOT: Final = 20
_LONGEST_EXTENSION: Final = 20
_LONGEST_GDTI_SERIAL: Final = 17
_PREFIX: Final = re.compile(r"[0-9]{6,11}")
# Before a UUID written short; an id begins with a letter or digit.
_UUID_MARK: Final = "_"


def check_digit(digits: str) -> str:
    """The modulo 10 check digit of these digits (weights 3 and 1 from the right)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@dataclass(frozen=True, slots=True)
class Gs1Keys:
    """A GS1 company prefix and which of its references mean what; the owner of the prefix allocates them.

    6 to 11 digits: a prefix of 12 leaves no room for references. Raises ValueError.
    """

    company_prefix: str
    place_reference: int = 1
    """Location reference of the GLN that stands for all boxes; each box is an extension of it."""
    batch_reference: int = 1
    """Item reference of the GTIN whose lots are processing batches."""
    fraction_reference: int = 2
    contents_reference: int = 3
    """Item reference of the GTIN whose lots are the contents of bags."""
    certificate_reference: int = 1
    """Document type of the GDTI."""

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.company_prefix):
            raise ValueError(f"GS1 company prefix {self.company_prefix!r}: write its 6 to 11 digits, as 9521234")
        references = (self.batch_reference, self.fraction_reference, self.contents_reference)
        if len(set(references)) < len(references):
            raise ValueError("two of the GTIN references are the same: batches, fractions and contents need one each")
        for each in (*references, self.place_reference, self.certificate_reference):
            if not 0 <= each < 10 ** (12 - len(self.company_prefix)):
                raise ValueError(f"reference {each} has no room behind company prefix {self.company_prefix}")

    def key13(self, reference: int) -> str:
        """A GLN, GTIN-13 or GDTI without serial: prefix, reference, check digit."""
        digits = self.company_prefix + str(reference).zfill(12 - len(self.company_prefix))
        return digits + check_digit(digits)


_Key = Callable[[Gs1Keys, str], str | None]


def _limited(text: str, most: int) -> str | None:
    """Percent-encoded for a path; None when it is longer than the key allows, counted before encoding."""
    return quote(text, safe="") if len(text) <= most else None


def _giai(keys: Gs1Keys, id: str) -> str | None:
    room = _LONGEST_GIAI - len(keys.company_prefix)
    # What begins with the mark could be read as a UUID: no id of ours does.
    plain = None if id.startswith(_UUID_MARK) else _limited(id, room)
    found = plain or _limited(_short_uuid(id) or "", room)
    return f"/8004/{keys.company_prefix}{found}" if found else None


def _short_uuid(id: str) -> str | None:
    """A UUID in its usual form as 23 characters, so that it fits a GIAI; None for every other id."""
    try:
        value = UUID(id)
    except ValueError:
        return None
    return _UUID_MARK + base64.urlsafe_b64encode(value.bytes).decode().rstrip("=") if str(value) == id else None


def _long_uuid(short: str) -> str | None:
    try:
        return str(UUID(bytes=base64.urlsafe_b64decode(short.removeprefix(_UUID_MARK) + "==")))
    except ValueError:
        return None


def _sscc(extension: str) -> _Key:
    """Only an id that is itself a serial reference: exactly the digits that the prefix leaves of 16."""

    def write(keys: Gs1Keys, id: str) -> str | None:
        if len(id) != 16 - len(keys.company_prefix) or not (id.isascii() and id.isdigit()):
            return None
        digits = extension + keys.company_prefix + id
        return f"/00/{digits}{check_digit(digits)}"

    return write


def _lot(reference: Callable[[Gs1Keys], int]) -> _Key:
    def write(keys: Gs1Keys, id: str) -> str | None:
        lot = _limited(id, _LONGEST_LOT)
        return f"/01/0{keys.key13(reference(keys))}/10/{lot}" if lot else None

    return write


def _place(keys: Gs1Keys, id: str) -> str | None:
    extension = _limited(id, _LONGEST_EXTENSION)
    # Extension 0 stands for none (EPC Tag Data Standard §6.3.3).
    return f"/414/{keys.key13(keys.place_reference)}/254/{extension}" if extension and id != "0" else None


def _gdti(keys: Gs1Keys, id: str) -> str | None:
    serial = _limited(id, _LONGEST_GDTI_SERIAL)
    return f"/253/{keys.key13(keys.certificate_reference)}{serial}" if serial else None


_KEYS: Final[Mapping[str, _Key]] = {
    "item": _giai,
    "bag": _sscc("0"),
    "load": _sscc("1"),
    "point": _place,
    "batch": _lot(lambda keys: keys.batch_reference),
    "fraction": _lot(lambda keys: keys.fraction_reference),
    "contents": _lot(lambda keys: keys.contents_reference),
    "certificate": _gdti,
}
# What is left of a Digital Link path when the key's own digits are gone, by the length of those.
_BEHIND: Final[Mapping[str, Callable[[Gs1Keys, str], str]]] = {
    "item": lambda keys, path: path[len("/8004/" + keys.company_prefix) :],
    "bag": lambda keys, path: path[len("/00/0" + keys.company_prefix) : -1],
    "load": lambda keys, path: path[len("/00/1" + keys.company_prefix) : -1],
    "certificate": lambda keys, path: path[len("/253/") + 13 :],
}


@dataclass(frozen=True, slots=True)
class Names:
    """Writes and reads the URIs of one city's things; without `keys` every one is a private URN.

    Kinds with a GS1 key: `item`, `bag`, `load`, `point` (a box's place), `batch`, `fraction` (id `<batch>/<fraction>`),
    `contents` (of a bag, as the class that is weighed), `certificate`. Any other kind is private.
    """

    city: str
    keys: Gs1Keys | None = None

    def uri(self, kind: str, id: str) -> str:
        """The one name of this thing."""
        write = _KEYS.get(kind)
        path = write(self.keys, id) if write and self.keys else None
        return DIGITAL_LINK + path if path else f"urn:ewaste:{self.city}:{kind}:{quote(id, safe='/:')}"

    def read(self, uri: str) -> tuple[str, str] | None:
        """Kind and id of one of our names; None for any other text, also for another form of the same key."""
        for kind, id in self._candidates(uri):
            if self.uri(kind, id) == uri:
                return kind, id
        return None

    def _candidates(self, uri: str) -> list[tuple[str, str]]:
        own = f"urn:ewaste:{self.city}:"
        if uri.startswith(own):
            kind, _, id = uri.removeprefix(own).partition(":")
            return [(kind, unquote(id))]
        if self.keys is None or not uri.startswith(DIGITAL_LINK):
            return []
        path = uri.removeprefix(DIGITAL_LINK)
        found = [(kind, self._behind(self.keys, kind, path)) for kind in _KEYS]
        short = [("item", long) for kind, id in found if kind == "item" and (long := _long_uuid(id))]
        return [*found, *short]

    @staticmethod
    def _behind(keys: Gs1Keys, kind: str, path: str) -> str:
        cut = _BEHIND.get(kind)
        return unquote(cut(keys, path) if cut else path.rpartition("/")[2])
