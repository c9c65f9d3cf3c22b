"""Under which account PostgreSQL runs: it refuses root, so as root we drop to one that owns nothing else."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewaste.local.errors import NotPermitted

__all__ = ["Account", "server_account"]

_NAME = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of this system, other than our own."""

    name: str
    uid: int
    gid: int

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for `subprocess` that make a child run under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def can_enter(self, folder: Path) -> bool:
        """Asked of the system rather than computed: modes, access lists and mounts all have a say."""
        command = ["/bin/sh", "-c", 'cd "$1" 2>/dev/null', "sh", str(folder)]
        return subprocess.run(command, check=False, **self.popen).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether `program --version` works under this account."""
        try:
            answer = subprocess.run([program, "--version"], capture_output=True, check=False, **self.popen)
        except OSError:
            return False
        return answer.returncode == 0


def server_account() -> Account | None:
    """The account to drop to, None when we are not root and the server can run as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError as problem:
        raise NotPermitted(
            f"PostgreSQL does not run as root and there is no account {_NAME!r} to run it under; "
            "start as another user, or set EWASTE_DATABASE_URL to a PostgreSQL that runs already"
        ) from problem
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
