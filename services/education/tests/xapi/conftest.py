"""A learning system that sends statements to the running service, and the words its tests share."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ewaste.education.xapi.clients import add_client
from ewaste.education.xapi.model import Client

ADL = "http://adlnet.gov/expapi/verbs/"
HOME = "https://lms.example"


def statement(**more: Any) -> dict[str, Any]:
    """A short one that is right; a property set to None is left out."""
    said = {
        "actor": {"account": {"homePage": HOME, "name": "somebody"}},
        "verb": {"id": f"{ADL}experienced"},
        "object": {"id": "https://lms.example/page"},
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class Lrs:
    """The resources of xAPI as one client sees them."""

    http: httpx.AsyncClient
    client: Client
    secret: str
    school: Any
    activity: str = field(default_factory=lambda: f"https://lms.example/{secrets.token_hex(6)}")
    """Unlike any other test's: tests of one file share a database."""

    @property
    def headers(self) -> dict[str, str]:
        basic = base64.b64encode(f"{self.client.key}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"}

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        sent = {name: value for name, value in headers.items() if value is not None}
        return await self.http.request(method, f"/xAPI{path}", headers=sent, **more)

    async def post(self, said: Any, **more: Any) -> httpx.Response:
        return await self.ask("POST", "/statements", json=said, **more)

    async def put(self, said: dict[str, Any]) -> httpx.Response:
        return await self.ask("PUT", "/statements", params={"statementId": said["id"]}, json=said)

    async def get(self, **params: Any) -> httpx.Response:
        return await self.ask("GET", "/statements", params=params)

    async def found(self, **params: Any) -> list[str]:
        """The ids of all statements on the first page."""
        answer = await self.get(**params)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["statements"]]

    async def stored(self, **more: Any) -> dict[str, Any]:
        """Store a statement about this test's activity; with its id."""
        said = statement(**{"id": str(uuid4()), "object": {"id": self.activity}, **more})
        answer = await self.post(said)
        assert answer.status_code == 200, answer.text
        return said


async def _lrs(school: Any, **more: Any) -> Lrs:
    client = Client(f"lms-{secrets.token_hex(4)}", HOME, **more)
    async with school.app.database.transaction() as tx:
        secret = await add_client(tx, client, datetime.now(UTC))
    return Lrs(school.http, client, secret, school)


@pytest.fixture
async def lrs(office: Any) -> Lrs:
    return await _lrs(office)


@pytest.fixture
async def another(office: Any) -> Lrs:
    """Another learning system."""
    return await _lrs(office)


@pytest.fixture
async def supervisor(office: Any) -> Lrs:
    """A client that reads all."""
    return await _lrs(office, reads_all=True)
