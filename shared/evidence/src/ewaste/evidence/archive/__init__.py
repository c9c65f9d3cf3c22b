"""A ledger's records as Parquet: the same bytes from the same records, for whoever wants to ask in SQL."""
