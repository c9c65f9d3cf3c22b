"""Who is asking: FastAPI dependencies over the bearer token of a session."""

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from ewaste.contracts.events.education import Audience
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.people.groups import storage as groups
from ewaste.education.people.groups.storage import LearnerGroupRow
from ewaste.education.people.signin import storage
from ewaste.education.people.signin.handlers import FORBIDDEN, UNAUTHORIZED, may_teach
from ewaste.education.people.signin.secrets import Keys
from ewaste.education.people.signin.storage import Signed
from ewaste.runtime.database import Database, Transaction
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

__all__ = ["Access", "group_for"]

_BEARER: Final = HTTPBearer(auto_error=False, description="The token that signing in gave")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


class Access:
    """`Depends(access.anyone)`, `.teacher` and `.staff` give who is signed in, or refuse (401, 403)."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def anyone(self, credentials: Credentials) -> Signed:
        session_id = self._keys.session_of(credentials.credentials) if credentials else None
        if session_id is not None:
            async with self._database.transaction() as tx:
                found = await storage.signed(tx, session_id, datetime.now(UTC))
            if found:
                return found
        detail = "sign in first and send the token as Authorization: Bearer …; a session ends by itself"
        raise Refused("not-signed-in", detail, field="Authorization", status=UNAUTHORIZED)

    async def teacher(self, credentials: Credentials) -> Signed:
        """A teacher or someone of the city."""
        signed = await self.anyone(credentials)
        if not may_teach(signed):
            raise Refused("not-allowed", "only teachers and the city's staff may do this", status=FORBIDDEN)
        return signed

    async def staff(self, credentials: Credentials) -> Signed:
        """Someone of the city."""
        signed = await self.anyone(credentials)
        if signed.audience != Audience.STAFF:
            raise Refused("not-allowed", "only the city's staff may do this; ask them", status=FORBIDDEN)
        return signed


async def group_for(tx: Transaction, signed: Signed, group_id: UUID) -> LearnerGroupRow:
    """A group that the signed-in may lead: who teaches it, or the city's staff. Raises `Refused`."""
    group = await groups.group(tx, group_id)
    leads = signed.audience == Audience.STAFF or await groups.teaches(tx, group_id, signed.learner_id)
    # One answer for both, so that nobody learns by trying which groups there are.
    if group is None or not leads:
        detail = f"no group {group_id} of yours; GET /groups lists them"
        raise Refused("group-unknown", detail, field="group_id", status=NOT_FOUND)
    return group
