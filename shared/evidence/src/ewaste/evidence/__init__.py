"""Pure functions that prove: records, Merkle tree, signatures, custody, mass balance, certificates."""
