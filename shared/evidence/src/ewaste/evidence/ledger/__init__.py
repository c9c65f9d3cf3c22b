"""The ledger's leaves and tree: records as Kafka holds them, and RFC 6962 over them."""
