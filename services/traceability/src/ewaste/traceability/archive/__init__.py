"""Whole ranges of the ledgers as Parquet, sealed by an event."""
