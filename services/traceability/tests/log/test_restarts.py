"""Killed at any step and started again, a log shows the same bytes to everyone who saw some before."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from ewaste.evidence.ledger.record import Record, leaf_of
from ewaste.evidence.notes.note import parse_note
from ewaste.evidence.notes.policy import parse_policy
from ewaste.evidence.notes.witness import parse_add_checkpoint
from ewaste.evidence.tiles.files import LogFolder
from ewaste.evidence.tiles.growth import Edge, grow
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import storage
from ewaste.traceability.log.folder import Follower, open_folder
from ewaste.traceability.log.keys import LogKeys
from ewaste.traceability.log.model import Cadence
from ewaste.traceability.log.policy import policy_text, read_witnesses
from ewaste.traceability.log.publisher import Publisher
from ewaste.traceability.log.witnesses import Witnesses

STEPS = [
    (storage, "keep_signed"),
    (Witnesses, "ask"),
    (storage, "keep_witness"),
    (storage, "keep_cosigned"),
    (Follower, "publish"),
    (storage, "mark_published"),
]


class Killed(Exception):
    """The process ends here."""


def kill(patch: pytest.MonkeyPatch, owner: Any, name: str, *, after: bool) -> None:
    """End at this step: before it does anything, or when it has done all."""
    whole: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def ended(*arguments: Any, **more: Any) -> Any:
        if after:
            await whole(*arguments, **more)
        raise Killed

    patch.setattr(owner, name, ended)


async def life(logged: Any) -> bytes:
    """A process that takes in what is there, publishes it and ends; gives what readers see."""
    settings = logged.settings
    database = Database(settings)
    follower = Follower(database, Ledger.LEARNING, await open_folder(logged.folder, logged.origin))
    try:
        await follower.hold_to_ledger()
        while await follower.turn():
            pass
        signers = LogKeys(settings.log_key_file(Ledger.LEARNING), logged.origin).signers()
        lines = read_witnesses(settings.log_policy_file)
        policy = parse_policy(policy_text([str(each.key) for each in signers], lines))
        async with httpx.AsyncClient() as http:
            witnesses = Witnesses(policy, http, 5.0)
            publisher = Publisher(
                database, Ledger.LEARNING, follower, signers, policy, witnesses, Outbox(settings), Cadence()
            )
            await publisher.guard()
            await publisher.turn(datetime.now(UTC))
        return await follower.published() or b""
    finally:
        await follower.close()
        await database.close()


def files(folder: Path) -> dict[str, bytes]:
    """What readers may fetch, partial tiles of older sizes left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


async def test_a_checkpoint_keeps_its_bytes_wherever_its_log_was_killed(logged: Any, witnesses: Any) -> None:
    (witness,) = witnesses("campus")
    logged.trusted_by(witness, quorum=1)
    size = 0
    for owner, name in STEPS:
        for after in (False, True):
            size += 1
            await logged.grow(1)
            with pytest.MonkeyPatch.context() as patch:
                # The guard of a first start asks too: it must not be what is killed.
                patch.setattr(Publisher, "guard", _nothing)
                kill(patch, owner, name, after=after)
                with pytest.raises(Killed):
                    await life(logged)
            seen = (logged.folder / "checkpoint").read_bytes() if (logged.folder / "checkpoint").exists() else b""
            # Whoever signs with another key now would make other bytes for the same size.
            keys = LogKeys(logged.settings.log_key_file(Ledger.LEARNING), logged.origin)
            keys.add()
            witness.logs = [each.key for each in keys.signers()]

            note = await life(logged)

            assert note.split(b"\n")[1] == b"%d" % size, (name, after)
            if seen.split(b"\n")[1:2] == [b"%d" % size]:
                assert note == seen, (name, after)
    sent: dict[str, set[bytes]] = {}
    for body in witness.requests:
        request = parse_add_checkpoint(body)
        sent.setdefault(parse_note(request.checkpoint).text, set()).add(request.checkpoint)
    sizes = [text.split("\n")[1] for text in sent if text.split("\n")[1] != "0"]
    assert len(sizes) == len(set(sizes)), "one size, one root"
    assert all(len(notes) == 1 for text, notes in sent.items() if text.split("\n")[1] != "0"), "one size, one note"


async def _nothing(publisher: Publisher) -> None: ...


async def test_tiles_are_the_same_wherever_their_writer_was_killed(logged: Any) -> None:
    entries: list[bytes] = []
    for number, (owner, name) in enumerate([(storage, "keep_places"), (Follower, "_append"), (LogFolder, "append")]):
        for after in (False, True):
            large = Record("ewaste.large", 0, len(entries), 1, b"%d" % number, (), b"y" * 70_000)
            await logged.grow(150, large)
            entries += [leaf_of(logged.record(at)) for at in range(logged.offset - 150, logged.offset)]
            entries.append(leaf_of(large))
            with pytest.MonkeyPatch.context() as patch:
                if owner is LogFolder:
                    kill_in_thread(patch, after=after)
                else:
                    kill(patch, owner, name, after=after)
                with pytest.raises(Killed):
                    await life(logged)

            await life(logged)

    expected = {tile.path: content for tile, content in grow(Edge(), entries).tiles.items()}
    found = files(logged.folder)
    assert expected.items() <= found.items()
    assert {path for path in found if path.startswith("tile") and ".p/" not in path} == {
        path for path in expected if ".p/" not in path
    }
    assert sum(path.startswith("content/") for path in found) == 1


def kill_in_thread(patch: pytest.MonkeyPatch, *, after: bool) -> None:
    whole = LogFolder.append

    def ended(self: LogFolder, *arguments: Any, **more: Any) -> Any:
        if arguments[1]:  # not the contents that come first, nor the comparison at the start
            if after:
                whole(self, *arguments, **more)
            raise Killed
        return whole(self, *arguments, **more)

    patch.setattr(LogFolder, "append", ended)


async def test_a_folder_that_is_lost_is_made_again_from_the_ledger(logged: Any) -> None:
    await logged.grow(400)
    note = await life(logged)
    before = files(logged.folder)
    logged.folder.rename(logged.folder.with_name("lost"))

    assert await life(logged) == note

    assert files(logged.folder) == before
