"""Where a bag is."""

from ewaste.evidence.custody.model import BagState
from ewaste.logistics.model.cases import BagStanding

__all__ = ["bag_state"]


def bag_state(*, collected: bool, standing: BagStanding | None) -> BagState:
    """`standing` is what became of it in its last load; one that is free for another is sealed."""
    if standing is BagStanding.ACCEPTED:
        return BagState.DELIVERED
    if standing in {BagStanding.FREE, BagStanding.STORED}:
        return BagState.SEALED
    if standing is not None:
        return BagState.IN_TRANSIT
    return BagState.SEALED if collected else BagState.INSTALLED
