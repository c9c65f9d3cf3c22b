"""What leaves the ledger in other words: EPCIS documents, and registers as tables."""
