"""A copy of a log in a folder: taking it, reading it."""
