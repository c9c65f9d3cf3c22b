"""What the lines of one file say about each other: found here, it costs a correction; found later, a refusal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, FractionTreated, LoadReceived, OutputFraction
from ewaste.partner.claims import Claim
from ewaste.partner.findings import Finding

__all__ = ["check_together"]


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
    for claim in claims:
        if not isinstance(data := claim.data, LoadReceived):
            continue
        if (known := first.setdefault(data.load_id, claim.line)) != claim.line:
            yield Finding(claim.line, f"load {data.load_id} was weighed in on line {known}", "data.load_id")
        yield from _twice(claim, [bag.bag_id for bag in data.bags], "data.bags.{}.bag_id")
        total = sum(bag.received_grams for bag in data.bags)
        if total != data.received_grams:
            message = f"says {data.received_grams}, the bags add up to {total}"
            yield Finding(claim.line, message, "data.received_grams")


@dataclass
class _Batches:
    """What the lines so far say of batches."""

    opened: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Batch: line and grams."""
    recycled: dict[str, int] = field(default_factory=dict)
    bags: dict[str, int] = field(default_factory=dict)


def _batches(claims: Sequence[Claim]) -> Iterator[Finding]:
    seen = _Batches()
    opened_on = {claim.data.batch_id: claim.line for claim in claims if isinstance(claim.data, BatchOpened)}
    for claim in claims:
        if isinstance(claim.data, BatchOpened):
            yield from _opened(seen, claim, claim.data)
        elif isinstance(claim.data, BatchRecycled):
            yield from _recycled(seen, claim, claim.data, opened_on.get(claim.data.batch_id))


def _opened(seen: _Batches, claim: Claim, data: BatchOpened) -> Iterator[Finding]:
    grams = sum(each.grams for each in data.inputs) + data.other_client_grams
    line, _ = seen.opened.setdefault(data.batch_id, (claim.line, grams))
    if line != claim.line:
        yield Finding(claim.line, f"batch {data.batch_id} was opened on line {line}", "data.batch_id")
    for number, each in enumerate(data.inputs):
        if (line := seen.bags.setdefault(each.bag_id, claim.line)) != claim.line:
            message = f"bag {each.bag_id} went into a batch on line {line}"
            yield Finding(claim.line, message, f"data.inputs.{number}.bag_id")
    yield from _twice(claim, [each.bag_id for each in data.inputs], "data.inputs.{}.bag_id")


def _recycled(seen: _Batches, claim: Claim, data: BatchRecycled, opened_on: int | None) -> Iterator[Finding]:
    if (line := seen.recycled.setdefault(data.batch_id, claim.line)) != claim.line:
        yield Finding(claim.line, f"batch {data.batch_id} was recycled on line {line}", "data.batch_id")
    opened = seen.opened.get(data.batch_id)
    if opened is None and opened_on is not None:
        message = f"batch {data.batch_id} is opened only on line {opened_on}; put that first"
        yield Finding(claim.line, message, "data.batch_id")
    yield from _outputs(claim, data.outputs, data.process_loss_grams, opened[1] if opened else None)


def _treatments(claims: Iterable[Claim]) -> Iterator[Finding]:
    first: dict[tuple[str, str], int] = {}
    for claim in claims:
        if not isinstance(data := claim.data, FractionTreated):
            continue
        if (known := first.setdefault((data.batch_id, data.treatment_id), claim.line)) != claim.line:
            message = f"treatment {data.treatment_id} of this batch stands on line {known}"
            yield Finding(claim.line, message, "data.treatment_id")
        yield from _outputs(claim, data.outputs, data.process_loss_grams, data.grams)


def _outputs(
    claim: Claim, outputs: Sequence[OutputFraction], loss_grams: int, input_grams: int | None
) -> Iterator[Finding]:
    yield from _twice(claim, [output.fraction_id for output in outputs], "data.outputs.{}.fraction_id")
    total = sum(output.grams for output in outputs)
    if input_grams is not None and total + loss_grams > input_grams:
        message = f"{total} g of outputs and {loss_grams} g of loss are more than the {input_grams} g that went in"
        yield Finding(claim.line, message, "data.outputs")


def _twice(claim: Claim, ids: Iterable[str], path: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, id in enumerate(ids):
        if id in seen:
            yield Finding(claim.line, f"{id} stands twice", path.format(number))
        seen.add(id)
