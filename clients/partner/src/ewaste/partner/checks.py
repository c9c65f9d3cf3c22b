"""What the lines of one file say about each other: found here, it costs a correction; found later, a refusal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ewaste.contracts.events.logistics import ResolutionStated, Settlement
from ewaste.contracts.events.recycler import (
    BatchOpened,
    BatchRecycled,
    FractionTreated,
    LoadReceived,
    LoadRejected,
    OutputFraction,
)
from ewaste.evidence.rules.operations import is_final
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from ewaste.partner.claims import Claim
from ewaste.partner.findings import Finding

__all__ = ["check_together"]

_TOLERANCE = DEFAULT_RULES.tolerance
_HOME = "TH"


def check_together(claims: Sequence[Claim]) -> list[Finding]:
    """Everything that could not be true of all these claims, in their order."""
    return [*_repeated(claims), *_loads(claims), *_batches(claims), *_treatments(claims)]


def _repeated(claims: Iterable[Claim]) -> Iterator[Finding]:
    first: dict[UUID, int] = {}
    for claim in claims:
        if (known := first.setdefault(claim.id, claim.line)) != claim.line:
            yield Finding(claim.line, f"says the same as line {known}; remove one of them")


def _loads(claims: Iterable[Claim]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    answered: dict[tuple[str, str], tuple[int, str]] = {}
    for claim in claims:
        if isinstance(data := claim.data, LoadReceived):
            if (known := first.setdefault(data.load_id, claim.line)) != claim.line:
                yield Finding(claim.line, f"load {data.load_id} was weighed in on line {known}", "data.load_id")
            total = sum(bag.received_grams for bag in data.bags)
            if total != data.received_grams:
                message = f"says {data.received_grams}, the bags add up to {total}"
                yield Finding(claim.line, message, "data.received_grams")
            bags = [bag.bag_id for bag in data.bags]
            yield from _answers(answered, claim, data.load_id, bags, "data.bags.{}.bag_id", "weighed in")
        elif isinstance(data, LoadRejected):
            yield from _answers(answered, claim, data.load_id, data.bag_ids, "data.bag_ids.{}", "rejected")
            whole = [] if data.bag_ids else [line for (id, _), (line, _) in answered.items() if id == data.load_id]
            if whole:
                message = f"line {whole[0]} speaks of bags of this load; name the bags that you reject"
                yield Finding(claim.line, message, "data.bag_ids")
        elif isinstance(data, ResolutionStated):
            yield from _settled(claim, data)


def _answers(
    answered: dict[tuple[str, str], tuple[int, str]],
    claim: Claim,
    load_id: str,
    bags: Sequence[str],
    path: str,
    answer: str,
) -> Iterator[Finding]:
    """Each bag of a load is weighed in or rejected, once."""
    yield from _twice(claim, bags, path)
    for number, bag_id in enumerate(bags):
        line, before = answered.setdefault((load_id, bag_id), (claim.line, answer))
        if line != claim.line and (before, answer) != ("weighed in", "weighed in"):
            yield Finding(claim.line, f"bag {bag_id} was {before} on line {line}", path.format(number))


def _settled(claim: Claim, data: ResolutionStated) -> Iterator[Finding]:
    yield from _twice(claim, [bag.bag_id for bag in data.bags], "data.bags.{}.bag_id")
    for number, bag in enumerate(data.bags):
        if (bag.settlement is Settlement.ACCEPTED) == (bag.gross_grams is None):
            message = "is what an accepted bag counts as; give it there, and leave it out of a lost one"
            yield Finding(claim.line, message, f"data.bags.{number}.gross_grams")


@dataclass
class _Batches:
    """What the lines so far say of batches."""

    opened: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Batch: line and grams."""
    recycled: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    """Bag: grams that went into batches."""


def _batches(claims: Sequence[Claim]) -> Iterator[Finding]:
    seen, weighed = _Batches(), _weighed(claims)
    opened_on = {claim.data.batch_id: claim.line for claim in claims if isinstance(claim.data, BatchOpened)}
    for claim in claims:
        if isinstance(claim.data, BatchOpened):
            yield from _opened(seen, claim, claim.data)
            yield from _taken(seen, claim, claim.data, weighed)
        elif isinstance(claim.data, BatchRecycled):
            yield from _recycled(seen, claim, claim.data, opened_on.get(claim.data.batch_id))


def _weighed(claims: Sequence[Claim]) -> dict[str, int]:
    loads = [claim.data for claim in claims if isinstance(claim.data, LoadReceived)]
    return {bag.bag_id: bag.received_grams for data in loads for bag in data.bags}


def _taken(seen: _Batches, claim: Claim, data: BatchOpened, weighed: dict[str, int]) -> Iterator[Finding]:
    """A bag may be divided over batches, up to what it weighed."""
    for number, each in enumerate(data.inputs):
        seen.taken[each.bag_id] = total = seen.taken.get(each.bag_id, 0) + each.grams
        held = weighed.get(each.bag_id)
        if held is not None and total > held + _TOLERANCE.grams_of(held):
            message = f"batches take {total} g of bag {each.bag_id}, which was weighed in with {held} g"
            yield Finding(claim.line, message, f"data.inputs.{number}.grams")


def _opened(seen: _Batches, claim: Claim, data: BatchOpened) -> Iterator[Finding]:
    grams = sum(each.grams for each in data.inputs) + data.other_client_grams
    line, _ = seen.opened.setdefault(data.batch_id, (claim.line, grams))
    if line != claim.line:
        yield Finding(claim.line, f"batch {data.batch_id} was opened on line {line}", "data.batch_id")
    yield from _twice(claim, [each.bag_id for each in data.inputs], "data.inputs.{}.bag_id")
    yield from _twice(claim, [each.category for each in data.sorted], "data.sorted.{}.category")
    found, put_in = sum(each.grams for each in data.sorted), sum(each.grams for each in data.inputs)
    if data.sorted and found != put_in:
        message = f"the categories add up to {found} g, our bags to {put_in}; they must be the same"
        yield Finding(claim.line, message, "data.sorted")


def _recycled(seen: _Batches, claim: Claim, data: BatchRecycled, opened_on: int | None) -> Iterator[Finding]:
    if (line := seen.recycled.setdefault(data.batch_id, claim.line)) != claim.line:
        yield Finding(claim.line, f"batch {data.batch_id} was recycled on line {line}", "data.batch_id")
    opened = seen.opened.get(data.batch_id)
    if opened is None and opened_on is not None:
        message = f"batch {data.batch_id} is opened only on line {opened_on}; put that first"
        yield Finding(claim.line, message, "data.batch_id")
    yield from _outputs(claim, data.outputs, data.process_loss_grams, opened[1] if opened else None)
    yield from _final_at_home(claim, data.outputs)


def _final_at_home(claim: Claim, outputs: Sequence[OutputFraction]) -> Iterator[Finding]:
    for number, output in enumerate(outputs):
        if _is_abroad(output.facility_country) and is_final(output.operation):
            message = "goes abroad in a final operation: say R12 or R13, then its treatment with both Basel numbers"
            yield Finding(claim.line, message, f"data.outputs.{number}.facility_country")


def _is_abroad(country: str | None) -> bool:
    return country not in (None, _HOME)


def _treatments(claims: Iterable[Claim]) -> Iterator[Finding]:
    first: dict[tuple[str, str], int] = {}
    for claim in claims:
        if not isinstance(data := claim.data, FractionTreated):
            continue
        if (known := first.setdefault((data.batch_id, data.treatment_id), claim.line)) != claim.line:
            message = f"treatment {data.treatment_id} of this batch stands on line {known}"
            yield Finding(claim.line, message, "data.treatment_id")
        yield from _outputs(claim, data.outputs, data.process_loss_grams, data.grams)
        yield from _basel(claim, data)


def _basel(claim: Claim, data: FractionTreated) -> Iterator[Finding]:
    numbers = {
        "basel_notification_number": data.basel_notification_number,
        "basel_movement_number": data.basel_movement_number,
    }
    missing = [name for name, number in numbers.items() if number is None]
    if missing and _is_abroad(data.facility_country):
        for name in missing:
            yield Finding(claim.line, "is missing; a treatment abroad needs both Basel numbers", f"data.{name}")
    elif missing:
        yield from _final_at_home(claim, data.outputs)


def _outputs(
    claim: Claim, outputs: Sequence[OutputFraction], loss_grams: int, input_grams: int | None
) -> Iterator[Finding]:
    yield from _twice(claim, [output.fraction_id for output in outputs], "data.outputs.{}.fraction_id")
    total = sum(output.grams for output in outputs)
    if input_grams is not None and total + loss_grams > input_grams + _TOLERANCE.grams_of(input_grams):
        message = f"{total} g of outputs and {loss_grams} g of loss are more than the {input_grams} g that went in"
        yield Finding(claim.line, message, "data.outputs")


def _twice(claim: Claim, ids: Iterable[str], path: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, id in enumerate(ids):
        if id in seen:
            yield Finding(claim.line, f"{id} stands twice", path.format(number))
        seen.add(id)
