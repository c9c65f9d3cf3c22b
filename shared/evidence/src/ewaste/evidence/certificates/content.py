"""What a certificate says, as plain JSON values, in an order that only depends on the facts."""

from typing import Any

from ewaste.contracts.events.dropoff import BagInstalled, ItemDropped
from ewaste.contracts.events.logistics import (
    BinCollected,
    CustodyBreakDeclared,
    DisputeDecided,
    HandoverRecorded,
    LoadDispatched,
    ResolutionStated,
)
from ewaste.contracts.events.recycler import (
    BatchOpened,
    BatchRecycled,
    FractionTreated,
    LoadReceived,
    LoadRejected,
    OutputFraction,
    PartnerRegistered,
    Scheme,
)
from ewaste.contracts.fields import utc_text
from ewaste.evidence.certificates.reasons import licences_of, registration_at, thai_day
from ewaste.evidence.custody.bags import breaks_of, is_broken
from ewaste.evidence.custody.balance import Balance
from ewaste.evidence.custody.disputes import bag_disputes
from ewaste.evidence.custody.fold import Custody, Evidence, Fact, happened
from ewaste.evidence.custody.fractions import Fractions, fractions_of
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.outcome import outcome_of, pieces_of
from ewaste.evidence.rules.outcome import Outcome, assess

__all__ = ["RESTS_ON", "content_of", "inputs_of"]

_WHOLE = 10_000
_OF_LOADS = (LoadDispatched, HandoverRecorded, LoadReceived, LoadRejected)
_OF_BAGS = (BagInstalled, BinCollected, ResolutionStated, DisputeDecided, CustodyBreakDeclared, BatchOpened, *_OF_LOADS)
_OF_BATCHES = (BatchOpened, BatchRecycled, FractionTreated)
RESTS_ON = (ItemDropped, *_OF_BAGS, *_OF_BATCHES, PartnerRegistered)
"""Which types of facts can change what a certificate says."""


def inputs_of(custody: Custody, balanced: Balance) -> list[Evidence]:
    """Every fact the certificate rests on: of the batch, its bags, their items and their loads; by ledger index."""
    bags = [node("bag", each.bag_id) for each in balanced.inputs]
    items = [child for bag in bags for child in custody.children.get(bag, ())]
    loads = dict.fromkeys(node("load", load_id) for bag in bags for load_id in custody.around(bag, "load"))
    wanted = (
        ([node("batch", balanced.batch_id)], _OF_BATCHES),
        (bags, _OF_BAGS),
        (items, (ItemDropped,)),
        (loads, _OF_LOADS),
    )
    facts = {
        each.index: each
        for nodes, models in wanted
        for found in nodes
        for each in custody.touching.get(found, ())
        if isinstance(each.event.data, models)
    }
    return [facts[index] for index in sorted(facts)]


def content_of(custody: Custody, balanced: Balance, inputs: list[Evidence]) -> dict[str, Any]:
    """The content but for issuer, batch, ledger and rules, of a batch that nothing keeps from its certificate."""
    outcome, fractions = outcome_of(custody, balanced), fractions_of(custody, balanced.batch_id)
    assessments = assess(outcome, custody.rules)
    licences = licences_of(custody, balanced)
    bag_ids = [each.bag_id for each in balanced.inputs]
    return {
        "partner": _partner(custody, fractions),
        "period": _period(inputs, set(bag_ids)),
        "inputs": [
            {"bag_id": each.bag_id, "grams": each.grams, "broken": is_broken(custody, each.bag_id)}
            for each in balanced.inputs
        ],
        "input_by_category": _by_category(outcome),
        "items": _items(custody, balanced),
        "grams": _grams(balanced),
        "outcome": {
            "by_operation": balanced.by_operation,
            "by_material": balanced.by_material,
            "by_facility": balanced.by_facility,
        },
        "reuse": _reuse(fractions),
        "fractions": [_fraction(each.output) for _, each in sorted(fractions.by_id.items())],
        "downstream": _downstream(fractions),
        "chain_of_custody": _coverage(balanced, assessments["coverage"]),
        "assessments": assessments,
        "disputes": [each.to_dict() for bag_id in bag_ids for each in bag_disputes(custody, bag_id)],
        "breaks": _breaks(custody, bag_ids),
        "evidence": _indices(custody, [*inputs, *(each.evidence for each in licences)]),
    }


def _partner(custody: Custody, fractions: Fractions) -> dict[str, Any]:
    """Who processed it, under which licence, and the schemes it held on the Thai day of processing."""
    assert fractions.recycled is not None
    moment = fractions.recycled.evidence.event.envelope.time
    licence = registration_at(custody, fractions.recycled.data.partner_id, moment)
    assert licence is not None
    partner, day = licence.data, thai_day(moment)
    return {
        "partner_id": partner.partner_id,
        "name_th": partner.name_th,
        "name_en": partner.name_en,
        "licence_number": partner.licence_number,
        "licence_valid_from": partner.licence_valid_from.isoformat(),
        "licence_valid_until": partner.licence_valid_until.isoformat(),
        "schemes": [_scheme(each) for each in sorted(partner.schemes, key=_scheme_order) if _holds(each, day)],
        "sample": partner.sample,
    }


def _holds(scheme: Scheme, day: Any) -> bool:
    return bool(scheme.valid_from <= day <= scheme.valid_until)


def _scheme_order(scheme: Scheme) -> tuple[str, str]:
    return scheme.name.value, scheme.certificate_number


def _scheme(scheme: Scheme) -> dict[str, str]:
    return {
        "name": scheme.name.value,
        "certificate_number": scheme.certificate_number,
        "valid_from": scheme.valid_from.isoformat(),
        "valid_until": scheme.valid_until.isoformat(),
    }


def _by_category(outcome: Outcome) -> dict[str, int] | None:
    found = outcome.input_by_category
    return None if found is None else {category.value: grams for category, grams in found.items()}


def _reuse(fractions: Fractions) -> dict[str, int]:
    """Grams prepared for re-use, and the pieces of them where they were counted."""
    reused = [leaf.output for leaf in fractions.leaves if leaf.output.prepared_for_reuse]
    return {"grams": sum(each.grams for each in reused), "pieces": sum(each.pieces or 0 for each in reused)}


def _fraction(output: OutputFraction) -> dict[str, Any]:
    return {
        "fraction_id": output.fraction_id,
        "material": output.material,
        "grams": output.grams,
        "operation": output.operation.value,
        "facility_id": output.facility_id,
        "facility_country": output.facility_country,
        "waste_code": output.waste_code,
        "prepared_for_reuse": output.prepared_for_reuse,
        "pieces": output.pieces,
    }


def _downstream(fractions: Fractions) -> list[dict[str, Any]]:
    """What was done with each interim fraction, and where; abroad with the Basel Convention's numbers."""
    treatments = {fact.index: fact for each in fractions.by_id.values() for fact in each.treatments}
    told = [_treatment(fact) for fact in treatments.values()]
    return sorted(told, key=lambda each: (each["fraction_id"], each["treatment_id"]))


def _treatment(fact: Fact[FractionTreated]) -> dict[str, Any]:
    said = fact.data
    return {
        "treatment_id": said.treatment_id,
        "fraction_id": said.fraction_id,
        "facility_id": said.facility_id,
        "facility_country": said.facility_country,
        "grams": said.grams,
        "process_loss_grams": said.process_loss_grams,
        "fraction_ids": sorted({output.fraction_id for output in said.outputs}),
        "basel_notification_number": said.basel_notification_number,
        "basel_movement_number": said.basel_movement_number,
    }


def _breaks(custody: Custody, bag_ids: list[str]) -> list[dict[str, Any]]:
    declared: dict[int, dict[str, Any]] = {}
    for bag_id in bag_ids:
        for fact in breaks_of(custody, bag_id):
            said = fact.data
            entry = {"break_id": said.break_id, "reason": said.reason.value, "declared_by": said.declared_by}
            told = declared.setdefault(fact.index, {**entry, "index": fact.index, "bag_ids": []})
            told["bag_ids"].append(bag_id)
    return sorted(declared.values(), key=lambda each: (each["break_id"], each["bag_ids"], each["index"]))


def _indices(custody: Custody, inputs: list[Evidence]) -> list[int]:
    """The ledger indices of the facts and of the partners' signed claims behind them."""
    claims = (custody.claim_behind(each) for each in inputs)
    return sorted({each.index for each in inputs} | {claim.index for claim in claims if claim is not None})


def _period(inputs: list[Evidence], bag_ids: set[str]) -> dict[str, str]:
    """From the first drop into or collection of an input bag to the last operation, UTC."""
    times = [(happened(each), each.event.data) for each in inputs]
    begun = [when for when, data in times if isinstance(data, ItemDropped | BinCollected) and data.bag_id in bag_ids]
    ended = [when for when, data in times if isinstance(data, BatchRecycled | FractionTreated)]
    return {"from": utc_text(min(begun)[0]), "until": utc_text(max(ended)[0])}


def _items(custody: Custody, balanced: Balance) -> dict[str, Any]:
    pieces = pieces_of(custody, balanced)
    return {
        "by_category": {category.value: count for category, count in pieces.by_category.items()},
        "total": pieces.total,
        "in_two_bags": pieces.in_two_bags,
        "in_broken_bags": pieces.in_broken_bags,
        "in_other_batches": pieces.in_other_batches,
    }


def _grams(balanced: Balance) -> dict[str, int]:
    return {
        "own": balanced.own_grams,
        "other_clients": balanced.other_client_grams,
        "input": balanced.input_grams,
        "output": balanced.output_grams,
        "process_loss": balanced.process_loss_grams,
        "difference": balanced.difference_grams,
        "tolerance": balanced.tolerance_grams,
        "landfill": balanced.landfill_grams,
        "reuse": balanced.reuse_grams,
    }


def _coverage(balanced: Balance, assessed: dict[str, Any]) -> dict[str, int]:
    """ISO 22095 in basis points of our own grams, and how much of the batch was ours."""
    shares = {f"{model}_basis_points": points for model, points in assessed["basis_points"].items()}
    return {**shares, "own_share_basis_points": balanced.own_grams * _WHOLE // balanced.input_grams}
