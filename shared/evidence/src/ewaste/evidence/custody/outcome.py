"""What became of a batch, as every scheme is assessed on it: grams by operation, pieces, re-use, coverage."""

from collections.abc import Mapping
from dataclasses import dataclass

from ewaste.contracts.events.dropoff import Category, ItemDropped
from ewaste.contracts.events.recycler import BatchOpened
from ewaste.evidence.custody.bags import is_broken
from ewaste.evidence.custody.balance import Balance
from ewaste.evidence.custody.fold import Custody
from ewaste.evidence.custody.fractions import fractions_of
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.states import points_of
from ewaste.evidence.rules.outcome import CoverageGrams, FinalOutput, Outcome

__all__ = ["Pieces", "coverage_of", "outcome_of", "pieces_of"]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Items of a batch's bags; only those whose way is known are counted, and each in one batch."""

    by_category: Mapping[Category, int]
    in_two_bags: int
    in_broken_bags: int
    in_other_batches: int
    """Of a bag split over several batches: the first that opened it counts its pieces."""

    @property
    def total(self) -> int:
        return sum(self.by_category.values())


def outcome_of(custody: Custody, balanced: Balance) -> Outcome:
    """The outcome of a batch whose balance closes. Raises ValueError of one that doesn't and has no gram of ours."""
    fractions = fractions_of(custody, balanced.batch_id)
    ends = [leaf.output for leaf in fractions.leaves if leaf.is_final]
    return Outcome(
        input_grams=balanced.input_grams,
        own_grams=balanced.own_grams,
        outputs=tuple(FinalOutput(each.operation, each.material, each.grams, each.prepared_for_reuse) for each in ends),
        coverage=coverage_of(custody, balanced),
        process_loss_grams=balanced.process_loss_grams,
        interim_grams=sum(leaf.output.grams for leaf in fractions.leaves if not leaf.is_final),
        pieces_by_category=pieces_of(custody, balanced).by_category,
        input_by_category=_sorted_grams(custody, balanced.batch_id),
    )


def coverage_of(custody: Custody, balanced: Balance) -> CoverageGrams:
    """Our grams by model (ISO 22095); those of broken bags apart, whatever the batch.

    Identity preserved: only bags of one box, none of them broken, and nothing of other clients.
    """
    broken = sum(each.grams for each in balanced.inputs if is_broken(custody, each.bag_id))
    whole = balanced.own_grams - broken
    if balanced.other_client_grams:
        return CoverageGrams(mass_balance=whole, broken=broken)
    boxes = [points_of(custody, each.bag_id) for each in balanced.inputs]
    # A bag nobody says the box of, or that is said to be of two, may hold anything.
    if not broken and all(len(each) == 1 for each in boxes) and len(set().union(*boxes)) == 1:
        return CoverageGrams(identity_preserved=whole)
    return CoverageGrams(segregated=whole, broken=broken)


def _sorted_grams(custody: Custody, batch_id: str) -> dict[Category, int] | None:
    opened = custody.first(node("batch", batch_id), BatchOpened)
    if opened is None or not opened.data.sorted:
        return None
    grams: dict[Category, int] = {}
    for each in opened.data.sorted:
        grams[each.category] = grams.get(each.category, 0) + each.grams
    return dict(sorted(grams.items()))


def pieces_of(custody: Custody, balanced: Balance) -> Pieces:
    """The items of the batch's bags. One that was also dropped elsewhere is nobody's to count."""
    counts: dict[Category, int] = {}
    twice = broken = other = 0
    for bag_id in (each.bag_id for each in balanced.inputs):
        bag_broken, here = is_broken(custody, bag_id), _counts_here(custody, bag_id, balanced.batch_id)
        for item_id in custody.inside(node("bag", bag_id), "item"):
            item = node("item", item_id)
            dropped = custody.first(item, ItemDropped)
            if dropped is None or len(custody.parents[item]) > 1:
                twice += 1
            elif bag_broken:
                broken += 1
            elif not here:
                other += 1
            else:
                counts[dropped.data.category] = counts.get(dropped.data.category, 0) + 1
    return Pieces(dict(sorted(counts.items())), twice, broken, other)


def _counts_here(custody: Custody, bag_id: str, batch_id: str) -> bool:
    first = custody.first(node("bag", bag_id), BatchOpened)
    return first is None or first.data.batch_id == batch_id
