"""Statements, documents of state, clients, and what was made of statements."""
