"""What the service told in the records of itself: alerts, sealed files, attested states."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Final

from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.events.traceability import ArchiveSealed, CustodyGapClosed, CustodyGapOpened, ReadModelAttested
from ewaste.contracts.fields import Part
from ewaste.contracts.registry import read_data
from ewaste.evidence.alerts.gaps import Gap
from ewaste.evidence.archive.writer import Written
from ewaste.evidence.custody.fold import in_its_place
from ewaste.evidence.custody.graph import node
from ewaste.evidence.replay.digest import State
from ewaste.runtime.database import Transaction
from ewaste.traceability.alerts import storage as alerts
from ewaste.traceability.archive import storage as archive
from ewaste.traceability.attest import storage as attest
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.rebuild import storage
from ewaste.traceability.rebuild.source import LogSource
from ewaste.traceability.settings import Settings

__all__ = ["restore_alerts", "restore_keeping"]

_PAGE: Final = 1_000


async def restore_alerts(tx: Transaction, source: str) -> None:
    """Open and close alerts as this source told them, each at its place in the ledger."""
    async for index, at, said in _said(tx, source, "ewaste.traceability.CustodyGap"):
        if isinstance(said, CustodyGapOpened):
            gap = Gap(said.gap_id, said.kind, node(said.subject.kind, said.subject.id), said.evidence)
            await alerts.open_gaps(tx, [gap], index, at)
        elif isinstance(said, CustodyGapClosed):
            await alerts.close_gaps(tx, {said.gap_id: said.evidence}, at)


async def restore_keeping(tx: Transaction, settings: Settings, logs: Mapping[Ledger, LogSource]) -> None:
    """What was sealed, so that the next range goes on there, and what was attested, so that it is not told again."""
    by_origin = {origin_of(settings.city, ledger): (ledger, log) for ledger, log in logs.items()}
    async for _, at, said in _said(tx, settings.source, "ewaste.traceability.ArchiveSealed"):
        if isinstance(said, ArchiveSealed) and said.origin in by_origin:
            await _restore_seal(tx, said, *by_origin[said.origin], at)
    async for _, at, said in _said(tx, settings.source, "ewaste.traceability.ReadModelAttested"):
        if isinstance(said, ReadModelAttested):
            state = State(said.size, bytes.fromhex(said.root), said.models)
            await attest.save(tx, state, said.code_digest, at)


async def _restore_seal(tx: Transaction, said: ArchiveSealed, ledger: Ledger, log: LogSource, at: datetime) -> None:
    if said.end > log.tree.size:
        return
    written = Written(
        said.start, said.end, bytes.fromhex(said.range_hash), said.file_sha256, said.file_bytes, said.writer
    )
    await archive.save(tx, ledger, written, log.tree.frontier(said.end), at)


async def _said(tx: Transaction, source: str, text: str) -> AsyncIterator[tuple[int, datetime, Part]]:
    indices = await storage.own_words(tx, text)
    for start in range(0, len(indices), _PAGE):
        for entry in await ledger_storage.entries_at(tx, Ledger.CUSTODY, indices[start : start + _PAGE]):
            envelope = entry.envelope
            if envelope is None or envelope.source != source or not envelope.type.startswith(text):
                continue
            if not in_its_place(entry.record.topic, envelope):
                continue
            try:
                yield entry.index, envelope.time, read_data(envelope).data
            except InvalidEvent:
                continue
