"""What can be said of the nodes of the chain of custody."""

from dataclasses import dataclass
from enum import StrEnum

from ewaste.contracts.events.dropoff import Category

__all__ = [
    "Bag",
    "BagState",
    "Batch",
    "BatchState",
    "Break",
    "CertificateState",
    "Item",
    "ItemState",
    "Load",
    "LoadState",
]


class BagState(StrEnum):
    INSTALLED = "installed"
    FILLING = "filling"
    SEALED = "sealed"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    OPENED = "opened"


class LoadState(StrEnum):
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"
    DISPUTED = "disputed"


class BatchState(StrEnum):
    OPEN = "open"
    PROCESSED = "processed"
    FINAL = "final"
    CERTIFIED = "certified"
    SUSPENDED = "suspended"


class CertificateState(StrEnum):
    VALID = "valid"
    SUSPENDED = "suspended"
    REPLACED = "replaced"


class ItemState(StrEnum):
    DROPPED = "dropped"
    COLLECTED = "collected"
    DELIVERED = "delivered"
    PROCESSED = "processed"
    CERTIFIED = "certified"
    BROKEN = "broken"


class Break(StrEnum):
    """Why nobody can say where an item is."""

    IN_TWO_BAGS = "in_two_bags"
    SEAL_MISMATCH = "seal_mismatch"
    BAG_IN_TWO_BATCHES = "bag_in_two_batches"


@dataclass(frozen=True, slots=True)
class Bag:
    """Grams as weighed when it was collected; ids sorted."""

    id: str
    state: BagState
    point_id: str | None
    seal_number: str | None
    gross_grams: int | None
    net_grams: int | None
    item_ids: tuple[str, ...]
    load_ids: tuple[str, ...]
    batch_ids: tuple[str, ...]
    disputed: bool


@dataclass(frozen=True, slots=True)
class Load:
    """Bags sorted by what became of them; `missing` were sent and not spoken of by the receiver."""

    id: str
    state: LoadState
    sent: tuple[str, ...]
    accepted: tuple[str, ...]
    rejected: tuple[str, ...]
    missing: tuple[str, ...]
    disputed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    id: str
    state: BatchState
    partner_id: str | None
    bag_ids: tuple[str, ...]
    certificate_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    state: ItemState
    broken: Break | None
    category: Category | None
    bag_ids: tuple[str, ...]
