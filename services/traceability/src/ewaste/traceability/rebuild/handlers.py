"""Rebuilds everything this service stores from the records: ledgers, read models, certificates, alerts, seals.

What the service said before is taken from the records, never said again: a certificate is derived at the size that it
names and must be the announced one, byte for byte; an alert is the one that was told. What was decided and not yet told
when the records end is decided again, as it is after any restart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.certificates.reissue import Suspension
from ewaste.evidence.custody.graph import node
from ewaste.evidence.replay.digest import State
from ewaste.evidence.replay.told import Told, told_of
from ewaste.runtime.database import Database, Transaction, driver
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.alerts.handlers import Watch
from ewaste.traceability.attest.handlers import snapshot_of
from ewaste.traceability.attest.storage import read_state
from ewaste.traceability.certificates import places
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.certificates.handlers import Certifier
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.custody.handlers import evidence_of, project
from ewaste.traceability.exports import registers
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.ledger.storage import Head
from ewaste.traceability.log.restore import extend
from ewaste.traceability.rebuild import storage
from ewaste.traceability.rebuild.source import LogSource, SourceUnusable
from ewaste.traceability.rebuild.words import restore_alerts, restore_keeping
from ewaste.traceability.settings import Settings

__all__ = ["Rebuilt", "rebuild"]

_NAME: Final = "custody"
_MOST: Final = 4_000
_JUDGED_AT_ONCE: Final = 100


@dataclass(slots=True)
class Rebuilt:
    """What came of it; `unfounded` are certificates that the records announce and do not give."""

    sizes: dict[Ledger, int] = field(default_factory=dict)
    certificates: int = 0
    unfounded: list[str] = field(default_factory=list)
    state: State | None = None


async def rebuild(database: Database, settings: Settings, logs: Mapping[Ledger, LogSource]) -> Rebuilt:
    """Fill an empty, migrated database from these logs; the service must not run.

    Raises SourceUnusable where the database is not empty, BytesDiffer where a log's files do not make its root,
    LookupError where it lacks some.
    """
    done = Rebuilt()
    if (held := await storage.held(database)) is not None:
        raise SourceUnusable(f"the database is not empty ({held} has rows): make a new one, run `migrate`, then this")
    for ledger, log in logs.items():
        done.sizes[ledger] = await _fill(database, settings, ledger, log)
    outbox = Outbox(settings)
    async with database.transaction() as tx:
        await restore_alerts(tx, settings.source)
        await restore_keeping(tx, settings, logs)
    await _project(database, Watch(outbox))
    if (chain := logs.get(Ledger.CUSTODY)) is not None:
        async with database.transaction() as tx:
            told = [each for each in await _told(tx) if each.source == settings.source]
        for each in told:
            async with database.transaction() as tx:
                await _restore_certificate(tx, each, chain, done)
        await _judge_the_rest(database, Certifier(settings.source, outbox), chain)
    async with snapshot_of(database) as tx:
        done.state = await read_state(tx)
    return done


async def _fill(database: Database, settings: Settings, ledger: Ledger, log: LogSource) -> int:
    size = 0
    while size < log.tree.size:
        async with database.transaction() as tx:
            size = await extend(tx, settings, ledger, log.tree, log, size)
    return size


async def _project(database: Database, watch: Watch) -> None:
    """As the projector does, but for what it decides: that is in the records."""
    position, taken = 0, True
    while taken:
        async with database.transaction() as tx:
            position = await custody.lock_position(tx, _NAME)
            head = await ledger_storage.next_segment_end(tx, Ledger.CUSTODY, position, _MOST)
            taken = head is not None
            if head is not None:
                await _take(tx, watch, position, head)


async def _take(tx: Transaction, watch: Watch, position: int, head: Head) -> None:
    entries = await ledger_storage.entries_from(tx, Ledger.CUSTODY, position, head.size)
    projected = await project(tx, entries)
    await registers.note(tx, entries)
    await places.save(tx, entries)
    await custody.move_position(tx, _NAME, head.size)
    # What is missing may be in the next entries: nodes are noted down, and judged by the running service.
    await watch.look(tx, projected, head.size, datetime.now(UTC), behind=True)


async def _told(tx: Transaction) -> list[Told]:
    """Every event about a certificate, in ledger order."""
    indices = [row["index"] for row in await (await driver(tx)).fetch('SELECT "index" FROM certificate_event')]
    entries = await ledger_storage.entries_at(tx, Ledger.CUSTODY, indices)
    found = (told_of(each.index, each.record.topic, each.envelope) for each in entries)
    return [each for each in found if each is not None]


async def _restore_certificate(tx: Transaction, told: Told, log: LogSource, done: Rebuilt) -> None:
    data = told.data
    if isinstance(data, CertificateSuspended):
        if await certificates.suspension(tx, data.certificate_id) is None:
            suspension = Suspension(data.certificate_id, data.reason, data.evidence, data.open_lines)
            await certificates.save_suspension(tx, suspension, told.at)
        return
    if await certificates.certificate(tx, data.certificate_id) is not None:
        return
    if (issued := await _derived(tx, told, data, log)) is None:
        done.unfounded.append(data.certificate_id)
        return
    await certificates.save_certificate(tx, issued, data.ledger_size, data.replaces_certificate_id, told.at)
    done.certificates += 1


async def _derived(tx: Transaction, told: Told, data: CertificateIssued, log: LogSource) -> Certificate | None:
    """The certificate that this event announces, from the records before it; None where they give another or none."""
    size = data.ledger_size
    root = log.tree.root(size) if size <= told.index else b""
    if root.hex() != data.ledger_root:
        return None
    evidence = await evidence_of(tx, node("batch", data.batch_id))
    judged = certify(evidence, data.batch_id, issuer=told.source, ledger_size=size, ledger_root=root)
    same = isinstance(judged, Certificate) and judged.event_data(data.replaces_certificate_id) == data
    return judged if same and isinstance(judged, Certificate) else None


async def _judge_the_rest(database: Database, certifier: Certifier, log: LogSource) -> None:
    """The last look at every batch, as the projector would have left it."""
    async with database.transaction() as tx:
        position = await custody.position(tx, _NAME)
        batches = await storage.batches(tx)
    head = Head(position, log.tree.root(position))
    for start in range(0, len(batches), _JUDGED_AT_ONCE):
        async with database.transaction() as tx:
            await certifier.look(tx, batches[start : start + _JUDGED_AT_ONCE], head, datetime.now(UTC))
