"""What a recycler says of its batches: opened, recycled, and every later treatment of what came of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ewaste.contracts.events.recycler import (
    BatchOpened,
    BatchRecycled,
    FractionTreated,
    OutputFraction,
    RefusalReason,
)
from ewaste.contracts.fields import Part
from ewaste.evidence.rules.operations import is_final
from ewaste.evidence.rules.ruleset import Tolerance
from ewaste.recycler.claims.allocation import check_allocation, take
from ewaste.recycler.claims.demands import is_abroad, once_each
from ewaste.recycler.claims.model import Batch, Claim, Fraction, NotAccepted, Register, Terms, Treatment

__all__ = ["open_batch", "recycle", "treat"]


def open_batch(register: Register, claim: Claim, data: BatchOpened, terms: Terms) -> Part:
    """A batch is opened once, by one partner, with grams that its bags still have."""
    known = register.batches.get(data.batch_id)
    if known is not None:
        own = known.partner_id == claim.partner_id
        reason = RefusalReason.BATCH_ALREADY_OPENED if own else RefusalReason.BATCH_OF_ANOTHER_PARTNER
        raise NotAccepted(reason, f"batch {data.batch_id} was opened before", "data.batch_id")
    once_each([each.bag_id for each in data.inputs], "data.inputs.{}.bag_id")
    _check_sorted(data)
    check_allocation(register, data, terms.tolerance)
    bags = {each.bag_id: each.grams for each in data.inputs}
    found = tuple((each.category.value, each.grams) for each in data.sorted)
    register.batches[data.batch_id] = Batch(
        claim.partner_id, data.facility_id, data.other_client_grams, claim.event.envelope.time, bags, found
    )
    take(register, data.batch_id, bags)
    return data


def _check_sorted(data: BatchOpened) -> None:
    once_each([each.category for each in data.sorted], "data.sorted.{}.category")
    found, put_in = sum(each.grams for each in data.sorted), sum(each.grams for each in data.inputs)
    if data.sorted and found != put_in:
        detail = f"the categories add up to {found} g, our bags in inputs to {put_in}; they must be the same"
        raise NotAccepted(RefusalReason.SUMS_DO_NOT_CLOSE, detail, "data.sorted")


def recycle(register: Register, claim: Claim, data: BatchRecycled, terms: Terms) -> Part:
    """A batch is recycled once, into no more than went in; nothing of it goes straight abroad for good."""
    batch = _own_batch(register, claim, data.batch_id)
    if batch.recycled_at is not None:
        detail = f"batch {data.batch_id} was recycled before; correct that claim if it was wrong"
        raise NotAccepted(RefusalReason.BATCH_ALREADY_RECYCLED, detail, "data.batch_id")
    once_each([output.fraction_id for output in data.outputs], "data.outputs.{}.fraction_id")
    _check_grams(data, batch.input_grams, terms.tolerance, f"batch {data.batch_id} took in")
    _check_final_at_home(data.outputs)
    register.batches[data.batch_id] = replace(
        batch,
        recycled_at=claim.event.envelope.time,
        process_loss_grams=data.process_loss_grams,
        fractions=_fractions(data.outputs, None),
    )
    return data


def treat(register: Register, claim: Claim, data: FractionTreated, terms: Terms) -> Part:
    """An interim fraction is treated until it is used up, at home or, with both Basel numbers, abroad."""
    batch = _own_batch(register, claim, data.batch_id)
    if data.treatment_id in batch.treatments:
        detail = f"treatment {data.treatment_id} of batch {data.batch_id} was recorded before"
        raise NotAccepted(RefusalReason.TREATMENT_ALREADY_RECORDED, detail, "data.treatment_id")
    fraction = _interim(batch, data)
    once_each([output.fraction_id for output in data.outputs], "data.outputs.{}.fraction_id")
    _check_new(batch, data)
    _check_grams(data, data.grams, terms.tolerance, "the treatment took in")
    _check_basel(fraction, data)
    after = replace(
        batch,
        fractions={**batch.fractions, **_fractions(data.outputs, data.treatment_id)},
        treatments={**batch.treatments, data.treatment_id: _treatment(claim, data)},
    )
    _check_whole(after, terms.tolerance)
    register.batches[data.batch_id] = after
    return data


def _interim(batch: Batch, data: FractionTreated) -> Fraction:
    fraction = batch.fractions.get(data.fraction_id)
    if fraction is None or is_final(fraction.operation):
        detail = f"batch {data.batch_id} has no interim fraction {data.fraction_id}"
        raise NotAccepted(RefusalReason.FRACTION_UNKNOWN, detail, "data.fraction_id")
    left = batch.untreated_grams(data.fraction_id)
    if data.grams > left:
        detail = f"{left} g of fraction {data.fraction_id} are not treated yet, the claim treats {data.grams}"
        raise NotAccepted(RefusalReason.OUTPUTS_EXCEED_INPUTS, detail, "data.grams")
    return fraction


def _check_new(batch: Batch, data: FractionTreated) -> None:
    for number, output in enumerate(data.outputs):
        if output.fraction_id in batch.fractions:
            detail = f"batch {data.batch_id} has a fraction {output.fraction_id} already"
            raise NotAccepted(RefusalReason.FRACTION_ALREADY_RECORDED, detail, f"data.outputs.{number}.fraction_id")


def _own_batch(register: Register, claim: Claim, batch_id: str) -> Batch:
    batch = register.batches.get(batch_id)
    if batch is None:
        raise NotAccepted(RefusalReason.BATCH_UNKNOWN, f"batch {batch_id} was never opened", "data.batch_id")
    if batch.partner_id != claim.partner_id:
        detail = f"batch {batch_id} was opened by another partner"
        raise NotAccepted(RefusalReason.BATCH_OF_ANOTHER_PARTNER, detail, "data.batch_id")
    return batch


def _check_grams(data: BatchRecycled | FractionTreated, input_grams: int, tolerance: Tolerance, said: str) -> None:
    """Two weighings of the same grams differ, so outputs may be more by the tolerance; the limit itself is allowed."""
    out, loss = sum(output.grams for output in data.outputs), data.process_loss_grams
    allowed = tolerance.grams_of(input_grams)
    if out + loss > input_grams + allowed:
        detail = f"{said} {input_grams} g; {out} g of outputs and {loss} g of loss are more, beyond {allowed} g"
        raise NotAccepted(RefusalReason.OUTPUTS_EXCEED_INPUTS, detail, "data.outputs")


def _check_whole(batch: Batch, tolerance: Tolerance) -> None:
    """The tolerance is the batch's: a chain of treatments can't gain it at every link."""
    allowed = tolerance.grams_of(batch.input_grams)
    if batch.accounted_grams > batch.input_grams + allowed:
        detail = (
            f"with this treatment {batch.accounted_grams} g came of the batch, which took in {batch.input_grams} g; "
            f"beyond {allowed} g"
        )
        raise NotAccepted(RefusalReason.OUTPUTS_EXCEED_INPUTS, detail, "data.outputs")


def _check_final_at_home(outputs: Sequence[OutputFraction]) -> None:
    """What leaves the country needs the Basel numbers, which only a treatment carries."""
    for number, output in enumerate(outputs):
        if is_abroad(output.facility_country) and is_final(output.operation):
            detail = (
                f"fraction {output.fraction_id} goes abroad in a final operation; record it as R12 or R13, "
                "then its treatment with both Basel numbers"
            )
            raise NotAccepted(RefusalReason.BASEL_NUMBERS_MISSING, detail, f"data.outputs.{number}.facility_country")


def _check_basel(fraction: Fraction, data: FractionTreated) -> None:
    """Basel Convention, A1181 and Y49 (since 1 January 2025): every shipment has a notification and a movement."""
    numbers = {
        "data.basel_notification_number": data.basel_notification_number,
        "data.basel_movement_number": data.basel_movement_number,
    }
    missing = next((path for path, number in numbers.items() if number is None), None)
    if missing is None:
        return
    if is_abroad(data.facility_country) or is_abroad(fraction.facility_country):
        detail = (
            f"fraction {data.fraction_id} was treated abroad; give both Basel numbers, of notification and movement"
        )
        raise NotAccepted(RefusalReason.BASEL_NUMBERS_MISSING, detail, missing)
    _check_final_at_home(data.outputs)


def _fractions(outputs: Iterable[OutputFraction], treatment_id: str | None) -> dict[str, Fraction]:
    return {
        each.fraction_id: Fraction(
            each.material,
            each.grams,
            each.operation,
            each.facility_id,
            treatment_id,
            each.waste_code,
            each.facility_country,
            each.prepared_for_reuse,
            each.pieces,
        )
        for each in outputs
    }


def _treatment(claim: Claim, data: FractionTreated) -> Treatment:
    return Treatment(
        data.fraction_id,
        data.grams,
        data.process_loss_grams,
        data.facility_id,
        data.facility_country,
        claim.event.envelope.time,
        data.basel_notification_number,
        data.basel_movement_number,
    )
