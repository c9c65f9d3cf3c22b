"""From the gate to the certificate: what the recycler and traceability services say, as EPCIS events.

Contents of bags, batches and fractions are classes with an amount, not single objects: they are weighed, never counted.
"""

from collections.abc import Iterable

from ewaste.contracts.events import recycler, traceability
from ewaste.contracts.events.recycler import Operation, OutputFraction
from ewaste.evidence.epcis.form import PRIVATE, Body, mass, moved, place, quantity, transaction, unique
from ewaste.evidence.epcis.gs1 import Names
from ewaste.evidence.epcis.street import MISMATCHES
from ewaste.evidence.rules.operations import OPERATIONS, OperationKind

__all__ = [
    "batch_opened",
    "batch_recycled",
    "certificate_issued",
    "certificate_suspended",
    "fraction_treated",
    "load_received",
    "load_rejected",
]


def load_received(names: Names, data: recycler.LoadReceived) -> list[Body]:
    """The recycler's own weighing."""
    bags = unique(names, "bag", (bag.bag_id for bag in data.bags))
    return [
        {
            "type": "ObjectEvent",
            "epcList": [names.uri("load", data.load_id), *bags],
            "action": "OBSERVE",
            "bizStep": "receiving",
            "disposition": MISMATCHES.get(data.difference, "in_progress"),
            **place(names, data.facility_id),
            **moved(names, None, data.partner_id),
            **mass(data.received_grams),
        }
    ]


def load_rejected(names: Names, data: recycler.LoadRejected) -> list[Body]:
    """The named bags, or the load."""
    return [
        {
            "type": "ObjectEvent",
            "epcList": unique(names, "bag", data.bag_ids) or [names.uri("load", data.load_id)],
            "action": "OBSERVE",
            "bizStep": "inspecting",
            "disposition": "non_conformant",
            **place(names, data.facility_id),
        }
    ]


def batch_opened(names: Names, data: recycler.BatchOpened) -> list[Body]:
    """The contents become a batch, and each bag gives up so much of them."""
    inputs = [(each, quantity(names.uri("contents", each.bag_id), each.grams)) for each in data.inputs]
    others = quantity(names.uri("waste", "other-clients"), data.other_client_grams)
    total = sum(each.grams for each in data.inputs) + data.other_client_grams
    here = place(names, data.facility_id)
    batch: Body = {
        "type": "TransformationEvent",
        "inputQuantityList": [amount for _, amount in inputs] + ([others] if data.other_client_grams else []),
        "outputQuantityList": [quantity(names.uri("batch", data.batch_id), total)],
        "bizStep": "commissioning",
        "disposition": "in_progress",
        **here,
    }
    return [batch, *(_unpacked(names, each.bag_id, amount, here) for each, amount in inputs)]


def _unpacked(names: Names, bag_id: str, amount: Body, here: Body) -> Body:
    return {
        "type": "AggregationEvent",
        "parentID": names.uri("bag", bag_id),
        "childQuantityList": [amount],
        "action": "DELETE",
        "bizStep": "unpacking",
        "disposition": "container_open",
        **here,
    }


def batch_recycled(names: Names, data: recycler.BatchRecycled) -> list[Body]:
    """Input is what the recycler accounts for: outputs and declared loss. Less than came in stays visible as less."""
    accounted = sum(output.grams for output in data.outputs) + data.process_loss_grams
    return [
        {
            "type": "TransformationEvent",
            "inputQuantityList": [quantity(names.uri("batch", data.batch_id), accounted)],
            "outputQuantityList": _outputs(names, data.batch_id, data.outputs),
            "bizStep": "disassembling",
            "disposition": "in_progress",
        },
        *_destined(names, data.batch_id, data.outputs),
    ]


def fraction_treated(names: Names, data: recycler.FractionTreated) -> list[Body]:
    notification = names.uri("basel", data.basel_notification_number) if data.basel_notification_number else None
    movement = names.uri("basel-movement", data.basel_movement_number) if data.basel_movement_number else None
    return [
        {
            "type": "TransformationEvent",
            "inputQuantityList": [quantity(_fraction(names, data.batch_id, data.fraction_id), data.grams)],
            "outputQuantityList": _outputs(names, data.batch_id, data.outputs),
            "bizStep": PRIVATE + "step:treating",
            "disposition": "in_progress",
            **place(names, data.facility_id),
            **transaction(
                (PRIVATE + "document:basel-notification", notification), (PRIVATE + "document:basel-movement", movement)
            ),
        },
        *_destined(names, data.batch_id, data.outputs),
    ]


def _fraction(names: Names, batch_id: str, fraction_id: str) -> str:
    return names.uri("fraction", f"{batch_id}/{fraction_id}")


def _outputs(names: Names, batch_id: str, outputs: Iterable[OutputFraction]) -> list[Body]:
    return [quantity(_fraction(names, batch_id, output.fraction_id), output.grams) for output in outputs]


def _destined(names: Names, batch_id: str, outputs: Iterable[OutputFraction]) -> list[Body]:
    """Where the fractions went and what for: one event per operation and facility."""
    groups: dict[tuple[Operation, str], list[OutputFraction]] = {}
    for output in outputs:
        groups.setdefault((output.operation, output.facility_id), []).append(output)
    return [
        {
            "type": "ObjectEvent",
            "quantityList": _outputs(names, batch_id, group),
            "action": "OBSERVE",
            "bizStep": f"{PRIVATE}operation:{operation}",
            "disposition": _disposition(operation),
            "bizLocation": {"id": names.uri("place", facility_id)},
        }
        for (operation, facility_id), group in groups.items()
    ]


def _disposition(operation: Operation) -> str:
    rule = OPERATIONS[operation]
    return "disposed" if rule.final and rule.kind is OperationKind.DISPOSAL else "in_progress"


def certificate_issued(names: Names, data: traceability.CertificateIssued) -> list[Body]:
    """The batch is linked to its certificate; a certificate that this one replaces is unlinked."""
    certificate = names.uri("certificate", data.certificate_id)
    issued: Body = {
        "type": "TransactionEvent",
        **transaction(("cert", certificate)),
        "quantityList": [quantity(names.uri("batch", data.batch_id), data.input_grams)],
        "action": "ADD",
        "bizStep": PRIVATE + "step:certifying",
        "disposition": "conformant",
        "certificationInfo": certificate,
    }
    replaced = data.replaces_certificate_id
    return [issued, _unlinked(names, replaced, PRIVATE + "step:replacing")] if replaced else [issued]


def certificate_suspended(names: Names, data: traceability.CertificateSuspended) -> list[Body]:
    return [_unlinked(names, data.certificate_id, PRIVATE + "step:suspending")]


def _unlinked(names: Names, certificate_id: str, step: str) -> Body:
    """Without a list of things: from everything that it was linked to."""
    return {
        "type": "TransactionEvent",
        **transaction(("cert", names.uri("certificate", certificate_id))),
        "action": "DELETE",
        "bizStep": step,
    }
