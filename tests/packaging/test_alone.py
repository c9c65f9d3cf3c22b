"""Every distribution installs and imports alone: the all-in-one environment hides undeclared dependencies."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(
    file.parent
    for pattern in ("shared/*", "services/*", "clients/*", "deploy/local")
    for file in ROOT.glob(f"{pattern}/pyproject.toml")
)
UV = str(Path(sys.executable).parent / "uv")
# Import everything but tests' helpers (an extra) and Alembic's entry, which only runs inside Alembic.
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if ".migrations." not in module.name and not module.name.endswith((".testing", ".__main__")):
        importlib.import_module(module.name)
others = {name.split(".")[1] for name in sys.modules if name.startswith("ewaste.")} - set(sys.argv[2].split(","))
assert not others, f"imports {others} without declaring them"
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    for source in FOLDERS:
        _uv("build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", folder, source)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("source", FOLDERS, ids=lambda folder: folder.name)
def test_it_installs_and_imports_alone(source: Path, wheels: Path, tmp_path: Path) -> None:
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    python = tmp_path / "venv" / "bin" / "python"
    _uv("venv", "--quiet", "--python", sys.executable, python.parents[1])
    _uv(
        "pip", "install", "--quiet", "--python", python, "--find-links", wheels,
        "--constraint", ROOT / "requirements.lock", project["name"],
    )  # fmt: skip
    declared = [name.split("[")[0] for name in project["dependencies"] if name.startswith("ewaste-")]
    allowed = ",".join(name.removeprefix("ewaste-") for name in _chain([project["name"], *declared]))
    module = project["name"].replace("-", ".", 1)
    subprocess.run([python, "-c", IMPORT_ALL, module, allowed], check=True, cwd=tmp_path, env=_clean())
    assert (
        next((python.parents[1] / "lib").glob("python*")) / "site-packages/ewaste" / source.name / "py.typed"
    ).exists()


@pytest.mark.parametrize("source", FOLDERS, ids=lambda folder: folder.name)
def test_it_declares_exactly_those_of_our_distributions_that_it_imports(source: Path) -> None:
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    code = "\n".join(file.read_text() for file in source.glob("src/**/*.py"))
    imported = {f"ewaste-{name}" for name in re.findall(r"^\s*(?:from|import) ewaste\.(\w+)", code, re.M)}
    declared = {name.split("[")[0] for name in project["dependencies"] if name.startswith("ewaste-")}
    assert declared == imported - {project["name"]}


def test_no_distribution_breaks_the_namespace() -> None:
    assert not list(ROOT.glob("*/*/src/ewaste/__init__.py"))


def _chain(names: list[str]) -> set[str]:
    found: set[str] = set()
    by_name = {f"ewaste-{folder.name}": folder for folder in FOLDERS}
    while names:
        name = names.pop()
        found.add(name)
        project = tomllib.loads((by_name[name] / "pyproject.toml").read_text())["project"]
        names += [n.split("[")[0] for n in project["dependencies"] if n.startswith("ewaste-") and n not in found]
    return found


def _uv(*arguments: object) -> None:
    subprocess.run([UV, *map(str, arguments)], check=True, env=_clean())


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
