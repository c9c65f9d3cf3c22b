"""What a service's tables must hold after the ledger's first n records: `state(n) = fold(records[0..n))`."""
