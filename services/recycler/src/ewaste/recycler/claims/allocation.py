"""Grams are single-use: what all batches of all recyclers take of a bag is never more than the bag held."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ewaste.contracts.events.recycler import BatchOpened, RefusalReason
from ewaste.evidence.rules.ruleset import Tolerance
from ewaste.recycler.claims.model import NotAccepted, Register, Weighings

__all__ = ["Weight", "WeightSource", "check_allocation", "free", "take", "weight_of"]

_BATCHES_NAMED = 3


class WeightSource(StrEnum):
    """Whose word a bag's weight is."""

    DECIDED = "decided"
    """The municipality's, after a dispute."""
    AGREED = "agreed"
    """The carrier's and the recycler's, who settled a dispute."""
    COLLECTED = "collected"
    RECEIVED = "received"
    DISPATCHED = "dispatched"


@dataclass(frozen=True, slots=True)
class Weight:
    """Grams that batches may take of a bag: net where its tare is known."""

    grams: int
    source: WeightSource


def weight_of(register: Register, bag_id: str) -> Weight | None:
    """What a bag held, by the best word there is; None while nobody weighed it."""
    told = register.weighings.get(bag_id, Weighings())
    found = (
        (_decided(told), WeightSource.DECIDED),
        (_agreed(register, bag_id, told), WeightSource.AGREED),
        (told.collected_gross_grams, WeightSource.COLLECTED),
        (max(register.received.get(bag_id, {}).values(), default=None), WeightSource.RECEIVED),
        (told.dispatched_gross_grams, WeightSource.DISPATCHED),
    )
    for gross, source in found:
        if gross is not None:
            return Weight(max(0, gross - told.tare_grams), source)
    return None


def _decided(told: Weighings) -> int | None:
    return next((each.gross_grams for each in told.settlements if each.decided), None)


def _agreed(register: Register, bag_id: str, told: Weighings) -> int | None:
    for each in told.settlements:
        stated = register.statements.get(each.load_id, {}).values()
        if each.gross_grams is not None and any(bags.get(bag_id) == each.gross_grams for bags in stated):
            return each.gross_grams
    return None


def check_allocation(register: Register, data: BatchOpened, tolerance: Tolerance) -> None:
    """Raises `NotAccepted` for the first bag of which more is taken than is left.

    A bag that nobody weighed yet is not refused: whether it was taken twice is then the custody fold's to find.
    """
    for number, each in enumerate(data.inputs):
        weight, used = weight_of(register, each.bag_id), register.bag_uses.get(each.bag_id, {})
        if weight is None:
            continue
        left = weight.grams - sum(used.values())
        if each.grams > left + tolerance.grams_of(weight.grams):
            detail = (
                f"{max(0, left)} g of bag {each.bag_id} are left, the claim takes {each.grams} g; "
                f"{weight.grams} g ({weight.source}){_named(used)}"
            )
            raise NotAccepted(RefusalReason.BAG_OVER_ALLOCATED, detail, f"data.inputs.{number}.bag_id")


def _named(used: Mapping[str, int]) -> str:
    batches = list(used.items())
    named = "".join(f", {grams} g in {batch_id}" for batch_id, grams in batches[:_BATCHES_NAMED])
    more = len(batches) - _BATCHES_NAMED
    return f"{named} and {more} more" if more > 0 else named


def take(register: Register, batch_id: str, bags: Mapping[str, int]) -> None:
    """These grams are in this batch from now on."""
    for bag_id, grams in bags.items():
        register.bag_uses[bag_id] = {**register.bag_uses.get(bag_id, {}), batch_id: grams}


def free(register: Register, batch_id: str) -> None:
    """What the batch had taken can be taken again."""
    for bag_id in register.batches[batch_id].bags:
        uses = {id: grams for id, grams in register.bag_uses.pop(bag_id, {}).items() if id != batch_id}
        if uses:
            register.bag_uses[bag_id] = uses
