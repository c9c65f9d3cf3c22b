"""Receipts: one record's place in the log, shown to anyone without the log."""
