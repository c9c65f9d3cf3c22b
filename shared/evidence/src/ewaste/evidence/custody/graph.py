"""The chain of custody as a graph: nodes, what events say about them, and which nodes belong together.

The graph is a grow-only set of assertions, one per (node, parent, event), so it is the same in every order of arrival
and after any duplication. A node is a text `kind/id`, for example `bag/B-17`; ids hold no slash. A fraction's id is
only unique within its batch: `fraction/<batch>/<fraction>`.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import msgspec

__all__ = ["Link", "Mark", "NodeId", "Touches", "event_node", "fraction_node", "node", "related_nodes", "split_node"]

NodeId: TypeAlias = str


class Link(msgspec.Struct, frozen=True, gc=False):
    """The event says that `child` is (or went) in `parent`: item in bag, bag in load, bag in batch, and so on."""

    child: NodeId
    parent: NodeId


class Mark(msgspec.Struct, frozen=True, gc=False):
    """The event concerns this node and links it to nothing."""

    node: NodeId


Touches: TypeAlias = tuple[Link | Mark, ...]


def node(kind: str, id: str) -> NodeId:
    """The node of this kind: `item`, `bag`, `load`, `batch`, `certificate`, `point` or `partner`."""
    return f"{kind}/{id}"


def fraction_node(batch_id: str, fraction_id: str) -> NodeId:
    """A fraction of a batch."""
    return f"fraction/{batch_id}/{fraction_id}"


def event_node(event_id: object) -> NodeId:
    """An event as the subject of other events: corrections of it, and a partner's claim behind a fact."""
    return "event/" + str(event_id).lower()


def split_node(node_id: NodeId) -> tuple[str, str]:
    """Kind and id of a node; a fraction's id is `<batch>/<fraction>`. Raises ValueError without a kind."""
    kind, slash, id = node_id.partition("/")
    if not (kind and slash and id):
        raise ValueError(f"{node_id!r} is not a node; write kind/id, for example item/{node_id or 'I-1'}")
    return kind, id


def related_nodes(
    start: NodeId,
    children_of: Callable[[NodeId], Iterable[NodeId]],
    parents_of: Callable[[NodeId], Iterable[NodeId]],
) -> tuple[NodeId, ...]:
    """The nodes whose events a trace or certificate of `start` rests on, sorted.

    Down from `start` to the leaves (batch to bags to items), then up to the roots from every node reached (loads,
    batches, certificates); never down again, or one item would draw in its whole load. The events of a node are those
    with a Mark of it or a Link with it as the child.
    """
    below = _reach((start,), children_of)
    return tuple(sorted(_reach(below, parents_of)))


def _reach(starts: Iterable[NodeId], step: Callable[[NodeId], Iterable[NodeId]]) -> set[NodeId]:
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        fresh = set(step(waiting.pop())) - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached
