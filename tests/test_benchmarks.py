"""The benchmarks start: what they import is there, and they say what they take before they measure anything."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({path.name for path in FOLDER.glob("*.py")} - {"table.py", "timing.py"}))
def test_arguments_are_read_first(name: str) -> None:
    help_, wrong = (
        subprocess.run([sys.executable, FOLDER / name, argument], capture_output=True, text=True)
        for argument in ("--help", "--wirte")
    )
    assert (help_.returncode, wrong.returncode) == (0, 2)
    assert "usage:" in help_.stdout
    assert "unrecognized arguments: --wirte" in wrong.stderr
