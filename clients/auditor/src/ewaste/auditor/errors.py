"""What stops a command before it has checked anything."""

__all__ = ["CannotRun"]


class CannotRun(Exception):
    """Nothing was checked: the message says why and what to do. Exit code 2."""
