"""Use cases: load, decide, save, tell. The caller owns the transaction."""
