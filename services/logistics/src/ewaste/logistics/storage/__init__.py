"""The service's tables and every query; writes take whole arrays."""
