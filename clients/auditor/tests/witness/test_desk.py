"""Whatever happens to a witness, it never cosigns two histories and never goes back."""

import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.witness.desk import Desk
from ewaste.auditor.witness.memory import claim_folder, log_id
from ewaste.evidence.notes.checkpoints import open_checkpoint, parse_checkpoint
from ewaste.evidence.notes.keys import KeyKind
from ewaste.evidence.notes.witness import SIZE_TYPE, Answer, read_answer
from witnesses import LOG, NOW, ORIGIN, WITNESS, Crash, FaultyDisk, Log, new_signer, open_witness

FORK = 7
CHANGES = 5
"""Changes to the disk in one cosigning: create, write, fsync, rename, fsync of the folder."""


def size_of(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.content_type, answer.body


def test_a_restart_remembers(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    assert witness.answer(Log().request(0, 10)).status == 200
    witness.close()
    again = open_witness(tmp_path / "w")
    assert size_of(again.answer(Log().request(0, 12))) == (409, SIZE_TYPE, "10\n")
    assert again.answer(Log().fork(FORK).request(10, 10)).status == 409
    assert again.answer(Log().fork(FORK).request(10, 12)).status == 422
    assert again.answer(Log().request(10, 12)).status == 200
    again.close()


def test_what_is_kept_is_the_cosigned_checkpoint_without_strangers_lines(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    stranger = "— stranger.example AAAAAAAAAAAAAAAA\n".encode()
    answer = witness.answer(Log().request(0, 9) + stranger)
    last = witness.memories[ORIGIN].last
    assert answer.status == 200
    assert last is not None
    assert last.note == Log().note(9).to_bytes() + answer.body.encode()
    found = open_checkpoint(last.note, [LOG.key], [WITNESS.key])
    assert (found.checkpoint.size, [each.time for each in found.cosigned]) == (9, [NOW])
    witness.close()


def test_a_log_that_is_not_followed_is_not_known(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    other = Log(new_signer("log.example/other"))
    assert witness.answer(other.request(0, 3)).status == 404
    forged = Log(new_signer(ORIGIN))
    assert witness.answer(forged.request(0, 3)).status == 403
    assert witness.answer(b"old x").status == 400
    witness.close()


def test_what_contradicts_is_kept_as_proof(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    witness.answer(Log().request(0, 10))
    fork, wrong = Log().fork(FORK).request(10, 10), Log().fork(FORK).request(10, 12)
    for body in (fork, wrong, fork, Log().request(9, 12), b"junk"):
        witness.answer(body)
    kept = {path.read_bytes() for path in (tmp_path / "w" / log_id(ORIGIN) / "refused").glob("*")}
    assert kept == {fork, wrong}
    for size in range(11, 40):
        witness.answer(Log().fork(FORK).request(10, size))
    witness.close()
    again = open_witness(tmp_path / "w")
    assert len(again.memories[ORIGIN].refused) == 20
    again.close()


def test_requests_at_the_same_time_get_one_history(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    logs = [Log(), Log().fork(1)]
    asked = [(log, old, size) for size in range(2, 20, 3) for old in (0, 2, 5, 8, 11, 14, 17) for log in logs]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: (each, witness.answer(each[0].request(each[1], each[2]))), asked))
    cosigned = [(size, log is logs[0]) for (log, _, size), answer in answers if answer.status == 200]
    assert len({mine for _, mine in cosigned}) == 1
    assert witness.answer(Log().request(0, 1)).status == 409
    witness.close()


@pytest.mark.parametrize("at", range(CHANGES))
def test_killed_at_any_change_it_never_cosigns_a_second_root(tmp_path: Path, at: int) -> None:
    """The next life may know more than was answered, never less, and stays with it."""
    first = open_witness(tmp_path / "w")
    assert first.answer(Log().request(0, FORK)).status == 200
    first.close()
    dying = open_witness(tmp_path / "w", lambda: FaultyDisk(CHANGES + at))
    with pytest.raises(Crash):
        dying.answer(Log().request(FORK, 10))
    # What the dead process held locked, a copy has not.
    shutil.copytree(tmp_path / "w", tmp_path / "after")
    after = open_witness(tmp_path / "after")
    last = after.memories[ORIGIN].last
    assert last is not None
    assert last.checkpoint.size == (10 if at == CHANGES - 1 else FORK)
    took = after.answer(Log().fork(FORK).request(last.checkpoint.size, 10)).status
    assert took == (409 if last.checkpoint.size == 10 else 200)
    assert after.answer(Log().request(10, 10)).status == (200 if took == 409 else 409)
    after.close()


@pytest.mark.parametrize("at", range(CHANGES))
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_stops_the_log_until_a_restart(tmp_path: Path, at: int, number: int) -> None:
    witness = open_witness(tmp_path / "w", lambda: FaultyDisk(at, lambda: OSError(number, errno.errorcode[number])))
    assert witness.answer(Log().request(0, 5)).status == 503
    again = witness.answer(Log().fork(1).request(0, 5))
    assert again.status == 503
    assert "start the witness again" in again.body
    witness.close()
    after = open_witness(tmp_path / "w")
    assert after.answer(Log().request(0, 5)).status == (409 if at == CHANGES - 1 else 200)
    after.close()


def test_a_clock_that_went_back_signs_nothing(tmp_path: Path) -> None:
    now = [NOW]
    witness = open_witness(tmp_path / "w", clock=lambda: now[0])
    assert witness.answer(Log().request(0, 5)).status == 200
    now[0] -= 1
    assert witness.answer(Log().request(5, 6)).status == 503
    now[0] += 1
    assert witness.answer(Log().request(5, 6)).status == 200
    witness.close()


def test_a_key_without_its_memory_does_not_start(tmp_path: Path) -> None:
    open_witness(tmp_path / "w").close()
    with pytest.raises(CannotRun, match="has cosigned so far"):
        claim_folder(tmp_path / "new", WITNESS.key, is_new_key=False)
    other = new_signer("witness.example/w2", KeyKind.COSIGNATURE)
    with pytest.raises(CannotRun, match="belongs to the witness"):
        claim_folder(tmp_path / "w", other.key, is_new_key=True)


def test_a_changed_memory_does_not_start(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    witness.answer(Log().request(0, 10))
    witness.close()
    state = tmp_path / "w" / log_id(ORIGIN) / "checkpoint"
    older = Log().note(3).to_bytes()
    assert parse_checkpoint(Log().note(3).text).size == 3
    for changed in (older, state.read_bytes().replace(b"\n10\n", b"\n11\n"), b""):
        state.write_bytes(changed)
        with pytest.raises(CannotRun, match="retire this key"):
            open_witness(tmp_path / "w")


def test_one_process_only(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    with pytest.raises(CannotRun, match="another witness"):
        Desk(tmp_path / "w", WITNESS, [LOG.key], lambda: NOW)
    witness.close()


def test_a_log_accepts_what_it_answers(tmp_path: Path) -> None:
    witness = open_witness(tmp_path / "w")
    note = Log().note(4)
    answer = witness.answer(Log().request(0, 4))
    (line,) = read_answer(answer.status, answer.body.encode(), note, [WITNESS.key])
    assert line.name == WITNESS.key.name
    witness.close()
