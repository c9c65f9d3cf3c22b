"""Options go before environment, environment before defaults; nonsense is refused with what to set."""

from pathlib import Path

import pytest
from ewaste.local.errors import WrongSetting
from ewaste.local.settings import DEFAULT_PORTS, resolve_settings


def test_defaults_live_in_the_checkout_we_are_in(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inside = tmp_path / "services" / "dropoff"
    inside.mkdir(parents=True)
    settings = resolve_settings({}, cwd=inside)
    assert settings.state_dir == tmp_path / ".ewaste"
    assert settings.jar_cache == tmp_path / ".ewaste" / "kafka" / "jars"
    assert settings.ports == DEFAULT_PORTS
    assert settings.database_url is None


def test_state_dir_elsewhere_shares_the_jars_of_the_checkout(tmp_path: Path) -> None:
    settings = resolve_settings({}, state_dir=tmp_path / "state", cwd=tmp_path)
    assert settings.state_dir == tmp_path / "state"
    assert settings.jar_cache == tmp_path / ".ewaste" / "kafka" / "jars"


def test_options_go_before_the_environment(tmp_path: Path) -> None:
    environ = {"EWASTE_KAFKA_PORT": "19092", "EWASTE_DROPOFF_PORT": "9101", "EWASTE_STATE_DIR": str(tmp_path / "a")}
    settings = resolve_settings(environ, state_dir=tmp_path / "b", ports=["kafka=29092"], cwd=tmp_path)
    assert settings.state_dir == tmp_path / "b"
    assert (settings.ports["kafka"], settings.ports["dropoff"]) == (29092, 9101)
    assert settings.ports["recycler"] == DEFAULT_PORTS["recycler"]


@pytest.mark.parametrize("text", ["0", "65536", "-1", "many", ""])
def test_port_out_of_range_names_the_variable(tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongSetting, match="EWASTE_KAFKA_CONTROLLER_PORT"):
        resolve_settings({}, ports=[f"kafka-controller={text}"], cwd=tmp_path)


def test_unknown_part_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"kafak.*kafka-controller"):
        resolve_settings({}, ports=["kafak=1"], cwd=tmp_path)


def test_two_parts_on_one_port_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="dropoff and recycler both have port 8101"):
        resolve_settings({"EWASTE_RECYCLER_PORT": "8101"}, cwd=tmp_path)


@pytest.mark.parametrize(
    ("variable", "value"), [("EWASTE_DATABASE_URL", "mysql://localhost"), ("EWASTE_JARS", "gradle")]
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=variable):
        resolve_settings({variable: value}, cwd=tmp_path)
