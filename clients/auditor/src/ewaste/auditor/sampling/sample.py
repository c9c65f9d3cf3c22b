"""A sample of a mirror: drawn from its signed root and a nonce that came afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import head_at
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.following import follow
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.auditor.sampling.draw import draw
from ewaste.auditor.sampling.population import Population, certified
from ewaste.auditor.sampling.subjects import Subject, subject_of_node, subject_of_record
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.custody.graph import node
from ewaste.evidence.notes.checkpoints import Checkpoint

__all__ = ["Sample", "sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, and all that somebody else needs to draw the same."""

    head: Checkpoint
    nonce: str
    population: Population
    count: int
    """How many the population has."""
    subjects: tuple[Subject, ...]

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "origin": self.head.origin,
            "size": self.head.size,
            "root": self.head.root.hex(),
            "nonce": self.nonce,
            "of": self.population.value,
            "population": self.count,
            "drawn": [each.member for each in self.subjects],
            "subjects": [each.to_dict() for each in self.subjects],
        }


def sample(
    mirror: Mirror, population: Population, wanted: int, nonce: str, until: Until | None = None, watch: Watch = nobody
) -> Sample:
    """Draw `wanted` members, or all where there are fewer. Raises `CannotRun`."""
    if not nonce:
        raise CannotRun("--nonce needs a text that neither you nor the operator could choose after seeing the root")
    head = head_at(mirror, size_at(mirror, until))
    if population is Population.RECORDS:
        drawn = draw(head.root, nonce, head.size, wanted)
        found = [subject_of_record(mirror, number, index) for number, index in enumerate(drawn, 1)]
        return Sample(head, nonce, population, head.size, tuple(found))
    chains = follow(mirror, head.size, watch)
    ids = certified(chains, population)
    names = [node(population.value.removesuffix("s"), id) for id in ids]
    drawn = draw(head.root, nonce, len(names), wanted)
    return Sample(head, nonce, population, len(names), tuple(_subjects(mirror, chains, names, drawn, watch)))


def _subjects(
    mirror: Mirror, chains: Chains, names: Sequence[str], drawn: Sequence[int], watch: Watch
) -> Iterator[Subject]:
    for number, member in enumerate(drawn, 1):
        yield subject_of_node(mirror, chains, number, member, names[member])
        watch("subjects", number, len(drawn))
