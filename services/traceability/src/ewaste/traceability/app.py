"""The composition root: the only place that constructs anything."""

from ewaste.runtime.app import App, Background
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.alerts.api import alert_router
from ewaste.traceability.alerts.handlers import Watch
from ewaste.traceability.api import router
from ewaste.traceability.certificates.api import router as documents
from ewaste.traceability.certificates.handlers import Certifier
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.consumers import subscriptions
from ewaste.traceability.exports.epcis import router as epcis
from ewaste.traceability.exports.registers_api import router as registers
from ewaste.traceability.keeping import attester, sealer
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.api import log_router
from ewaste.traceability.log.guard import sequencing_guard
from ewaste.traceability.log.policy import read_witnesses
from ewaste.traceability.log.room import LogRoom
from ewaste.traceability.log.signals import LogMetrics
from ewaste.traceability.pages import router as pages
from ewaste.traceability.projector import Projector
from ewaste.traceability.settings import Settings

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    feed = Feed()
    keyring = Keyring(settings.key_file, settings.issuer_url)
    api = build_api("E-waste Trace: traceability", "The ledger, the chain of custody and the certificates.")
    outbox = Outbox(settings)
    projector = Projector(database, Certifier(settings.source, outbox), feed, settings.batch_records, Watch(outbox))
    api.include_router(router(database, settings))
    api.include_router(alert_router(database))
    api.include_router(epcis(database, settings))
    api.include_router(documents(database, keyring, settings.source))
    api.include_router(registers(database, f"urn:ewaste:{settings.city}:{Ledger.CUSTODY}"))
    api.include_router(pages(database, keyring, settings.source))
    witnesses = read_witnesses(settings.log_policy_file)
    api.include_router(log_router(database, settings, witnesses))
    metrics = Metrics()
    log_metrics = LogMetrics(metrics)
    logs = [LogRoom(ledger, settings, database, outbox, log_metrics, witnesses) for ledger in Ledger]
    background = (
        Background("custody", projector.run),
        Background("attest", attester(settings, database, outbox).run),
        Background("archive", sealer(settings, database, outbox).run),
        *(Background(log.name, log.run) for log in logs),
    )
    app = App(settings, database, api, subscriptions(feed, sequencing_guard(settings)), background, metrics)
    app.health.watched.extend(log.progress for log in logs)
    return app
