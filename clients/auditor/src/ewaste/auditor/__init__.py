"""Verify and trace the ledger offline."""
