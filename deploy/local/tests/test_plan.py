"""Which ports are needed, and what the services are told."""

from dataclasses import replace
from pathlib import Path

import pytest
from ewaste.local.plan import needed_ports
from ewaste.local.services import migration, service, service_environment
from ewaste.local.settings import SERVICES, WITNESSES, LocalSettings, resolve_settings
from ewaste.local.supervision.model import Kind
from ewaste.local.witnesses import policy_lines, witness


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    return resolve_settings({}, state_dir=tmp_path / "state", cwd=tmp_path)


def test_all_parts_need_a_port(settings: LocalSettings) -> None:
    assert set(needed_ports(settings)) == {"kafka", "kafka-controller", "postgres", *SERVICES, *WITNESSES}
    assert set(needed_ports(settings, only_infra=True)) == {"kafka", "kafka-controller", "postgres"}


def test_a_database_elsewhere_needs_no_port_here(settings: LocalSettings) -> None:
    elsewhere = replace(settings, database_url="postgresql://user@db.example:5432")
    assert "postgres" not in needed_ports(elsewhere)


def test_a_service_is_a_command_with_an_environment(settings: LocalSettings) -> None:
    environment = service_environment(settings, "127.0.0.1:9092", "postgresql://u:p@127.0.0.1:54321")
    process = service("dropoff", settings, environment)
    assert process.command[1:] == ("-m", "ewaste.dropoff", "serve", "--role", "all")
    assert process.health_url == "http://127.0.0.1:8101/readyz"
    assert process.env == {
        "EWASTE_KAFKA_SERVERS": "127.0.0.1:9092",
        "EWASTE_DATABASE_URL": "postgresql://u:p@127.0.0.1:54321",
        "EWASTE_STATE_DIR": str(settings.state_dir),
        "EWASTE_LOG_LEVEL": "INFO",
        "EWASTE_LOG_POLICY_FILE": str(settings.state_dir / "log-policy"),
        "EWASTE_TRACEABILITY_URL": "http://127.0.0.1:8105",
        "EWASTE_HTTP_PORT": "8101",
    }


def test_a_migration_runs_once(settings: LocalSettings) -> None:
    assert migration("recycler", {}).kind is Kind.ONCE
    assert migration("recycler", {}).command[1:] == ("-m", "ewaste.recycler", "migrate")


def test_a_witness_keeps_its_key_and_its_memory_and_follows_every_log(settings: LocalSettings) -> None:
    process = witness("witness-2", settings, ["urn:a+1+A", "urn:b+2+B"])
    home = settings.state_dir / "witnesses" / "witness-2"
    assert process.command[1:6] == ("-m", "ewaste.auditor", "witness", "--folder", str(home / "memory"))
    assert process.command[-4:] == ("--log", "urn:a+1+A", "--log", "urn:b+2+B")
    assert process.health_url == "http://127.0.0.1:8472/"


def test_the_policy_asks_for_every_witness() -> None:
    assert policy_lines({"one": "w1+1+B", "two": "w2+2+B"}, {"one": "http://a", "two": "http://b"}) == (
        "witness one w1+1+B http://a\nwitness two w2+2+B http://b\ngroup witnesses all one two\nquorum witnesses\n"
    )
