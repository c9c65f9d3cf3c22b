"""What can keep the local stack from running; every message says what happened, where, and what to do next."""

__all__ = ["LocalError", "NotPermitted", "PortTaken", "StackFailed", "Unavailable", "WrongSetting"]


class LocalError(Exception):
    """The command can't go on. The message is meant for the person at the keyboard."""


class WrongSetting(LocalError):
    """An option or environment variable makes no sense: nothing was started or changed."""


class PortTaken(LocalError):
    """A port is in use by somebody else: nothing was started."""


class Unavailable(LocalError):
    """Java, the broker's jars or PostgreSQL's binaries could not be had: nothing was started."""


class NotPermitted(LocalError):
    """A folder is not ours to use or to delete: it was left as it is."""


class StackFailed(LocalError):
    """A part was started and failed; its log says why."""
