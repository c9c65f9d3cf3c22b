"""The five services as processes: each is a command and an environment, nothing of them is imported."""

import sys
from collections.abc import Mapping

from ewaste.local.settings import LocalSettings
from ewaste.local.supervision.model import Kind, Process
from ewaste.local.witnesses import policy_file

__all__ = ["migration", "service", "service_environment", "setup_step"]


def service_environment(settings: LocalSettings, kafka_servers: str, database_url: str) -> dict[str, str]:
    """What every service is told; `database_url` has no database name, each service appends its own."""
    return {
        "EWASTE_KAFKA_SERVERS": kafka_servers,
        "EWASTE_DATABASE_URL": database_url,
        "EWASTE_STATE_DIR": str(settings.state_dir),
        "EWASTE_LOG_LEVEL": settings.log_level,
        "EWASTE_LOG_POLICY_FILE": str(policy_file(settings)),
        # Where a receipt's page leads the citizen's browser: to the chain and the certificate.
        "EWASTE_TRACEABILITY_URL": f"http://127.0.0.1:{settings.ports['traceability']}",
    }


def setup_step(name: str, environment: Mapping[str, str]) -> Process:
    """`topics`, `databases` or `policy`: see `ewaste.local.setup`."""
    command = (sys.executable, "-m", "ewaste.local.setup", name)
    return Process(name=name, command=command, env=environment, kind=Kind.ONCE)


def migration(name: str, environment: Mapping[str, str]) -> Process:
    """Brings the database of one service to the newest version of its schema."""
    command = (sys.executable, "-m", f"ewaste.{name}", "migrate")
    return Process(name=f"migrate-{name}", command=command, env=environment, kind=Kind.ONCE)


def service(name: str, settings: LocalSettings, environment: Mapping[str, str]) -> Process:
    """One service with all its roles (API, worker, relay) in one process."""
    port = settings.ports[name]
    url = f"http://127.0.0.1:{port}"
    return Process(
        name=name,
        command=(sys.executable, "-m", f"ewaste.{name}", "serve", "--role", "all"),
        env={**environment, "EWASTE_HTTP_PORT": str(port)},
        health_url=f"{url}/readyz",
        port=port,
        url=url,
        stop_seconds=25,
    )
