"""`docker-compose.yml` is valid and complete. No container runs here: docs/operations/compose.md says so."""

import json
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from ewaste.auditor.cli import app as auditor
from ewaste.contracts.fields import Context
from ewaste.traceability.log.policy import read_witnesses
from ewaste.traceability.settings import Settings as Traceability
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
SERVICES = [context for context in Context if context is not Context.PARTNER]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_it_is_valid_against_the_compose_specification(compose: Any) -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    errors = [
        f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in Draft202012Validator(schema).iter_errors(compose)
    ]
    assert not errors


def test_docker_itself_reads_it() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the compose plugin of docker is not installed here")
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, check=True)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_built_from_its_own_dockerfile_and_migrates_before_it_starts(
    compose: Any, service: str
) -> None:
    told = compose["services"][service]
    assert told["build"]["dockerfile"] == f"services/{service}/Dockerfile"
    assert (ROOT / told["build"]["dockerfile"]).read_text().count(f"ewaste.{service}") == 1
    assert told["depends_on"][f"{service}-migrate"] == {"condition": "service_completed_successfully"}
    assert "readyz" in " ".join(told["healthcheck"]["test"])
    assert f"ewaste_{service};" in (ROOT / "deploy/compose/create-databases.sql").read_text()


def test_every_setting_is_one_that_the_services_read(compose: Any) -> None:
    services = [import_module(f"ewaste.{service}.settings").Settings for service in SERVICES]
    known = {f"EWASTE_{name.upper()}" for settings in services for name in settings.model_fields}
    assert set(compose["x-environment"]) <= known


def test_the_log_is_kept_apart_and_its_policy_can_be_read(compose: Any) -> None:
    told = compose["services"]["traceability"]
    known = {f"EWASTE_{name.upper()}" for name in Traceability.model_fields}
    volumes = dict(volume.split(":")[:2] for volume in told["volumes"])
    policy = next(path for path, inside in volumes.items() if inside == told["environment"]["EWASTE_LOG_POLICY_FILE"])
    assert set(told["environment"]) <= known
    assert volumes["log"] == told["environment"]["EWASTE_LOG_DIR"]
    assert read_witnesses(ROOT / policy).endswith("quorum none\n")


@pytest.mark.parametrize("name", ["witness-1", "witness-2"])
def test_a_witness_is_started_with_the_options_that_it_has(compose: Any, name: str) -> None:
    witness = compose["services"][name]
    command = typer.main.get_command(auditor).commands[witness["command"][0]]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {each.partition("=")[0] for each in witness["command"][1:]} <= options
    assert (ROOT / witness["build"]["dockerfile"]).read_text().count("ewaste.auditor") == 1
    assert witness["volumes"] == [f"{name}:/var/lib/witness"]
    assert witness["profiles"] == ["witnesses"]


def test_kafka_loses_nothing_when_a_broker_is_lost(compose: Any) -> None:
    settings = compose["x-kafka-settings"]
    assert settings["KAFKA_DEFAULT_REPLICATION_FACTOR"] == 3
    assert settings["KAFKA_MIN_INSYNC_REPLICAS"] == 2
    assert settings["KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE"] == "false"
    assert settings["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert settings["KAFKA_LOG_RETENTION_MS"] == -1


def test_the_image_installs_what_the_lock_says() -> None:
    everything = _pins(ROOT / "requirements.lock")
    for name, version in _pins(ROOT / "services/requirements.lock").items():
        assert everything[name] == version, f"{name}: run `make lock`"


def _pins(lock: Path) -> dict[str, str]:
    lines = [
        line.split(";")[0].strip(" \\") for line in lock.read_text().splitlines() if "==" in line and line[0].isalpha()
    ]
    return dict(line.split("==") for line in lines)
