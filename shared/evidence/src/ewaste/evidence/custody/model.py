"""What can be said of the nodes of the chain of custody."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.logistics import BreakReason, DifferenceCause, Settlement
from ewaste.contracts.fields import utc_text

__all__ = [
    "Bag",
    "BagState",
    "Batch",
    "BatchState",
    "Break",
    "CertificateState",
    "Dispute",
    "DisputeKind",
    "DisputeState",
    "Ignored",
    "Item",
    "ItemState",
    "Load",
    "LoadState",
    "Statement",
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
    STORED = "stored"
    """In a store on its way."""
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
    """The seal is in dispute."""
    OVER_ALLOCATED = "over_allocated"
    """Several batches claim more of its bag than there was."""
    CUSTODY_BROKEN = "custody_broken"
    """Whoever held the bag said that its contents can't be told apart any more."""
    LOST = "lost"
    """A dispute about the bag ended so."""


class DisputeKind(StrEnum):
    """What differs; a bag that nobody speaks of, or that nobody sent, is a difference in the count of pieces."""

    SEAL_MISMATCH = "seal_mismatch"
    SIGNIFICANT = "significant"
    COUNT = "count"


class DisputeState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    """Both parties said the same."""
    DECIDED = "decided"
    """The municipality ended it."""


class Ignored(StrEnum):
    """Why a word about a dispute does not count."""

    NOT_A_PARTY = "not_a_party"
    NOT_BY_ITSELF = "not_by_itself"
    """Somebody else spoke for a partner, which speaks in records that it signs."""
    NO_GRAMS = "no_grams"
    TOO_EARLY = "too_early"
    """A party before the dispute opened, the municipality before it may decide."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One word on how a dispute ends; `gross_grams` where the bag is accepted."""

    index: int
    time: datetime
    party_id: str
    decision: bool
    """The municipality's."""
    settlement: Settlement
    gross_grams: int | None
    cause: DifferenceCause
    ignored: Ignored | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """About one bag in one load; `index` and `opened` of the record that opened it."""

    bag_id: str
    load_id: str
    kind: DisputeKind
    """What opened it."""
    kinds: tuple[DisputeKind, ...]
    """All that it is about; sorted."""
    index: int
    opened: datetime
    decidable_from: datetime
    """From then on the municipality may decide."""
    giver_id: str | None
    receiver_id: str
    statements: tuple[Statement, ...] = ()
    """Until it ended, in the order they were made, also those that don't count."""
    state: DisputeState = DisputeState.OPEN
    settlement: Settlement | None = None
    gross_grams: int | None = None
    """What the bag counts as from then on, where it is accepted."""
    cause: DifferenceCause | None = None
    ended: datetime | None = None
    ended_by: tuple[int, ...] = ()
    """Ledger indices of the words that ended it."""

    @property
    def is_open(self) -> bool:
        return self.state is DisputeState.OPEN

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; without what is not known."""
        return _plain(self) | {"statements": [_plain(each) for each in self.statements]}


def _plain(each: Statement | Dispute) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name in each.__slots__:
        value = getattr(each, name)
        if isinstance(value, datetime):
            plain[name] = utc_text(value)
        elif isinstance(value, tuple):
            plain[name] = [str(one) if isinstance(one, str) else one for one in value]
        elif value is not None:
            plain[name] = str(value) if isinstance(value, str) else value
    return plain


@dataclass(frozen=True, slots=True)
class Bag:
    """Grams as agreed where a dispute ended so, else as weighed when it was collected; ids sorted."""

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
    """Some dispute about it is open."""
    broken: Break | None = None
    break_reason: BreakReason | None = None
    """As declared, for `custody_broken`."""
    holder_id: str | None = None
    """Who has it, from its collection on; the box before is `point_id`."""


@dataclass(frozen=True, slots=True)
class Load:
    """Bags sorted by what became of them; `missing` were sent and not spoken of by the receiver.

    `disputed` are those with an open dispute, `lost` those whose dispute ended so.
    """

    id: str
    state: LoadState
    sent: tuple[str, ...]
    accepted: tuple[str, ...]
    rejected: tuple[str, ...]
    missing: tuple[str, ...]
    disputed: tuple[str, ...]
    lost: tuple[str, ...] = ()
    holder_id: str | None = None


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
    break_reason: BreakReason | None = None
