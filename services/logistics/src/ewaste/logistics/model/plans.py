"""Which boxes a carrier is asked to empty."""

from ewaste.contracts.events.logistics import CollectionPlanned
from ewaste.contracts.refusal import Refused

__all__ = ["check_plan"]


def check_plan(plan: CollectionPlanned) -> CollectionPlanned:
    """The plan itself; raises `Refused` where it names a box twice."""
    seen: set[str] = set()
    for number, stop in enumerate(plan.stops):
        if stop.point_id in seen:
            detail = f"box {stop.point_id} is in the plan twice; a crew passes once"
            raise Refused("stop-twice", detail, field=f"stops.{number}.point_id")
        seen.add(stop.point_id)
    return plan
