"""The chain of custody as a projection of the ledger."""
