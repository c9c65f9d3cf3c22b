"""What a register is, and what its rows are made from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ewaste.contracts.fields import Part
from ewaste.evidence.custody.fold import Custody, Evidence, Fact
from ewaste.evidence.custody.graph import NodeId, node
from ewaste.evidence.registers.columns import Column, Row
from ewaste.evidence.registers.entries import Entry

__all__ = ["Register", "View", "is_decisive"]

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class View:
    """The custody of some of the ledger's things, and its standing facts by ledger index."""

    custody: Custody
    standing: Mapping[int, Evidence]

    @classmethod
    def of(cls, custody: Custody) -> "View":
        return cls(custody, {each.index: each for found in custody.touching.values() for each in found})

    def fact(self, index: int, model: type[P]) -> Fact[P] | None:
        """The standing fact at this index, None where it was corrected, repeated or never valid."""
        found = self.standing.get(index)
        if found is None or not isinstance(found.event.data, model):
            return None
        return Fact(found, found.event.data)

    def all(self, model: type[P]) -> list[Fact[P]]:
        """Every standing fact of this type that is here, by ledger index."""
        return [fact for index in sorted(self.standing) if (fact := self.fact(index, model)) is not None]


@dataclass(frozen=True, slots=True)
class Register:
    """One kind of thing, a row each; `rows` gives the row of an entry's thing, none where another entry decides it.

    Which evidence a row needs: with `root` the chain of that node, but for what `skipping` leaves out on the way down;
    without it the records that name the thing themselves (`decided_by` and `also`). Either with what they mention.
    """

    name: str
    th: str
    en: str
    decided_by: type[Part]
    """Its time decides whether the thing is in a period."""
    period_th: str
    period_en: str
    columns: tuple[Column, ...]
    rows: Callable[[View, Entry], Iterable[Row]]
    root: str | None = None
    """Kind of node that an entry's key is the id of."""
    skipping: frozenset[str] = field(default_factory=frozenset)
    """Kinds of nodes whose evidence no row needs."""
    also: tuple[type[Part], ...] = ()

    def root_of(self, entry: Entry) -> NodeId | None:
        return None if self.root is None else node(self.root, entry.key)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the events whose entries name the things of this register."""
        return (self.decided_by.__name__, *(each.__name__ for each in self.also))


def is_decisive(fact: Fact[P] | None, entry: Entry) -> bool:
    """Whether this is the entry's own record: each thing has its row at one place, though several records name it."""
    return fact is not None and fact.index == entry.index
