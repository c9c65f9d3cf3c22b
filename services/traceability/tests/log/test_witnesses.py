"""Readers see a checkpoint when its quorum cosigned it; nobody waits but they, and a fork ends the signing."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from ewaste.evidence.ledger.record import leaf_of
from ewaste.evidence.notes.checkpoints import Checkpoint, open_checkpoint
from ewaste.evidence.notes.policy import PolicyError, parse_policy
from ewaste.evidence.notes.proof import check_receipt, parse_receipt
from ewaste.runtime.testing import eventually
from ewaste.traceability.log.policy import read_witnesses


async def published(logged: Any, size: int) -> bytes:
    async def look() -> bytes:
        path = logged.folder / "checkpoint"
        return path.read_bytes() if path.exists() else b""

    return await eventually(look, lambda note: note.split(b"\n")[1:2] == [b"%d" % size], seconds=20)


async def complaints(http: httpx.AsyncClient) -> str:
    return " ".join((await http.get("/readyz")).json()["complaints"])


async def alarms(http: httpx.AsyncClient) -> list[tuple[str, bool]]:
    found = (await http.get("/log/alarms")).json()
    return [(each["kind"], each["closed_at"] is None) for each in found]


def cosigners(logged: Any, note: bytes, *witnesses: Any) -> list[str]:
    found = open_checkpoint(note, [logged.key], [each.signer.key for each in witnesses])
    return sorted(each.key.name for each in found.cosigned)


async def test_two_of_three_are_enough_with_one_down_and_one_that_knows_an_older_size(
    logged: Any, witnesses: Any
) -> None:
    up, stale, down = witnesses("up", "stale", "down")
    logged.trusted_by(up, stale, down, quorum=2)
    await logged.grow(300)
    async with logged.running():
        await published(logged, 300)
    older = stale.remembers[logged.origin]
    down.stop()
    await logged.grow(300)
    async with logged.running():
        await published(logged, 600)
    stale.remembers[logged.origin] = older
    await logged.grow(300)

    async with logged.running() as http:
        note = await published(logged, 900)

        assert cosigners(logged, note, up, stale, down) == ["witness.example/stale", "witness.example/up"]
        policy = parse_policy((await http.get("/log/learning/policy")).content)
        record = logged.record(5)
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        receipt = parse_receipt((await http.get("/log/learning/receipts", params=place)).content)
        assert check_receipt(receipt, leaf_of(record), policy).checkpoint.size == 900


async def test_without_its_quorum_a_checkpoint_waits_and_tiles_do_not(logged: Any, witnesses: Any) -> None:
    one, other = witnesses("one", "other")
    logged.trusted_by(one, other, quorum=2)
    await logged.grow(10)
    async with logged.running():
        await published(logged, 10)
    trusted, other.logs = other.logs, []  # answers 404: it does not know this log
    await logged.grow(500)
    async with logged.running() as http:
        await eventually(lambda: complaints(http), lambda said: "waits for its quorum" in said, seconds=20)
        tiles = await http.get("/log/learning/tile/entries/000")
        assert tiles.status_code == 200
        await logged.grow(50)
        await eventually(lambda: http.get("/log/learning/tile/entries/002.p/48"), lambda found: found.is_success)
        assert (logged.folder / "checkpoint").read_bytes().split(b"\n")[1] == b"10"

        other.logs = trusted
        note = await published(logged, 560)

        assert cosigners(logged, note, one, other) == ["witness.example/one", "witness.example/other"]
        await eventually(lambda: complaints(http), lambda said: said == "", seconds=20)


@pytest.mark.parametrize("how", ["ahead", "another root", "another history"])
async def test_a_witness_that_saw_another_history_ends_the_signing(logged: Any, witnesses: Any, how: str) -> None:
    honest, forked = witnesses("honest", "forked")
    logged.trusted_by(honest, forked, quorum=1)
    await logged.grow(20)
    async with logged.running():
        await published(logged, 20)
    size = {"ahead": 21, "another root": 20, "another history": 19}[how]
    forked.remembers[logged.origin] = Checkpoint(logged.origin, size, b"\1" * 32)
    await logged.grow(20)

    async with logged.running() as http:
        await eventually(lambda: alarms(http), lambda found: found == [("forked", True)], seconds=20)

        assert "witness forked" in await complaints(http)
        metrics = (await http.get("/metrics")).text
        assert 'ewaste_log_alarms{kind="forked",ledger="learning"} 1.0' in metrics
        await eventually(lambda: http.get("/log/learning/tile/0/000.p/40"), lambda found: found.is_success)
        assert (logged.folder / "checkpoint").read_bytes().split(b"\n")[1] == b"20"
        assert honest.remembers[logged.origin].size == 20, "nothing was signed after it"

    logged.trusted_by(honest, quorum=1)
    async with logged.running() as http:
        await published(logged, 40)
        assert await alarms(http) == [("forked", False)]


async def test_a_log_that_was_lost_whole_does_not_begin_anew_under_its_name(logged: Any, witnesses: Any) -> None:
    (witness,) = witnesses("campus")
    logged.trusted_by(witness, quorum=1)
    witness.remembers[logged.origin] = Checkpoint(logged.origin, 7, b"\2" * 32)
    await logged.grow(9)

    async with logged.running() as http:
        await eventually(lambda: alarms(http), lambda found: found == [("forked", True)], seconds=20)

    assert not (logged.folder / "checkpoint").exists()
    assert len(witness.requests) == 1, "it was shown the empty tree, and nothing of this history"


def test_a_policy_that_cannot_be_used_says_where_and_why(tmp_path: Path, witnesses: Any) -> None:
    policy = tmp_path / "policy"
    policy.write_text("quorum two-of-three\n")
    with pytest.raises(PolicyError, match=r"policy.*line 1"):
        read_witnesses(policy)
    (witness,) = witnesses("w")
    policy.write_text(f"witness w {witness.signer.key}\nquorum w\n")
    with pytest.raises(PolicyError, match="the witness w has no address"):
        read_witnesses(policy)
    with pytest.raises(PolicyError, match="EWASTE_LOG_POLICY_FILE"):
        read_witnesses(tmp_path / "none")
