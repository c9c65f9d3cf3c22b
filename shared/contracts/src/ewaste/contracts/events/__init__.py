"""The facts, one module per bounded context."""
