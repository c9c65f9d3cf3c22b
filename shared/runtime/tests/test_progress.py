"""What health says of a consumer, from nothing but the times it is told."""

from ewaste.runtime.progress import Progress


def progress(*, restart_helps: bool = True) -> Progress:
    made = Progress("dropoff.progress", 30, restart_helps=restart_helps)
    made.started(1000.0)
    return made


def test_a_consumer_with_nothing_to_do_is_well_however_long() -> None:
    idle = progress()
    for now in range(1000, 5000, 2):
        idle.looked(0, float(now))
        assert idle.complaint(now + 1.0) is None


def test_a_consumer_that_moves_is_well_however_much_waits() -> None:
    busy = progress()
    for now in range(1000, 5000, 20):
        busy.looked(1_000_000, float(now))
        busy.turned(float(now))
        assert busy.complaint(now + 19.0) is None


def test_what_waits_and_does_not_move_is_told_with_the_last_error() -> None:
    stuck = progress()
    stuck.failed(ConnectionResetError("away"))
    for now in range(1000, 1031, 2):
        stuck.looked(7, float(now))
        assert stuck.complaint(float(now)) is None
    stuck.looked(7, 1032.0)
    expected = "dropoff.progress: 7 wait and none was handled for 32 s; last error ConnectionResetError('away')"
    assert stuck.complaint(1032.0) == expected
    assert stuck.stuck(1032.0) == expected
    stuck.turned(1033.0)
    assert stuck.complaint(1034.0) is None
    assert stuck.stuck(1034.0) is None


def test_a_broker_that_does_not_answer_is_told_but_no_restart_helps() -> None:
    blind = progress()
    blind.looked(0, 1001.0)
    assert blind.complaint(1032.0) == "dropoff.progress: not known for 31 s how much waits"
    assert blind.stuck(1032.0) is None


def test_an_incident_is_told_at_once_and_for_good_but_no_restart_helps() -> None:
    stopped = progress()
    stopped.stopped(ValueError("records are missing"))
    stopped.turned(1001.0)
    stopped.looked(5, 1001.0)
    assert stopped.complaint(1001.0) == "records are missing"
    assert stopped.stuck(2000.0) is None


def test_nothing_is_expected_of_one_that_stands_by() -> None:
    other = progress()
    other.stand_by()
    assert other.complaint(9000.0) is None
    other.started(9000.0)
    assert other.complaint(9001.0) is None


def test_the_relay_makes_its_own_fresh_start() -> None:
    relay = progress(restart_helps=False)
    relay.looked(3, 1040.0)
    assert relay.complaint(1041.0) is not None
    assert relay.stuck(1041.0) is None
