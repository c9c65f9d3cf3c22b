"""Under which names a record is found again."""

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import (
    ActorRegistered,
    BinCollected,
    CollectionPlanned,
    CustodyBreakDeclared,
    HandoverRecorded,
)
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.fields import Part
from ewaste.evidence.custody.graph import event_node, node

__all__ = ["SUBJECTS", "nodes_of"]

SUBJECTS = ("bag", "load", "handover", "actor", "plan", "break")
"""What a fact of this service can be about."""


def nodes_of(data: Part) -> set[str]:
    """The nodes whose records this one is; bags of a load are found by the load."""
    nodes: set[str] = set()
    if isinstance(data, BinCollected):
        nodes |= {node("bag", bag_id) for bag_id in (data.bag_id, data.next_bag_id) if bag_id}
    elif isinstance(data, CustodyBreakDeclared):
        nodes |= {node("break", data.break_id), *(node("bag", bag_id) for bag_id in data.bag_ids)}
    elif isinstance(data, HandoverRecorded):
        nodes.add(node("handover", data.handover_id))
    elif isinstance(data, CollectionPlanned):
        nodes.add(node("plan", data.plan_id))
    elif isinstance(data, ActorRegistered):
        nodes.add(node("actor", data.actor_id))
    elif isinstance(data, PartnerRegistered):
        nodes.add(node("partner", data.partner_id))
    elif isinstance(data, EventCorrected):
        nodes.add(event_node(data.corrected_event_id))
    if load_id := getattr(data, "load_id", None):
        nodes.add(node("load", load_id))
    return nodes
