"""The tutorial notebook runs from top to bottom, and every cell that ends in a value shows it."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parent.parent / "docs" / "tutorial.ipynb"
NAMES = ("find", "load_space", "cost", "draw", "evaluate", "Benchmark", "compare", "front")


def shown(cell: Any) -> dict[str, Any]:
    """Return the last value of a cell by its kinds; none of a cell without one."""
    found: list[dict[str, Any]] = [each["data"] for each in cell["outputs"] if "data" in each]
    return found[-1] if found else {}


@pytest.mark.slow
def test_the_tutorial_runs_and_shows_pictures(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = {cell["source"].splitlines()[-1]: shown(cell) for cell in notebook.cells if cell["cell_type"] == "code"}
    silent = [source for source, value in cells.items() if not value]
    assert silent == ["import nasbench_pose as nbp"]
    assert not [each for cell in notebook.cells for each in cell.get("outputs", ()) if each["output_type"] == "stream"]
    for value in ("middle", "space", "table", "result"):
        assert "<table" in cells[value]["text/html"]
    for figure in ('nbp.draw("micro-middle", "micro-largest")', "ax.figure"):
        assert len(cells[figure]["image/png"]) > 10_000
    assert (tmp_path / "report.html").stat().st_size > 1e6 and (tmp_path / "tutorial.db").is_file()


def test_the_tutorial_uses_every_function_of_the_front_door_and_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    text = "\n".join(cell["source"] for cell in code)
    assert not [name for name in NAMES if f"nbp.{name}" not in text]
