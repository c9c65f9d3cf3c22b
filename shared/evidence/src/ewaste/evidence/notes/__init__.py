"""Signed notes: checkpoints of the ledger, witnesses' cosignatures and receipts (C2SP)."""
