"""The mass balance of a batch: grams in, grams out by operation, declared loss, and every reason why it does not close.

Inputs are net grams of our bags and of other clients; a bag's grams are single-use across all batches. Outputs are the
fractions nothing more was made of. Integers only. The rule: docs/architecture/custody.md.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, FractionTreated
from ewaste.evidence.custody.bags import allocation_of, weight_of
from ewaste.evidence.custody.fold import Custody, Fact
from ewaste.evidence.custody.fractions import Fraction, Fractions, fractions_of
from ewaste.evidence.custody.graph import NodeId, node
from ewaste.evidence.custody.handovers import collections_of
from ewaste.evidence.custody.open_lines import LineCode, OpenLine, in_order
from ewaste.evidence.rules.operations import is_landfill
from ewaste.evidence.rules.ruleset import Tolerance

__all__ = ["BagInput", "Balance", "LineCode", "OpenLine", "Tolerance", "balance"]


@dataclass(frozen=True, slots=True)
class BagInput:
    """Grams of a bag that entered the batch beside all its net grams (None: never weighed, or not asked about)."""

    bag_id: str
    grams: int
    net_grams: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """All amounts in grams; `difference_grams` is positive when less came out than went in."""

    batch_id: str
    inputs: tuple[BagInput, ...]
    """By bag id."""
    own_grams: int
    other_client_grams: int
    by_operation: dict[str, int]
    """Output grams by operation, also the interim ones still waiting; sorted."""
    by_material: dict[str, int]
    by_facility: dict[str, int]
    reuse_grams: int
    landfill_grams: int
    process_loss_grams: int
    tolerance_grams: int
    open_lines: tuple[OpenLine, ...]

    @property
    def input_grams(self) -> int:
        return self.own_grams + self.other_client_grams

    @property
    def output_grams(self) -> int:
        return sum(self.by_operation.values())

    @property
    def difference_grams(self) -> int:
        return self.input_grams - self.output_grams - self.process_loss_grams

    @property
    def closes(self) -> bool:
        """Whether every gram that went in is accounted for by a final operation or a declared loss."""
        return not self.open_lines


def balance(custody: Custody, batch_id: str, *, of_bags: Collection[str] | None = None) -> Balance:
    """The balance of a batch as far as the evidence goes, by the custody's rules.

    A batch nobody spoke of has an empty balance that does not close. With `of_bags` only these input bags are asked
    whether they hold what is said of them: for the chain of one item, which does not read the other bags' evidence.
    """
    openings = custody.facts(node("batch", batch_id), BatchOpened)
    inputs = _inputs(custody, openings, of_bags)
    own, other = sum(each.grams for each in inputs), sum(fact.data.other_client_grams for fact in openings[:1])
    fractions = fractions_of(custody, batch_id)
    leaves = fractions.leaves
    lines = _batch_lines(custody, batch_id, openings, fractions)
    for each in inputs:
        if of_bags is None or each.bag_id in of_bags:
            lines += _bag_lines(custody, each)
    if openings and fractions.recycled is not None:
        lines += _gram_lines(custody.rules.tolerance, batch_id, own + other, fractions)
    return Balance(
        batch_id=batch_id,
        inputs=inputs,
        own_grams=own,
        other_client_grams=other,
        by_operation=_sums(leaves, lambda leaf: leaf.output.operation.value),
        by_material=_sums(leaves, lambda leaf: leaf.output.material),
        by_facility=_sums(leaves, lambda leaf: leaf.output.facility_id),
        reuse_grams=sum(leaf.output.grams for leaf in leaves if leaf.output.prepared_for_reuse),
        landfill_grams=sum(leaf.output.grams for leaf in leaves if is_landfill(leaf.output.operation)),
        process_loss_grams=fractions.process_loss_grams,
        tolerance_grams=custody.rules.tolerance.grams_of(own + other),
        open_lines=in_order(lines),
    )


def _inputs(
    custody: Custody, openings: list[Fact[BatchOpened]], of_bags: Collection[str] | None
) -> tuple[BagInput, ...]:
    """Of a batch opened twice the first opening is balanced; that it does not close is told by its own line."""
    grams: dict[str, int] = {}
    for opening in openings[:1]:
        for each in opening.data.inputs:
            grams[each.bag_id] = grams.get(each.bag_id, 0) + each.grams
    asked = grams if of_bags is None else of_bags
    return tuple(
        BagInput(bag_id, grams[bag_id], _net_grams(custody, bag_id) if bag_id in asked else None)
        for bag_id in sorted(grams)
    )


def _net_grams(custody: Custody, bag_id: str) -> int | None:
    weight = weight_of(custody, bag_id)
    return weight.net_grams if weight else None


def _bag_lines(custody: Custody, each: BagInput) -> list[OpenLine]:
    bag = node("bag", each.bag_id)
    lines: list[OpenLine] = []
    if each.net_grams is None:
        lines.append(OpenLine(LineCode.BAG_NOT_WEIGHED, bag))
    if len(collections_of(custody, each.bag_id)) > 1:
        lines.append(OpenLine(LineCode.BAG_WEIGHED_TWICE, bag))
    # A gram of input backs one certificate only: no batch closes while all of them claim more than there was.
    allocation = allocation_of(custody, each.bag_id)
    if allocation.over:
        lines.append(OpenLine(LineCode.BAG_OVER_ALLOCATED, bag, allocation.grams, each.net_grams or 0))
    return lines


def _batch_lines(
    custody: Custody, batch_id: str, openings: list[Fact[BatchOpened]], fractions: Fractions
) -> list[OpenLine]:
    batch, recycled = node("batch", batch_id), fractions.recycled
    codes = {
        LineCode.BATCH_NOT_OPENED: not openings,
        LineCode.BATCH_OPENED_TWICE: len(openings) > 1,
        LineCode.BATCH_NOT_RECYCLED: recycled is None,
        LineCode.BATCH_RECYCLED_TWICE: len(custody.facts(batch, BatchRecycled)) > 1,
        LineCode.BATCH_OF_ANOTHER_PARTNER: recycled is not None
        and bool(_partners(custody, batch) - {recycled.data.partner_id}),
    }
    lines = [*fractions.open_lines, *_sorted_lines(batch, openings)]
    return [*lines, *(OpenLine(code, batch) for code, holds in codes.items() if holds)]


def _partners(custody: Custody, batch: NodeId) -> set[str]:
    """Who opened the batch or treated what came of it."""
    opened = {fact.data.partner_id for fact in custody.facts(batch, BatchOpened)}
    return opened | {fact.data.partner_id for fact in custody.facts(batch, FractionTreated)}


def _sorted_lines(batch: NodeId, openings: list[Fact[BatchOpened]]) -> Iterator[OpenLine]:
    """What sorting found is what went in, to the gram."""
    for opening in openings[:1]:
        sorted_grams = sum(each.grams for each in opening.data.sorted)
        own = sum(each.grams for each in opening.data.inputs)
        if opening.data.sorted and sorted_grams != own:
            yield OpenLine(LineCode.SORTED_GRAMS_DIFFER, batch, sorted_grams, own)


def _gram_lines(tolerance: Tolerance, batch_id: str, input_grams: int, fractions: Fractions) -> list[OpenLine]:
    out = sum(leaf.output.grams for leaf in fractions.leaves) + fractions.process_loss_grams
    if tolerance.allows(input_grams - out, input_grams):
        return []
    off, allowed = abs(input_grams - out), tolerance.grams_of(input_grams)
    return [OpenLine(LineCode.GRAMS_NOT_BALANCED, node("batch", batch_id), off, allowed)]


def _sums(leaves: list[Fraction], name_of: Callable[[Fraction], str]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for leaf in leaves:
        sums[name_of(leaf)] = sums.get(name_of(leaf), 0) + leaf.output.grams
    return dict(sorted(sums.items()))
