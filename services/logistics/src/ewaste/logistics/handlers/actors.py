"""Who may hold bags between the box and the recycler."""

from datetime import datetime

from ewaste.contracts.events.logistics import ActorRegistered
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.logistics.journal import Journal
from ewaste.logistics.model.words import id_taken
from ewaste.logistics.storage import actors, records
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact

__all__ = ["register_actor"]


async def register_actor(tx: Transaction, journal: Journal, actor: ActorRegistered, now: datetime) -> bool:
    """False when it was registered before just so."""
    if await records.standing(tx, "partner", actor.actor_id, PartnerRegistered):
        detail = f"{actor.actor_id} is registered as a recycler and may hold bags as such; choose another id"
        raise Refused("id-taken", detail, field="actor_id", status=CONFLICT)
    if await actors.add_actor(tx, actor.actor_id):
        await journal.tell(tx, Fact(actor, now))
        return True
    found = await records.standing(tx, "actor", actor.actor_id, ActorRegistered)
    if found is None or found.data != actor:
        detail = f"{actor.actor_id} is registered with another kind, name or licence; correct it with POST /corrections"
        raise id_taken("actor_id", detail)
    return False
