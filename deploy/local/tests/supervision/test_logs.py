"""Logs keep a bounded size and are read from the end."""

from pathlib import Path

from ewaste.local.supervision.logs import last_lines, trim


def test_a_full_log_moves_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 10)
        assert not trim(log, most_bytes=40)
        assert trim(log, most_bytes=39)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "kafka.log.1").read_bytes() == b"old\n" * 10


def test_last_lines_of_a_long_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {number} {'x' * 100}\n" for number in range(5000)))
    assert [line.split()[1] for line in last_lines(log, 3)] == ["4997", "4998", "4999"]
    assert len(last_lines(log, 10_000)) == 5000
    assert last_lines(log, 0) == []


def test_missing_and_undecodable_logs(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log", 5) == []
    (tmp_path / "b.log").write_bytes(b"\xff\xfe\nend")
    assert last_lines(tmp_path / "b.log", 1) == ["end"]
