"""From the box to the gate: what the dropoff and logistics services say, as EPCIS events.

Each function gives the bodies of the EPCIS events of one fact, from that fact alone, so that it reads the same in every
document. The first body is the one that carries the fact's own id.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from ewaste.contracts.events import dropoff, logistics
from ewaste.contracts.events.logistics import BagSettlement, BreakReason, Difference, HandoverPurpose, Settlement
from ewaste.evidence.epcis.form import PRIVATE, Body, mass, moved, place, quantity, transaction, unique
from ewaste.evidence.epcis.gs1 import Names

__all__ = [
    "MISMATCHES",
    "bag_installed",
    "bag_looked_at",
    "bin_collected",
    "custody_broken",
    "dispute_decided",
    "handed_over",
    "item_dropped",
    "load_dispatched",
    "resolution_stated",
]

MISMATCHES: Final[Mapping[Difference | None, str]] = {
    Difference.MINOR: "mismatch_quantity",
    Difference.SIGNIFICANT: "mismatch_quantity",
    Difference.SEAL_MISMATCH: "non_conformant",
}
_HANDOVERS: Final = {
    HandoverPurpose.CARRIER_CHANGE: ("accepting", "in_transit"),
    HandoverPurpose.STORAGE_IN: ("storing", "in_progress"),
    HandoverPurpose.STORAGE_OUT: ("accepting", "in_transit"),
    HandoverPurpose.DELIVERY: ("receiving", "in_progress"),
}


def item_dropped(names: Names, data: dropoff.ItemDropped) -> list[Body]:
    """The piece enters the system, and it enters its bag."""
    item, here = names.uri("item", data.item_id), place(names, data.point_id, "point")
    location = {"bizLocation": here["readPoint"]}
    return [
        {
            "type": "ObjectEvent",
            "epcList": [item],
            "action": "ADD",
            "bizStep": "commissioning",
            "disposition": "active",
            **here,
            **location,
        },
        {
            "type": "AggregationEvent",
            "parentID": names.uri("bag", data.bag_id),
            "childEPCs": [item],
            "action": "ADD",
            "bizStep": "packing",
            "disposition": "in_progress",
            **here,
            **location,
        },
    ]


def bag_installed(names: Names, data: dropoff.BagInstalled) -> list[Body]:
    return [_box(names, data.point_id, data.bag_id, "ADD", "installing", "container_open")]


def _box(names: Names, point_id: str, bag_id: str, action: str, step: str, disposition: str) -> Body:
    return {
        "type": "AssociationEvent",
        "parentID": names.uri("point", point_id),
        "childEPCs": [names.uri("bag", bag_id)],
        "action": action,
        "bizStep": step,
        "disposition": disposition,
        **place(names, point_id, "point"),
    }


def bag_looked_at(names: Names, data: dropoff.BagFillReported) -> list[Body]:
    """How full, in percent of its volume (UN/ECE Recommendation 20: P1)."""
    by_sensor = data.reported_by is dropoff.FillSource.SENSOR
    report = {"type": "VolumeFraction", "value": data.fill_percent, "uom": "P1"}
    return [
        {
            "type": "ObjectEvent",
            "epcList": [names.uri("bag", data.bag_id)],
            "action": "OBSERVE",
            "bizStep": "sensor_reporting" if by_sensor else "inspecting",
            **place(names, data.point_id, "point"),
            "sensorElementList": [{"sensorReport": [report]}],
        }
    ]


def bin_collected(names: Names, data: logistics.BinCollected) -> list[Body]:
    """The bag is closed over its weighed contents (net), weighs so much (gross), and leaves the box."""
    contents = quantity(names.uri("contents", data.bag_id), data.gross_grams - data.tare_grams)
    return [
        {
            "type": "AggregationEvent",
            "parentID": names.uri("bag", data.bag_id),
            "childQuantityList": [contents],
            "action": "ADD",
            "bizStep": "collecting",
            "disposition": "container_closed",
            **place(names, data.point_id, "point"),
            **moved(names, None, data.carrier_id),
            **mass(data.gross_grams),
        },
        _box(names, data.point_id, data.bag_id, "DELETE", "removing", "in_progress"),
    ]


def load_dispatched(names: Names, data: logistics.LoadDispatched) -> list[Body]:
    manifest = names.uri("manifest", data.manifest_number) if data.manifest_number else None
    return [
        {
            "type": "AggregationEvent",
            "parentID": names.uri("load", data.load_id),
            "childEPCs": unique(names, "bag", (bag.bag_id for bag in data.bags)),
            "action": "ADD",
            "bizStep": "loading",
            "disposition": "in_transit",
            **place(names, data.origin_id),
            **transaction(("bol", manifest)),
            **moved(names, data.carrier_id, data.destination_id),
            **mass(data.gross_grams),
        }
    ]


def handed_over(names: Names, data: logistics.HandoverRecorded) -> list[Body]:
    """As the receiver found it; a difference shows as disposition."""
    step, disposition = _HANDOVERS[data.purpose]
    bags = unique(names, "bag", (bag.bag_id for bag in data.bags))
    return [
        {
            "type": "ObjectEvent",
            "epcList": [names.uri("load", data.load_id), *bags],
            "action": "OBSERVE",
            "bizStep": step,
            "disposition": MISMATCHES.get(data.difference, disposition),
            **place(names, data.place_id),
            **transaction(("recadv", names.uri("handover", data.handover_id))),
            **moved(names, data.giver_id, data.receiver_id),
            **mass(data.received_grams),
        }
    ]


def resolution_stated(names: Names, data: logistics.ResolutionStated) -> list[Body]:
    return _settled(names, data.load_id, data.bags)


def dispute_decided(names: Names, data: logistics.DisputeDecided) -> list[Body]:
    return _settled(names, data.load_id, data.bags)


def _settled(names: Names, load_id: str, bags: Sequence[BagSettlement]) -> list[Body]:
    """Which bags count as whole, with their grams, and which as lost."""
    whole = [bag for bag in bags if bag.settlement is Settlement.ACCEPTED]
    lost = [bag for bag in bags if bag.settlement is Settlement.LOST]
    dispute = transaction((PRIVATE + "document:dispute", names.uri("dispute", load_id)))
    accepted = {"disposition": "conformant", **dispute, **mass(sum(bag.gross_grams or 0 for bag in whole))}
    found = [(whole, accepted), (lost, {"disposition": "unknown", **dispute})]
    return [_inspected(names, [bag.bag_id for bag in some], said) for some, said in found if some]


def _inspected(names: Names, bag_ids: Sequence[str], said: Body) -> Body:
    return {
        "type": "ObjectEvent",
        "epcList": unique(names, "bag", bag_ids),
        "action": "OBSERVE",
        "bizStep": "inspecting",
        **said,
    }


def custody_broken(names: Names, data: logistics.CustodyBreakDeclared) -> list[Body]:
    said = {"disposition": "stolen" if data.reason is BreakReason.STOLEN else "unknown"}
    here = place(names, data.place_id) if data.place_id else {}
    return [_inspected(names, data.bag_ids, {**said, **here})]
