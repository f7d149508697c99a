"""Fixtures every test may use."""

import gc
import os
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

collect_ignore_glob = ["conftest.py", "*/conftest.py"]
"""Searched for doctests, two files of one name would be one module."""

ROOT = Path(__file__).parent.parent

pytest.register_assert_rewrite("contracts")

# The same examples each time, and no limit in seconds: a machine that is busy is no counterexample.
settings.register_profile("tests", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("tests")


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what collecting imported out of the search for garbage: a million objects, a tenth of the time of tests."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--overwrite", action="store_true", help="Accept what is printed now as the golden files.")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real photographs and ground truth; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("NASBENCH_POSE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data here; set NASBENCH_POSE_DATA")
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Compare what a person reads with `tests/golden/<test name>.txt`; `pytest --overwrite` accepts the new text."""

    def check(printed: str) -> None:
        path = ROOT / "tests" / "golden" / f"{request.node.name}.txt"
        if request.config.getoption("--overwrite"):
            path.write_text(printed)
        assert printed == path.read_text()

    return check


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server's own database; it lives as long as the tests."""
    pytest.importorskip("psycopg")
    from nasbench_pose.store.temporary_server import PROGRAMS, temporary_server

    if not PROGRAMS:
        pytest.skip("no PostgreSQL server here")
    with temporary_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count()


@pytest.fixture
def postgres(postgres_server: str, numbers: Iterator[int]) -> str:
    """The URL of a new, empty schema: a thousandth of the work of a new database."""
    from sqlalchemy import create_engine, text

    name = f"poses{next(numbers)}"
    engine = create_engine(postgres_server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{postgres_server}&options=-csearch_path%3D{name}"


@pytest.fixture
def ordinary_folder() -> Iterator[Path]:
    """A folder of an ordinary user with a short path; `tmp_path` is neither."""
    from nasbench_pose.store.temporary_server import ordinary_folder

    with ordinary_folder() as folder:
        yield folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", folder]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)
