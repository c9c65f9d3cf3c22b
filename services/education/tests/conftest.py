"""The service with a database per test file on the real broker, and the words its tests share."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from ewaste.contracts.fields import Part
from ewaste.education.app import build_app
from ewaste.education.settings import Settings
from ewaste.runtime.app import App, Role
from ewaste.runtime.testing import Stack, client, events_on, eventually, facts_in_outbox, prepared
from sqlalchemy import text

PUPIL = {"audience": "pupil", "school_id": "cm-school-01", "grade": "P5"}


def course(course_id: str, *lessons: str, version: int = 1) -> dict[str, Any]:
    return {
        "course_id": course_id,
        "course_version": version,
        "title_th": "หลักสูตรทดสอบ",
        "modules": [
            {
                "module_id": "m-1",
                "pillar": "protection",
                "title_th": "ปกป้อง",
                "lessons": [{"lesson_id": lesson, "title_th": f"บทเรียน {lesson}"} for lesson in lessons],
            }
        ],
    }


@dataclass
class School:
    """A client of the running service, and what the service told the city."""

    http: httpx.AsyncClient
    app: App
    stack: Stack
    course_id: str = field(default_factory=lambda: f"course-{secrets.token_hex(4)}")
    reference: str = field(default_factory=lambda: f"pupil-{secrets.token_hex(4)}")
    """Unlike any other test's, as the course is: tests of one file share a database."""

    async def publish(self, *lessons: str, course_id: str | None = None, version: int = 1) -> str:
        """Publish a course with these lessons; its id."""
        body = course(course_id or self.course_id, *lessons, version=version)
        answer = await self.http.post("/courses", json=body)
        assert answer.status_code == 201, answer.text
        return str(body["course_id"])

    async def enrol(self, **more: Any) -> str:
        """Enrol a pupil; the pseudonym."""
        answer = await self.http.post("/enrolments", json={"course_id": self.course_id, "cohort": PUPIL, **more})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["learner_id"])

    async def complete(self, learner_id: str, lesson_id: str, **more: Any) -> httpx.Response:
        return await self.http.post("/completions", json={"learner_id": learner_id, "lesson_id": lesson_id, **more})

    async def facts(self, **like: str) -> list[Part]:
        """Everything that reached the broker with these fields, after the outbox has run dry."""
        await eventually(self._unpublished, lambda count: count == 0)
        events = [event.data for event in await events_on(self.stack, "ewaste.education")]
        return [data for data in events if all(getattr(data, name, None) == value for name, value in like.items())]

    async def rows(self, statement: str) -> list[Any]:
        async with self.app.database.transaction() as tx:
            return list((await tx.execute(text(statement))).all())

    async def _unpublished(self) -> int:
        ((count,),) = await self.rows("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        return int(count)


class Office(School):
    async def facts(self, **like: str) -> list[Part]:
        """What the outbox holds of the learner with these fields."""
        found = await facts_in_outbox(self.app, like["learner_id"])
        return [data for data in found if all(getattr(data, name, None) == value for name, value in like.items())]


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Settings:
    return asyncio.run(prepared(stack, Settings))


@pytest.fixture
async def office(settings: Settings, stack: Stack) -> AsyncIterator[School]:
    """The API alone, with its facts as they wait for the relay: for tests of what is decided, not of delivery."""
    app = build_app(settings)
    async with client(app, Role.API) as http:
        yield Office(http, app, stack)


@pytest.fixture
async def school(settings: Settings, stack: Stack) -> AsyncIterator[School]:
    app = build_app(settings)
    async with client(app, Role.ALL) as http:
        yield School(http, app, stack)
