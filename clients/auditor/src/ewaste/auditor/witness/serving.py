"""Starts the witness: key, folder, logs, then the server, until it is told to stop."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ewaste.auditor.errors import CannotRun
from ewaste.auditor.witness.desk import Desk
from ewaste.auditor.witness.keyfile import create_key_file, read_key_file
from ewaste.auditor.witness.memory import claim_folder
from ewaste.auditor.witness.web import Application, build_application
from ewaste.evidence.keys import KeyUnusable
from ewaste.evidence.notes.keys import KeyKind, NoteKey, NoteSigner, parse_note_key

__all__ = ["open_desk", "serve"]

_EXTRA = "the witness needs a web server: pip install 'ewaste-auditor[witness]'"


def open_desk(folder: Path, key_file: Path, name: str | None, logs: Sequence[str]) -> Desk:
    """The desk with the key of this file, made under `name` when there is none. Raises CannotRun."""
    followed = _log_keys(logs)
    signer, is_new = _signer(key_file, name)
    claim_folder(folder, signer.key, is_new_key=is_new)
    return Desk(folder, signer, followed, clock=lambda: int(time.time()))


def serve(desk: Desk, host: str, port: int) -> None:
    """Answer requests until SIGTERM or SIGINT. Raises CannotRun."""
    run = _server()
    try:
        run(build_application(desk), host, port)
    finally:
        desk.close()


def _signer(key_file: Path, name: str | None) -> tuple[NoteSigner, bool]:
    if not key_file.exists():
        if name is None:
            raise CannotRun(f"{key_file} is not there; to make it, name the witness: --name witness.example/ours")
        return create_key_file(key_file, name), True
    signer = read_key_file(key_file)
    if name not in (None, signer.key.name):
        raise CannotRun(f"the key in {key_file} is called {signer.key.name}; leave --name out")
    return signer, False


def _log_keys(texts: Sequence[str]) -> list[NoteKey]:
    if not texts:
        raise CannotRun("give the key of each log to follow, as its operator publishes it: --log name+hash+base64")
    try:
        keys = [parse_note_key(text) for text in dict.fromkeys(texts)]
    except KeyUnusable as error:
        raise CannotRun(f"--log: {error}") from None
    if wrong := [key for key in keys if key.kind is not KeyKind.NOTE]:
        raise CannotRun(f"--log: {wrong[0]} is the key of a witness; a log's is wanted")
    return keys


def _server() -> Callable[[Application, str, int], None]:
    try:
        import uvicorn  # an extra: who only reads a log needs no server
    except ImportError:
        raise CannotRun(_EXTRA) from None

    def run(application: Application, host: str, port: int) -> None:
        # A log asks with one connection; more than these are somebody else's.
        uvicorn.run(
            application, host=host, port=port, limit_concurrency=200, backlog=256, server_header=False,
            timeout_keep_alive=75, timeout_graceful_shutdown=10, log_level="warning", access_log=False,
        )  # fmt: skip

    return run
