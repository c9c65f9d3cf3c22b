"""Traceability of bags ends, said openly."""

from collections.abc import Mapping, Set
from typing import Final

from ewaste.contracts.events.logistics import BreakReason, CustodyBreakDeclared
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.logistics.model.words import check_each_once, named

__all__ = ["GONE", "check_break"]

GONE: Final = frozenset({BreakReason.LOST, BreakReason.STOLEN, BreakReason.EMPTIED})
"""Breaks after which there is no bag to send or hand over."""


def check_break(
    declared: CustodyBreakDeclared, *, known: Set[str], broken: Mapping[str, str], in_load: Set[str] | None,
    registered: bool,
) -> None:  # fmt: skip
    """Raises `Refused`. `broken` are bags whose break was declared before, and which; `in_load` the named load's."""
    check_each_once(declared.bag_ids, "bag_ids")
    if not registered:
        detail = f"{declared.declared_by} is not registered; register it with POST /actors, so that it can answer"
        raise Refused("actor-unknown", detail, field="declared_by")
    if unknown := set(declared.bag_ids) - known:
        detail = f"nobody told of {named(unknown)}; check the ids, or send what was done with these bags first"
        raise Refused("bag-unknown", detail, field="bag_ids")
    if in_load is not None and (foreign := set(declared.bag_ids) - in_load):
        detail = f"never in load {declared.load_id}: {named(foreign)}; name their load, or none"
        raise Refused("bag-not-in-load", detail, field="bag_ids")
    if again := broken.keys() & set(declared.bag_ids):
        bag_id = min(again)
        detail = f"break {broken[bag_id]} was declared for bag {bag_id}; leave it out, or correct that break"
        raise Refused("bag-broken", detail, field="bag_ids", status=CONFLICT)
