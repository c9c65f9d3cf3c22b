"""The service's tables and every query."""
