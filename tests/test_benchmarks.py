"""The benchmarks start: what they import is there, and they say what they take before they measure anything."""

import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
SHARED = {"table.py", "timing.py"}
"""What the benchmarks import from beside them."""


@pytest.mark.parametrize("argument", ["--help", "--wirte"])
@pytest.mark.parametrize("name", sorted({path.name for path in FOLDER.glob("*.py")} - SHARED))
def test_arguments_are_read_first(
    name: str, argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run as a program, in this process, which has imported torch already."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(sys, "argv", [name, argument])
    for shared in SHARED:
        monkeypatch.delitem(sys.modules, shared.removesuffix(".py"), raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(FOLDER / name), run_name="__main__")
    out, err = capsys.readouterr()
    if argument == "--help":
        assert ended.value.code == 0 and "usage:" in out
    else:
        assert ended.value.code == 2 and "unrecognized arguments: --wirte" in err
