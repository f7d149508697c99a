"""Fixtures every test may use."""

import os
from collections.abc import Callable
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
