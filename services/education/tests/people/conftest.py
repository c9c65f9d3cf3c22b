"""A school with its roster, the people who lead it, and somebody of the city who is signed in."""

import asyncio
import csv
import io
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from ewaste.education.app import build_app
from ewaste.education.people.rooms import sign_in_rules
from ewaste.education.people.roster.binding import TABLES
from ewaste.education.people.roster.manifest import write_manifest
from ewaste.education.people.signin.handlers import invite_official
from ewaste.education.settings import Settings
from ewaste.runtime.app import App, Role
from ewaste.runtime.testing import Stack, client, prepared

Rows = dict[str, list[dict[str, str]]]
"""The rows of each file, without the cells that are empty."""


def small_roster(mark: str) -> Rows:
    """A school with one class: a teacher, two pupils, the mother of one; every id ends with `mark`."""
    org, city = f"org-{mark}", f"city-{mark}"
    return {
        "orgs": [
            {"sourcedId": city, "name": "เทศบาลนครเชียงใหม่", "type": "district"},
            {"sourcedId": org, "name": "โรงเรียนเทศบาลดอกเงิน", "type": "school", "parentSourcedId": city},
        ],
        "academicSessions": [
            {"sourcedId": f"year-{mark}", "title": "2569", "type": "schoolYear", "startDate": "2026-05-16",
             "endDate": "2027-03-31", "schoolYear": "2027"},
        ],
        "courses": [{"sourcedId": f"course-{mark}", "title": "อุ่นใจไซเบอร์", "orgSourcedId": city}],
        "classes": [
            {"sourcedId": f"class-{mark}", "title": "ป.5/2", "grades": "05", "courseSourcedId": f"course-{mark}",
             "classType": "homeroom", "schoolSourcedId": org, "termSourcedIds": f"year-{mark}"},
        ],
        "users": [
            _user(f"teacher-{mark}", "มะลิ", f"ใจดี{mark}"),
            _user(f"pupil-{mark}-1", "สมชาย", f"เรียนดี{mark}", grades="05", agentSourcedIds=f"mother-{mark}"),
            _user(f"pupil-{mark}-2", "สมหญิง", f'ว่า "ขยัน", จริง{mark}', grades="05"),
            _user(f"mother-{mark}", "สมศรี", f"เรียนดี{mark}", agentSourcedIds=f"pupil-{mark}-1"),
        ],
        "roles": [
            _role(f"teacher-{mark}", "teacher", org),
            _role(f"pupil-{mark}-1", "student", org),
            _role(f"pupil-{mark}-2", "student", org),
            _role(f"mother-{mark}", "parent", org),
        ],
        "enrollments": [
            _place(mark, f"teacher-{mark}", "teacher"),
            _place(mark, f"pupil-{mark}-1", "student"),
            _place(mark, f"pupil-{mark}-2", "student"),
        ],
    }  # fmt: skip


def _user(sourced_id: str, given: str, family: str, **more: str) -> dict[str, str]:
    names = {"username": sourced_id, "givenName": given, "familyName": family}
    return {"sourcedId": sourced_id, "enabledUser": "true", **names, **more}


def _role(user: str, role: str, org: str) -> dict[str, str]:
    who = {"userSourcedId": user, "orgSourcedId": org}
    return {"sourcedId": f"role-{user}", "roleType": "primary", "role": role, **who}


def _place(mark: str, user: str, role: str) -> dict[str, str]:
    where = {"classSourcedId": f"class-{mark}", "schoolSourcedId": f"org-{mark}"}
    return {"sourcedId": f"place-{user}", "userSourcedId": user, "role": role, "primary": "true", **where}


def files_of(rows: Rows, modes: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """The files of a roster; with `modes` some of them tell changes only."""
    manifest = write_manifest(frozenset(rows), None, None)
    said = {f"file.{name}": mode for name, mode in (modes or {}).items()}
    files = {"manifest.csv": _csv([[name, said.get(name, value)] for name, value in manifest])}
    for name, lines in rows.items():
        header = list(dict.fromkeys((*TABLES[name].header, *(column for line in lines for column in line))))
        files[f"{name}.csv"] = _csv([header, *([line.get(column, "") for column in header] for line in lines)])
    return files


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with ZipFile(data, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()


@dataclass
class City:
    """A client of the running service, signed in as somebody of the city, and a roster of its own."""

    http: httpx.AsyncClient
    app: App
    stack: Stack
    settings: Settings
    code: str = ""
    mark: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def roster_id(self) -> str:
        """Not the mark: a roster's id may be in addresses and logs, what is marked may not."""
        return f"roster-{self.mark[::-1]}"

    async def send(self, files: Mapping[str, bytes], **query: Any) -> httpx.Response:
        url = f"/rosters/{self.roster_id}"
        return await self.http.put(url, content=zipped(files), params=query)

    async def take(self, rows: Rows | None = None) -> Rows:
        """Import a roster; its rows."""
        rows = rows or small_roster(self.mark)
        answer = await self.send(files_of(rows))
        assert answer.status_code == 200, answer.text
        return rows

    async def group(self) -> str:
        """The class of the small roster."""
        groups = (await self.http.get("/groups", params={"school_id": "cm-school-01", "limit": 500})).json()["items"]
        found = [one["group_id"] for one in groups if await self._is_mine(one["group_id"])]
        return str(found[0])

    async def _is_mine(self, group_id: str) -> bool:
        rows = await self.rows("SELECT roster_id FROM learner_group WHERE group_id = $1", group_id)
        return rows[0]["roster_id"] == self.roster_id

    async def members(self) -> list[dict[str, Any]]:
        """Teacher, then pupils."""
        answer = await self.http.get(f"/groups/{await self.group()}/members")
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    async def sheet(self, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/groups/{await self.group()}/sheet", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def as_pupil(self, sheet: Mapping[str, Any], number: int = 1) -> httpx.Response:
        card = next(one for one in sheet["cards"] if one["number"] == number)
        body = {"class_code": sheet["code"], "number": number, "pictures": [p["picture_id"] for p in card["pictures"]]}
        return await self.http.post("/sign-in/pupil", json=body)

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        from ewaste.runtime.database import driver

        async with self.app.database.transaction() as tx:
            return list(await (await driver(tx)).fetch(statement, *values))


def bearer(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


@pytest.fixture(scope="module")
def settings(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return asyncio.run(prepared(stack, Settings, state_dir=tmp_path_factory.mktemp("state"), sign_in_work=4))


@pytest.fixture
async def city(settings: Settings, stack: Stack) -> AsyncIterator[City]:
    app = build_app(settings)
    async with app.database.transaction() as tx:
        _, code = await invite_official(tx, sign_in_rules(settings), datetime.now(UTC))
    async with client(app, Role.API) as http:
        http.headers.update(bearer(await http.post("/sign-in/code", json={"code": code})))
        yield City(http, app, stack, settings, code)


@pytest.fixture
def rows() -> Callable[[str], Rows]:
    return small_roster


# Test folders are no packages: what they share is handed over as fixtures.
@pytest.fixture(name="files_of")
def _files_of() -> Callable[..., dict[str, bytes]]:
    return files_of


@pytest.fixture(name="zipped")
def _zipped() -> Callable[[Mapping[str, bytes]], bytes]:
    return zipped


@pytest.fixture(name="bearer")
def _bearer() -> Callable[[httpx.Response], dict[str, str]]:
    return bearer
