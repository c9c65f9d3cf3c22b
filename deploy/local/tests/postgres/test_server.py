"""A real PostgreSQL: its settings, its password, its databases."""

import stat
from collections.abc import Iterator

import asyncpg
import pytest
from ewaste.local.errors import StackFailed
from ewaste.local.infra import Infra
from ewaste.local.postgres.databases import base_url, ensure_databases


@pytest.fixture(scope="module")
def server() -> Iterator[Infra]:
    with Infra(kafka=False) as infra:
        yield infra


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("max_connections", "200"),
        ("timezone", "UTC"),
        ("server_encoding", "UTF8"),
    ],
)
async def test_settings(server: Infra, setting: str, value: str) -> None:
    assert await _value(server.create_database("settings"), f"SHOW {setting}") == value


async def test_text_is_ordered_by_code_point_and_thai_has_case_rules(server: Infra) -> None:
    url = server.create_database("locale")
    assert await _value(url, "SELECT string_agg(t, '' ORDER BY t) FROM unnest(ARRAY['ก','b','B','a']) t") == "Babก"
    assert await _value(url, "SELECT upper('é')") == "É"


async def test_the_password_is_asked_for(server: Infra) -> None:
    wrong = server.create_database("guarded").replace(server.database_url.split(":")[2].split("@")[0], "guess")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


def test_the_password_is_ours_alone(server: Infra) -> None:
    assert stat.S_IMODE((server.folder / "postgres.password").stat().st_mode) == 0o600


async def test_databases_are_created_once(server: Infra) -> None:
    names = ["ewaste_one", 'with "quotes"']
    assert await ensure_databases(server.database_url, names) == names
    assert await ensure_databases(server.database_url, names) == []
    assert await _value(server.create_database("ewaste_one"), "SELECT current_database()") == "ewaste_one"


async def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(StackFailed, match=r"PostgreSQL at 127\.0\.0\.1:1 could not set up"):
        await ensure_databases("postgresql://u:p@127.0.0.1:1", ["a"])


def test_base_url_loses_its_database_and_keeps_its_options() -> None:
    assert base_url("postgres://u:p@db:5432/main?ssl=require") == "postgresql://u:p@db:5432?ssl=require"
