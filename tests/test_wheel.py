"""What people install: one top-level name, with all its code and data inside, working far from any checkout."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
DATA = [
    *ROOT.glob("search_spaces/*.toml"),
    *(path for path in ROOT.glob("results/**/*.*") if path.suffix != ".md" and "in_progress" not in path.parts),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source archive from a copy of what it needs, and the wheel from the archive."""
    source = tmp_path_factory.mktemp("source")
    for name in ("nasbench_pose", "search_spaces", "results"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", source], check=True, capture_output=True)
    return next((source / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel where this Python's libraries, but not this checkout, can be seen; return the `bin` folder."""
    home = tmp_path_factory.mktemp("home")
    venv.create(home, with_pip=False)
    bin_folder, site = home / "bin", next(home.glob("lib/python*/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", bin_folder / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    return bin_folder


def test_the_wheel_has_one_name_and_every_file(wheel: Path) -> None:
    inside = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    code = [path for path in (ROOT / "nasbench_pose").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    expected = {str(path.relative_to(ROOT)) for path in code} | {
        f"nasbench_pose/{path.relative_to(ROOT)}" for path in DATA
    }
    assert inside == expected, "see `packages` and `package_data` in setup.cfg"


def test_the_wheel_works_anywhere(installed: Path, tmp_path: Path) -> None:
    where = "import nasbench_pose, nasbench_pose.files as f; print(nasbench_pose.__file__, f.folder('results'))"
    ran = subprocess.run([installed / "python", "-c", where], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert all(str(installed.parent) in path for path in ran.stdout.split()), ran.stdout
    ran = subprocess.run([installed / "nasbench-pose", "spaces"], capture_output=True, text=True, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert all(path.stem in ran.stdout for path in ROOT.glob("search_spaces/*.toml"))
