"""The parts that EPCIS events are made of. Amounts leave here as kilograms, the unit that GS1 systems expect."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ewaste.evidence.epcis.gs1 import Names

__all__ = ["PRIVATE", "Body", "kilograms", "mass", "moved", "place", "quantity", "transaction", "unique"]

Body = dict[str, Any]
"""What an EPCIS event says besides its id and times."""
PRIVATE: Final = "urn:ewaste:"
"""Where our own vocabulary starts: steps and kinds of documents that CBV 2.0 has no word for."""


def kilograms(grams: int) -> int | float:
    """A JSON number that reads as exactly these grams: Python writes the shortest decimal of a double.

    Exact up to 15 digits; an event's amounts have 9, and the sums of a thousand of them 12.
    """
    return grams // 1000 if grams % 1000 == 0 else grams / 1000


def mass(grams: int) -> Body:
    """A scale's reading."""
    return {"sensorElementList": [{"sensorReport": [{"type": "Mass", "value": kilograms(grams), "uom": "KGM"}]}]}


def quantity(uri: str, grams: int) -> Body:
    """So much of a class of things; without an amount where there is none to state."""
    return {"epcClass": uri, **({"quantity": kilograms(grams), "uom": "KGM"} if grams > 0 else {})}


def place(names: Names, id: str, kind: str = "place") -> Body:
    """Where it happened."""
    return {"readPoint": {"id": names.uri(kind, id)}}


def moved(names: Names, giver: str | None, receiver: str | None) -> Body:
    """Who has the things before and after."""
    told: Body = {}
    if giver is not None:
        told["sourceList"] = [{"type": "possessing_party", "source": names.uri("party", giver)}]
    if receiver is not None:
        told["destinationList"] = [{"type": "possessing_party", "destination": names.uri("party", receiver)}]
    return told


def transaction(*rows: tuple[str, str | None]) -> Body:
    """The documents that go with it, as (type, URI); one without URI is left out."""
    found = [{"type": type, "bizTransaction": uri} for type, uri in rows if uri is not None]
    return {"bizTransactionList": found} if found else {}


def unique(names: Names, kind: str, ids: Iterable[str]) -> Sequence[str]:
    """The URIs of these things, each once: EPCIS lists are sets."""
    return [names.uri(kind, id) for id in dict.fromkeys(ids)]
