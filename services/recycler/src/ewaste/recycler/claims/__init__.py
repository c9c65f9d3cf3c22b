"""What partners confirm: whose word it is, whether it can be true, and what becomes of it."""
