"""Starting is instant: the heavy libraries load where they are used and nowhere else."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from nasbench_pose.cli._commands import docstring
from nasbench_pose.cli._program import program

HEAVY = (
    "torch",
    "matplotlib",
    "bokeh",
    "jinja2",
    "seaborn",
    "sqlalchemy",
    "alembic",
    "pandas",
    "scipy",
    "rich",
    "networkx",
)
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


def modules(*arguments: str) -> set[str]:
    """Return the modules in memory of a fresh Python in which a command has run."""
    probe = f"import sys; from nasbench_pose.cli import main; main({arguments!r}); print('loaded:', *sys.modules)"
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(ran.stdout.rpartition("loaded:")[2].split())


def test_help_imports_no_command() -> None:
    ours = {name for name in modules("--help") if name.startswith("nasbench_pose")}
    assert ours == {
        "nasbench_pose",
        "nasbench_pose.cli",
        "nasbench_pose.cli._commands",
        "nasbench_pose.cli._failures",
        "nasbench_pose.cli._interrupts",
        "nasbench_pose.cli._program",
        "nasbench_pose.errors",
    }


def test_counting_a_network_needs_neither_numpy_nor_entry_points() -> None:
    loaded = modules("cost", "hrnet-w32")
    assert not {"numpy", "importlib.metadata", *HEAVY} & loaded
    assert {"nasbench_pose.spaces.branches", "nasbench_pose.cost.network_cost"} <= loaded
    assert not {"nasbench_pose.spaces.chain", "nasbench_pose.spaces.cell"} & loaded, "only the kind that is counted"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_line_of_a_command_is_the_one_of_its_docstring(command: str) -> None:
    """`--help` reads lines from the sources; this imports the commands, as click does."""
    imported = program.get_command(None, command)  # type: ignore[arg-type]
    assert imported is not None
    for limit in (20, 45, 70, 200):
        read = click.Command(command, help=docstring(command)).get_short_help_str(limit)
        assert read == imported.get_short_help_str(limit) != ""


@pytest.mark.parametrize("written", [True, False], ids=["compiled", "without bytecode"])
def test_starting_takes_little_processor_time(written: bool, tmp_path: Path) -> None:
    """Beyond a bare interpreter: 0.15 s for help and 0.25 s for a cost; measured in turn, some 0.04 and 0.1."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if written:
        environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    else:  # of our own package: what is installed by pip is compiled
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    program = ["-m", "nasbench_pose"]
    lines = {"bare": ["-c", "pass"], "help": [*program, "--help"], "cost": [*program, "cost", "hrnet-w32"]}
    taken: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(5):
        for name, line in lines.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *line], capture_output=True, check=True, env=environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    bare, helped, counted = (min(taken[name]) for name in lines)
    assert helped - bare < 0.15
    assert counted - bare < 0.25
