"""Starting is instant: the heavy libraries load where they are used and nowhere else."""

import subprocess
import sys
import time

import pytest

from nasbench_pose.cli import program

HEAVY = ("torch", "matplotlib", "seaborn", "sqlalchemy", "alembic", "pandas", "scipy", "rich", "networkx")
COMMANDS = program.list_commands(None)  # type: ignore[arg-type]  # click hands over a context, which is not needed


def loaded(code: str) -> set[str]:
    """Return the heavy libraries in memory of a fresh Python that has run `code`."""
    probe = f"import sys; {code}\nprint('loaded:', *sys.modules)"
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(ran.stdout.rpartition("loaded:")[2].split()) & set(HEAVY)


@pytest.mark.parametrize(
    "module", ["nasbench_pose", "nasbench_pose.genotype", "nasbench_pose.spaces", "nasbench_pose.cost"]
)
def test_imports_stay_light(module: str) -> None:
    assert not loaded(f"import {module}")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_stays_light(command: str) -> None:
    assert not loaded(f"from nasbench_pose.cli import main; main({[*command.split(), '--help']})")


def test_a_heavy_library_would_be_noticed() -> None:
    assert loaded("import networkx") == {"networkx"}


def test_help_is_there_at_once() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "nasbench_pose", "--help"], capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 1.0  # some 0.1 s when nothing else runs
