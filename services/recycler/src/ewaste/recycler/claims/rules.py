"""Can a claim be true? Each rule checks everything first and changes the register last: a refusal leaves no trace."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import ResolutionStated
from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, FractionTreated, LoadReceived, LoadRejected
from ewaste.contracts.fields import Part
from ewaste.recycler.claims.batches import open_batch, recycle, treat
from ewaste.recycler.claims.corrections import withdraw
from ewaste.recycler.claims.loads import receive, reject, state_resolution
from ewaste.recycler.claims.model import Claim, Register, Terms

__all__ = ["accept"]


def accept(register: Register, claim: Claim, terms: Terms) -> Part:
    """The data of the fact that this claim becomes. Raises `NotAccepted`."""
    return _RULES[type(claim.event.data)](register, claim, claim.event.data, terms)


_Rule = Callable[[Register, Claim, Any, Terms], Part]
_RULES: Final[Mapping[type[Part], _Rule]] = {
    LoadReceived: receive,
    LoadRejected: reject,
    ResolutionStated: state_resolution,
    BatchOpened: open_batch,
    BatchRecycled: recycle,
    FractionTreated: treat,
    EventCorrected: withdraw,
}
