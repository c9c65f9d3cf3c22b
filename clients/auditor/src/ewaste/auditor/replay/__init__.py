"""The ledger folded again from its records alone: read models, certificates, and what the service said of them."""
