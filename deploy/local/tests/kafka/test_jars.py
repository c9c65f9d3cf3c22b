"""Maven and jgo bring the same jars, byte for byte the pinned ones."""

import shutil
from pathlib import Path

import pytest
from ewaste.local.errors import Unavailable
from ewaste.local.kafka import jars
from ewaste.local.kafka.jars import coordinates, ensure_jars, pinned_sums
from ewaste.local.settings import resolve_settings

CHECKOUT = Path(__file__).parents[4]


def test_the_pom_pins_kafka_and_a_log_binding() -> None:
    assert coordinates()[0].startswith("org.apache.kafka:kafka_2.13:4.")
    assert any("log4j-slf4j-impl" in coordinate for coordinate in coordinates())
    assert f"kafka_2.13-{coordinates()[0].split(':')[2]}.jar" in pinned_sums()


@pytest.mark.skipif(not (CHECKOUT / "deploy" / "kafka").is_dir(), reason="needs the checkout: compares two files")
@pytest.mark.parametrize("name", ["pom.xml", "server.properties"])
def test_the_files_in_deploy_kafka_are_those_in_the_wheel(name: str) -> None:
    wheel = Path(jars.__file__).parent / name
    assert (CHECKOUT / "deploy" / "kafka" / name).read_bytes() == wheel.read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("mvn") is None, reason="needs Maven on PATH: resolves the jars with it")
def test_maven_brings_the_pinned_jars(tmp_path: Path) -> None:
    ready = ensure_jars(tmp_path, how="maven")
    assert {jar.name for jar in ready.iterdir()} == set(pinned_sums())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_jgo_brings_the_pinned_jars_from_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "repository"))
    ready = ensure_jars(tmp_path / "cache", how="jgo")
    assert {jar.name for jar in ready.iterdir()} == set(pinned_sums())


def test_without_maven_on_path_jgo_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    monkeypatch.setattr(jars, "_with_jgo", lambda _folder: None)
    with pytest.raises(Unavailable):
        ensure_jars(tmp_path, report=said.append)
    assert said == ["resolving the broker's jars with jgo"]
    with pytest.raises(Unavailable, match="no mvn on PATH"):
        ensure_jars(tmp_path, how="maven")


def test_other_jars_than_the_pinned_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bring(folder: Path) -> None:
        good = ensure_jars(resolve_settings().jar_cache)
        shutil.copytree(good, folder, dirs_exist_ok=True)
        next(folder.glob("kafka-clients-*.jar")).write_bytes(b"something else")

    monkeypatch.setattr(jars, "_with_jgo", bring)
    with pytest.raises(Unavailable, match=r"differ from jars.sha256: kafka-clients"):
        ensure_jars(tmp_path, how="jgo")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_cache_is_filled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = ensure_jars(resolve_settings().jar_cache)
    monkeypatch.setattr(jars, "_with_jgo", lambda folder: shutil.copytree(good, folder, dirs_exist_ok=True))
    ready = ensure_jars(tmp_path, how="jgo")
    next(ready.iterdir()).unlink()
    assert ensure_jars(tmp_path, how="jgo") == ready
    assert {jar.name for jar in ready.iterdir()} == set(pinned_sums())
