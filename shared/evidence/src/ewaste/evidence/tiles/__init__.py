"""The ledger's tree as files that anyone can mirror (C2SP tlog-tiles)."""
