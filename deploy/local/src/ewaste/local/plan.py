"""From settings to a plan: which processes, in which stages, after preparing what they need on disk."""

from collections.abc import Callable, Mapping

from ewaste.local.kafka.broker import Broker
from ewaste.local.kafka.jars import ensure_jars
from ewaste.local.kafka.java import find_java
from ewaste.local.postgres.databases import base_url
from ewaste.local.postgres.server import open_server
from ewaste.local.services import migration, service, service_environment, setup_step
from ewaste.local.settings import SERVICES, WITNESSES, LocalSettings
from ewaste.local.supervision.model import Plan, Process, Stage
from ewaste.local.witnesses import log_keys, witness, witness_home, witness_urls

__all__ = ["Report", "needed_ports", "prepare_plan"]

Report = Callable[[str], None]
"""Takes one line of progress."""


def needed_ports(settings: LocalSettings, *, only_infra: bool = False) -> dict[str, int]:
    """The ports that the plan will listen on, by name."""
    names = ["kafka", "kafka-controller"]
    names += [] if settings.database_url else ["postgres"]
    names += [] if only_infra else [*SERVICES, *WITNESSES]
    return {name: settings.ports[name] for name in names}


def prepare_plan(settings: LocalSettings, report: Report, *, only_infra: bool = False) -> Plan:
    """Find Java, bring the jars, format storage, create the database's data; starts no lasting process."""
    postgres, maintenance_url = _postgres(settings, report)
    kafka = _kafka(settings, report)
    environment = service_environment(settings, kafka.url or "", base_url(maintenance_url))
    stages = [
        Stage("Kafka and PostgreSQL", (kafka, *postgres)),
        Stage(
            "topics and databases",
            (
                setup_step("topics", environment),
                setup_step("databases", {**environment, "EWASTE_DATABASE_URL": maintenance_url}),
            ),
        ),
    ]
    if not only_infra:
        report("preparing the logs' keys")
        keys = log_keys(environment)
        for name in WITNESSES:
            witness_home(settings, name).mkdir(parents=True, exist_ok=True)
        told = {**environment, "EWASTE_WITNESSES": _listed(witness_urls(settings.ports))}
        migrations = [migration(name, environment) for name in SERVICES]
        witnesses = [witness(name, settings, keys) for name in WITNESSES]
        stages.append(Stage("migrations and witnesses", (*migrations, *witnesses)))
        stages.append(Stage("policy of the logs", (setup_step("policy", told),)))
        stages.append(Stage("services", tuple(service(name, settings, environment) for name in SERVICES)))
    return Plan(tuple(stages))


def _listed(urls: Mapping[str, str]) -> str:
    return " ".join(f"{name}={url}" for name, url in urls.items())


def _postgres(settings: LocalSettings, report: Report) -> tuple[list[Process], str]:
    """Our own server as a process, or nobody's; and the URL to create databases with."""
    if settings.database_url:
        return [], settings.database_url
    report("preparing PostgreSQL")
    server = open_server(settings.state_dir, settings.ports["postgres"])
    server.prepare()
    return [server.process()], server.url


def _kafka(settings: LocalSettings, report: Report) -> Process:
    report("preparing Kafka")
    broker = Broker(
        folder=settings.state_dir / "kafka",
        java=find_java(settings.java),
        jars=ensure_jars(settings.jar_cache, how=settings.jars, report=report),
        port=settings.ports["kafka"],
        controller_port=settings.ports["kafka-controller"],
        heap=settings.kafka_heap,
    )
    broker.prepare()
    return broker.process()
