"""The register as rows: the columns of the primary key, the others; in the order of the statements that write them."""

import json
from collections.abc import Mapping
from typing import Any

from ewaste.recycler.claims.model import Batch, ClaimKey, Judged, Load

__all__ = [
    "Rows",
    "bag_uses",
    "batches",
    "claims",
    "fractions",
    "loads",
    "received",
    "rejected",
    "stated",
    "treatments",
]

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
_WHOLE_LOAD = ("",)


def loads(found: Mapping[str, Load]) -> Rows:
    return {
        (id,): (each.partner_id, each.received_grams, each.difference and each.difference.value, each.received_at)
        for id, each in found.items()
    }


def received(found: Mapping[str, Load]) -> Rows:
    return {(id, bag): (grams,) for id, each in found.items() for bag, grams in each.bags.items()}


def rejected(found: Mapping[str, Mapping[ClaimKey, tuple[str, ...]]]) -> Rows:
    return {
        (load_id, *key, bag): ()
        for load_id, answers in found.items()
        for key, bags in answers.items()
        for bag in bags or _WHOLE_LOAD
    }


def stated(found: Mapping[str, Mapping[ClaimKey, Mapping[str, int | None]]]) -> Rows:
    return {
        (load_id, *key, bag): (grams,)
        for load_id, answers in found.items()
        for key, bags in answers.items()
        for bag, grams in bags.items()
    }


def batches(found: Mapping[str, Batch]) -> Rows:
    return {
        (id,): (
            each.partner_id,
            each.facility_id,
            each.other_client_grams,
            each.opened_at,
            json.dumps(each.sorted),
            each.recycled_at,
            each.process_loss_grams,
        )
        for id, each in found.items()
    }


def bag_uses(found: Mapping[str, Batch]) -> Rows:
    return {(bag, id): (grams,) for id, batch in found.items() for bag, grams in batch.bags.items()}


def fractions(found: Mapping[str, Batch]) -> Rows:
    return {
        (id, name): (
            each.material,
            each.grams,
            each.operation.value,
            each.facility_id,
            each.treatment_id,
            each.waste_code,
            each.facility_country,
            each.prepared_for_reuse,
            each.pieces,
        )
        for id, batch in found.items()
        for name, each in batch.fractions.items()
    }


def treatments(found: Mapping[str, Batch]) -> Rows:
    return {
        (id, name): (
            each.fraction_id,
            each.grams,
            each.process_loss_grams,
            each.facility_id,
            each.facility_country,
            each.treated_at,
            each.basel_notification_number,
            each.basel_movement_number,
        )
        for id, batch in found.items()
        for name, each in batch.treatments.items()
    }


def claims(found: Mapping[ClaimKey, Judged]) -> Rows:
    return {
        key: (each.digest, each.kind, each.aggregate_id, each.part_id, each.fact_id, each.withdrawn)
        for key, each in found.items()
    }
