"""A ledger that is older than its log must not grow: it would become a second history."""

from ewaste.evidence.notes.checkpoints import CheckpointError
from ewaste.evidence.tiles.files import read_head
from ewaste.runtime.database import Transaction
from ewaste.runtime.subscription import RoleRefused
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.handlers import Guard
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import storage
from ewaste.traceability.settings import Settings

__all__ = ["sequencing_guard"]


def sequencing_guard(settings: Settings) -> Guard:
    """Refuses the sequencer's role where the log's folder or a note that was signed goes beyond the ledger."""

    async def check(tx: Transaction, ledger: Ledger) -> None:
        size = (await ledger_storage.head(tx, ledger)).size
        signed = await storage.newest(tx, ledger)
        folder = settings.log_folder(ledger)
        try:
            written = read_head(folder)
        except (CheckpointError, UnicodeDecodeError) as error:
            detail = f"the head of the log in {folder} can't be read: {error}; see docs/operations/log.md"
            raise RoleRefused(detail) from error
        known = max(signed.size if signed else 0, written.size if written else 0)
        if known > size:
            raise RoleRefused(
                f"the {ledger} ledger has {size} entries, and its log in {folder} has {known}: it comes from a backup. "
                "Nothing is sequenced. Stop the service, run `ewaste-traceability restore-ledger`, start it again "
                "(docs/operations/log.md)"
            )

    return check
