"""What a claim is, and the register that claims are judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ewaste.contracts.events.logistics import BagInLoad, Difference
from ewaste.contracts.events.recycler import Operation, RefusalReason
from ewaste.contracts.registry import Event
from ewaste.evidence.record import Record
from ewaste.evidence.rules import Rules

__all__ = ["Batch", "Claim", "Fraction", "Judged", "Load", "NotAccepted", "Refusal", "Register", "Terms", "Treatment"]


class NotAccepted(Exception):
    """This record becomes a `ConfirmationRefused`: change nothing else, go on with the next one.

    `field` is the dotted path of what is at fault. What the partner does next stands in `docs/guides/partners.md`
    under the reason.
    """

    def __init__(self, reason: RefusalReason, detail: str, field: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.field = field


@dataclass(frozen=True, slots=True)
class Claim:
    """A partner's word: its signature holds, its form is right; whether it can be true is not decided yet."""

    record: Record
    partner_id: str
    event: Event
    digest: bytes
    """SHA-256 of the value."""

    @property
    def key(self) -> tuple[str, UUID]:
        return self.partner_id, self.event.envelope.id


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was not accepted, and why."""

    record: Record
    reason: RefusalReason
    detail: str
    field: str | None
    partner_id: str | None
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim that was judged before; `fact_id` is None where it was refused."""

    digest: bytes
    kind: str
    aggregate_id: str
    part_id: str | None
    fact_id: UUID | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    partner_id: str
    received_grams: int
    difference: Difference | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Fraction:
    """An output; `treatment_id` names the treatment it came from, None: the batch itself."""

    material: str
    grams: int
    operation: Operation
    facility_id: str
    treatment_id: str | None


@dataclass(frozen=True, slots=True)
class Treatment:
    fraction_id: str
    grams: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One processing batch with everything that came of it; replaced as a whole, never changed."""

    partner_id: str
    facility_id: str
    other_client_grams: int
    opened_at: datetime
    bags: Mapping[str, int]
    """Grams of each bag that went in."""
    recycled_at: datetime | None = None
    process_loss_grams: int | None = None
    fractions: Mapping[str, Fraction] = field(default_factory=dict)
    treatments: Mapping[str, Treatment] = field(default_factory=dict)

    @property
    def input_grams(self) -> int:
        return sum(self.bags.values()) + self.other_client_grams

    def untreated_grams(self, fraction_id: str) -> int:
        """What treatments have left of a fraction."""
        used = sum(each.grams for each in self.treatments.values() if each.fraction_id == fraction_id)
        return self.fractions[fraction_id].grams - used


@dataclass(frozen=True, slots=True)
class Terms:
    """By what claims are judged: the source of the facts they become, and how grams are compared."""

    source: str
    rules: Rules


@dataclass
class Register:
    """What is known of everything that the claims of one turn name: changed in memory in their order, saved at once."""

    dispatched: Mapping[str, Mapping[str, BagInLoad]] = field(default_factory=dict)
    """Load, bag: what logistics sent."""
    claims: dict[tuple[str, UUID], Judged] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    bag_uses: dict[str, str] = field(default_factory=dict)
    """Bag, batch: where a bag went, also into batches that are not loaded here."""

    def copy(self) -> "Register":
        """As it is now, to tell later what changed; what the dictionaries hold is never changed in place."""
        claims, loads, batches = dict(self.claims), dict(self.loads), dict(self.batches)
        return Register(self.dispatched, claims, loads, batches, dict(self.bag_uses))
