"""The service with keys of its own, and people who are signed in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from ewaste.education.people.signin import storage
from ewaste.education.people.signin.secrets import Keys, load_key
from ewaste.education.people.signin.storage import SessionRow
from ewaste.education.settings import Settings
from ewaste.runtime.testing import Stack, prepared

SignIn = Callable[..., Awaitable[dict[str, str]]]


@pytest.fixture(scope="module")
def settings(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return asyncio.run(prepared(stack, Settings, state_dir=tmp_path_factory.mktemp("state")))


@pytest.fixture
def sign_in(school: Any, settings: Settings) -> SignIn:
    """The header of a session of somebody in an audience; how one signs in is tested where it is built."""

    async def sign_in(audience: str, learner_id: str | None = None) -> dict[str, str]:
        who, session_id, now = learner_id or str(uuid4()), uuid4(), datetime.now(UTC)
        row = SessionRow(session_id=session_id, learner_id=UUID(who), expires_at=now + timedelta(hours=1))
        async with school.app.database.transaction() as tx:
            await (await storage.driver(tx)).execute(
                "INSERT INTO person (learner_id, audience, enabled) VALUES ($1, $2, true)", UUID(who), audience
            )
            await storage.begin_session(tx, row, now)
        token = Keys(lambda: load_key(settings.state_dir / "education-sign-in.key")).token(session_id)
        return {"Authorization": f"Bearer {token}"}

    return sign_in
