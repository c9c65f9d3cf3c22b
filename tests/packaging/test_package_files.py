"""Templates, stylesheets and other package files travel in the wheels: an editable install hides that they do not."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["shared/web", "services/dropoff", "services/traceability"])
def test_every_package_file_is_in_the_wheel(folder: str, tmp_path: Path) -> None:
    build = [UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", tmp_path]
    subprocess.run([*build, ROOT / folder], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    source = ROOT / folder / "src"
    files = {
        str(file.relative_to(source))
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert any(name.endswith(".html") for name in files)
    assert files <= set(ZipFile(wheel).namelist())
