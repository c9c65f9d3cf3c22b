"""The migrations make the tables that the code expects."""

from ewaste.runtime.database import Database
from ewaste.runtime.testing import Stack, prepared, schema_differences
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.custody.storage import TOUCHES
from ewaste.traceability.ledger import storage as ledger
from ewaste.traceability.settings import Settings
from ewaste.traceability.storage import Table


async def test_a_migrated_database_is_what_the_models_say(stack: Stack) -> None:
    assert {certificates.CertificateRow.__table__.name, ledger.LedgerHeadRow.__table__.name, TOUCHES.name} <= set(
        Table.metadata.tables
    )
    database = Database(await prepared(stack, Settings))
    try:
        assert await schema_differences(database, Table.metadata) == []
    finally:
        await database.close()
