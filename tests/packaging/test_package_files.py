"""Templates, stylesheets, rules and other package files travel in the wheels: an editable install hides it if not."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("shared/web", ".html"),
        ("services/dropoff", ".html"),
        ("services/traceability", ".html"),
        ("shared/evidence", ".toml"),
    ],
)
def test_every_package_file_is_in_the_wheel(folder: str, kind: str, tmp_path: Path) -> None:
    build = [UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", tmp_path]
    subprocess.run([*build, ROOT / folder], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    source = ROOT / folder / "src"
    files = {
        str(file.relative_to(source))
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert any(name.endswith(kind) for name in files)
    assert files <= set(ZipFile(wheel).namelist())
