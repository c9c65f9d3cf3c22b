"""What a claim is, and the register that claims are judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from ewaste.contracts.events.logistics import BagInLoad, Difference
from ewaste.contracts.events.recycler import Operation, RefusalReason
from ewaste.contracts.registry import Event
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules, Tolerance

__all__ = [
    "Batch",
    "Claim",
    "ClaimKey",
    "Fraction",
    "Judged",
    "Load",
    "NotAccepted",
    "Refusal",
    "Register",
    "Settlement",
    "Terms",
    "Treatment",
    "Weighings",
]

ClaimKey = tuple[str, UUID]
"""Partner and event id."""


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
    def key(self) -> ClaimKey:
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
    """A load that was weighed in."""

    partner_id: str
    received_grams: int
    difference: Difference | None
    received_at: datetime
    bags: Mapping[str, int]
    """Gross grams of each bag."""


@dataclass(frozen=True, slots=True)
class Fraction:
    """An output; `treatment_id` names the treatment it came from, None: the batch itself."""

    material: str
    grams: int
    operation: Operation
    facility_id: str
    treatment_id: str | None
    waste_code: str | None = None
    facility_country: str | None = None
    prepared_for_reuse: bool = False
    pieces: int | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done to grams of a fraction; what came of it are fractions that name the treatment."""

    fraction_id: str
    grams: int
    process_loss_grams: int
    facility_id: str
    facility_country: str | None
    treated_at: datetime
    basel_notification_number: str | None = None
    basel_movement_number: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One processing batch with everything that came of it; replaced as a whole, never changed."""

    partner_id: str
    facility_id: str
    other_client_grams: int
    opened_at: datetime
    bags: Mapping[str, int]
    """Grams of each bag that went in."""
    sorted: tuple[tuple[str, int], ...] = ()
    """Category, grams: what sorting found in our bags."""
    recycled_at: datetime | None = None
    process_loss_grams: int | None = None
    fractions: Mapping[str, Fraction] = field(default_factory=dict)
    treatments: Mapping[str, Treatment] = field(default_factory=dict)

    @property
    def input_grams(self) -> int:
        return sum(self.bags.values()) + self.other_client_grams

    @property
    def accounted_grams(self) -> int:
        """Everything that came of the batch: what is left of each fraction, and every declared loss."""
        made = sum(each.grams for each in self.fractions.values()) + (self.process_loss_grams or 0)
        return made + sum(each.process_loss_grams - each.grams for each in self.treatments.values())

    def untreated_grams(self, fraction_id: str) -> int:
        """What treatments have left of a fraction."""
        used = sum(each.grams for each in self.treatments.values() if each.fraction_id == fraction_id)
        return self.fractions[fraction_id].grams - used


@dataclass(frozen=True, slots=True)
class Settlement:
    """What logistics or the municipality said that a disputed bag counts as; `gross_grams` None: it is lost."""

    load_id: str
    gross_grams: int | None
    decided: bool
    """The municipality's word ends the dispute; a carrier's needs the recycler to say the same."""


@dataclass(frozen=True, slots=True)
class Weighings:
    """What logistics told of one bag's weight."""

    collected_gross_grams: int | None = None
    tare_grams: int = 0
    dispatched_gross_grams: int | None = None
    settlements: tuple[Settlement, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """By what claims are judged: the source of the facts they become, and how grams are compared."""

    source: str
    rules: Rules
    """Grams and seals weighed in against those sent."""
    tolerance: Tolerance = DEFAULT_RULES.tolerance
    """How far grams of batches may exceed those of their bags, and outputs their inputs: what a certificate allows."""


@dataclass
class Register:
    """What is known of everything that the claims of one turn name: changed in memory in their order, saved at once."""

    dispatched: Mapping[str, Mapping[str, BagInLoad]] = field(default_factory=dict)
    """Load, bag: what logistics sent."""
    weighings: Mapping[str, Weighings] = field(default_factory=dict)
    """Bag: its weights as logistics told them."""
    claims: dict[ClaimKey, Judged] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    rejections: dict[str, Mapping[ClaimKey, tuple[str, ...]]] = field(default_factory=dict)
    """Load, claim: the bags it rejected; none named: the whole load."""
    statements: dict[str, Mapping[ClaimKey, Mapping[str, int | None]]] = field(default_factory=dict)
    """Load, claim: the gross grams that each disputed bag is to count with; None: lost."""
    received: dict[str, Mapping[str, int]] = field(default_factory=dict)
    """Bag, load: gross grams weighed in, also in loads that are not loaded here."""
    batches: dict[str, Batch] = field(default_factory=dict)
    bag_uses: dict[str, Mapping[str, int]] = field(default_factory=dict)
    """Bag, batch: grams that went in, also into batches that are not loaded here."""

    def copy(self) -> "Register":
        """As it is now, to tell later what changed; what the dictionaries hold is never changed in place."""
        return replace(
            self,
            claims=dict(self.claims),
            loads=dict(self.loads),
            rejections=dict(self.rejections),
            statements=dict(self.statements),
            received=dict(self.received),
            batches=dict(self.batches),
            bag_uses=dict(self.bag_uses),
        )
