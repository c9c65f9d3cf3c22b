"""Can a claim be true? Each rule checks everything first and changes the register last, so a refusal leaves no trace.

Grams are single-use: a bag enters one batch of one partner, an output is never more than what went in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.recycler import (
    BatchOpened,
    BatchRecycled,
    FractionTreated,
    LoadReceived,
    LoadRejected,
    OutputFraction,
    RefusalReason,
)
from ewaste.contracts.fields import Part
from ewaste.evidence.operations import is_final
from ewaste.recycler.claims.corrections import withdraw
from ewaste.recycler.claims.differences import difference_of
from ewaste.recycler.claims.model import Batch, Claim, Fraction, Load, NotAccepted, Register, Terms, Treatment

__all__ = ["accept"]


def accept(register: Register, claim: Claim, terms: Terms) -> Part:
    """The data of the fact that this claim becomes. Raises `NotAccepted`."""
    return _RULES[type(claim.event.data)](register, claim, claim.event.data, terms)


def _load_received(register: Register, claim: Claim, data: LoadReceived, terms: Terms) -> Part:
    _once_each([bag.bag_id for bag in data.bags], "data.bags.{}.bag_id")
    total = sum(bag.received_grams for bag in data.bags)
    if total != data.received_grams:
        detail = f"the bags add up to {total} g, received_grams says {data.received_grams}"
        raise NotAccepted(RefusalReason.SUMS_DO_NOT_CLOSE, detail, "data.received_grams")
    known = _own_load(register, claim, data.load_id)
    if known is not None:
        detail = f"load {data.load_id} was weighed in before; correct that claim if it was wrong"
        raise NotAccepted(RefusalReason.LOAD_ALREADY_RECEIVED, detail, "data.load_id")
    difference = difference_of(data, register.dispatched.get(data.load_id, {}), terms.rules)
    register.loads[data.load_id] = Load(claim.partner_id, data.received_grams, difference, claim.event.envelope.time)
    return data.model_copy(update={"difference": difference})


def _load_rejected(register: Register, claim: Claim, data: LoadRejected, _: Terms) -> Part:
    _once_each(data.bag_ids, "data.bag_ids.{}")
    _own_load(register, claim, data.load_id)
    return data


def _own_load(register: Register, claim: Claim, load_id: str) -> Load | None:
    known = register.loads.get(load_id)
    if known is not None and known.partner_id != claim.partner_id:
        detail = f"load {load_id} was received by another partner"
        raise NotAccepted(RefusalReason.LOAD_OF_ANOTHER_PARTNER, detail, "data.load_id")
    return known


def _batch_opened(register: Register, claim: Claim, data: BatchOpened, _: Terms) -> Part:
    known = register.batches.get(data.batch_id)
    if known is not None:
        own = known.partner_id == claim.partner_id
        reason = RefusalReason.BATCH_ALREADY_OPENED if own else RefusalReason.BATCH_OF_ANOTHER_PARTNER
        raise NotAccepted(reason, f"batch {data.batch_id} was opened before", "data.batch_id")
    _once_each([each.bag_id for each in data.inputs], "data.inputs.{}.bag_id")
    for number, each in enumerate(data.inputs):
        if (batch_id := register.bag_uses.get(each.bag_id)) is not None:
            detail = f"bag {each.bag_id} went into batch {batch_id} already"
            raise NotAccepted(RefusalReason.BAG_OVER_ALLOCATED, detail, f"data.inputs.{number}.bag_id")
    bags = {each.bag_id: each.grams for each in data.inputs}
    register.batches[data.batch_id] = Batch(
        claim.partner_id, data.facility_id, data.other_client_grams, claim.event.envelope.time, bags
    )
    register.bag_uses.update(dict.fromkeys(bags, data.batch_id))
    return data


def _batch_recycled(register: Register, claim: Claim, data: BatchRecycled, _: Terms) -> Part:
    batch = _own_batch(register, claim, data.batch_id)
    if batch.recycled_at is not None:
        detail = f"batch {data.batch_id} was recycled before; correct that claim if it was wrong"
        raise NotAccepted(RefusalReason.BATCH_ALREADY_RECYCLED, detail, "data.batch_id")
    _check_outputs(data.outputs, data.process_loss_grams, batch.input_grams, f"batch {data.batch_id} took in")
    register.batches[data.batch_id] = replace(
        batch,
        recycled_at=claim.event.envelope.time,
        process_loss_grams=data.process_loss_grams,
        fractions=_fractions(data.outputs, None),
    )
    return data


def _fraction_treated(register: Register, claim: Claim, data: FractionTreated, _: Terms) -> Part:
    batch = _own_batch(register, claim, data.batch_id)
    if data.treatment_id in batch.treatments:
        detail = f"treatment {data.treatment_id} of batch {data.batch_id} was recorded before"
        raise NotAccepted(RefusalReason.TREATMENT_ALREADY_RECORDED, detail, "data.treatment_id")
    _check_treated(batch, data)
    _check_outputs(data.outputs, data.process_loss_grams, data.grams, "the treatment took in")
    for number, output in enumerate(data.outputs):
        if output.fraction_id in batch.fractions:
            detail = f"batch {data.batch_id} has a fraction {output.fraction_id} already"
            raise NotAccepted(RefusalReason.FRACTION_ALREADY_RECORDED, detail, f"data.outputs.{number}.fraction_id")
    register.batches[data.batch_id] = replace(
        batch,
        fractions={**batch.fractions, **_fractions(data.outputs, data.treatment_id)},
        treatments={**batch.treatments, data.treatment_id: Treatment(data.fraction_id, data.grams)},
    )
    return data


def _check_treated(batch: Batch, data: FractionTreated) -> None:
    fraction = batch.fractions.get(data.fraction_id)
    if fraction is None or is_final(fraction.operation):
        detail = f"batch {data.batch_id} has no interim fraction {data.fraction_id}"
        raise NotAccepted(RefusalReason.FRACTION_UNKNOWN, detail, "data.fraction_id")
    left = batch.untreated_grams(data.fraction_id)
    if data.grams > left:
        detail = f"{left} g of fraction {data.fraction_id} are not treated yet, the claim treats {data.grams}"
        raise NotAccepted(RefusalReason.OUTPUTS_EXCEED_INPUTS, detail, "data.grams")


def _own_batch(register: Register, claim: Claim, batch_id: str) -> Batch:
    batch = register.batches.get(batch_id)
    if batch is None:
        raise NotAccepted(RefusalReason.BATCH_UNKNOWN, f"batch {batch_id} was never opened", "data.batch_id")
    if batch.partner_id != claim.partner_id:
        detail = f"batch {batch_id} was opened by another partner"
        raise NotAccepted(RefusalReason.BATCH_OF_ANOTHER_PARTNER, detail, "data.batch_id")
    return batch


def _check_outputs(outputs: Sequence[OutputFraction], loss_grams: int, input_grams: int, said: str) -> None:
    _once_each([output.fraction_id for output in outputs], "data.outputs.{}.fraction_id")
    out = sum(output.grams for output in outputs)
    if out + loss_grams > input_grams:
        detail = f"{said} {input_grams} g; {out} g of outputs and {loss_grams} g of loss are more"
        raise NotAccepted(RefusalReason.OUTPUTS_EXCEED_INPUTS, detail, "data.outputs")


def _fractions(outputs: Iterable[OutputFraction], treatment_id: str | None) -> dict[str, Fraction]:
    return {
        each.fraction_id: Fraction(each.material, each.grams, each.operation, each.facility_id, treatment_id)
        for each in outputs
    }


def _once_each(ids: Iterable[str], path: str) -> None:
    seen: set[str] = set()
    for number, id in enumerate(ids):
        if id in seen:
            raise NotAccepted(RefusalReason.SCHEMA, f"{id} stands twice in this claim", path.format(number))
        seen.add(id)


_Rule = Callable[[Register, Claim, Any, Terms], Part]
_RULES: Final[Mapping[type[Part], _Rule]] = {
    LoadReceived: _load_received,
    LoadRejected: _load_rejected,
    BatchOpened: _batch_opened,
    BatchRecycled: _batch_recycled,
    FractionTreated: _fraction_treated,
    EventCorrected: withdraw,
}
