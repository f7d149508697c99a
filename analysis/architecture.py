"""The layers of the library: every package with its layer and its purpose, read from the source.

Makes `architecture.svg`.
"""

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from nasbench_pose.plots import figure, save
from nasbench_pose.plots.style import FAINT, INK

PACKAGE = Path(__file__).parent.parent / "nasbench_pose"
SKIPPED = {"__init__", "__main__", "__pycache__"}
WIDTH, CHARACTERS = 9.0, 150
"""Inches of the figure, and characters of small text that fit across it."""
HEADING, LINE, GAP = 0.28, 0.125, 0.11
"""Inches: space for the name of a part, a line of small text, space between two rows."""
USES_TORCH = "#dbe7f5"
LIGHT = "#f4f2ea"


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001 - nothing to spend more on
    """Draw the layers into the folder `out`."""
    parts = {path.stem: path for path in sorted(PACKAGE.iterdir()) if path.suffix == ".py" or path.is_dir()}
    parts = {name: path for name, path in parts.items() if name not in SKIPPED and not name.startswith(".")}
    drawn = _draw(layers({name: imported(path) & parts.keys() - {name} for name, path in parts.items()}), parts)
    return [save(drawn, out / "architecture.svg")]


def imported(path: Path) -> set[str]:
    """Return the parts of nasbench_pose that a module or the modules of a folder import, inside functions as well."""
    return {name.split(".")[1] for module in _modules(path) for name in _names(module) if name.count(".")}


def layers(imports: dict[str, set[str]]) -> list[list[str]]:
    """Return the parts, lowest layer first: each lies one above the highest that it imports.

    >>> layers({"cli": {"store", "errors"}, "store": {"errors"}, "errors": set()})
    [['errors'], ['store'], ['cli']]
    """
    height: dict[str, int] = {}

    def above(part: str) -> int:
        if part not in height:
            height[part] = 1 + max((above(lower) for lower in imports[part]), default=-1)
        return height[part]

    rows = [above(part) for part in imports]
    return [sorted(part for part in imports if height[part] == row) for row in range(max(rows) + 1)]


def _modules(path: Path) -> Iterator[ast.Module]:
    for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        yield ast.parse(module.read_text(encoding="utf-8"))


def _names(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("nasbench_pose."))
        elif isinstance(node, ast.ImportFrom) and node.module == "nasbench_pose":
            yield from (f"nasbench_pose.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nasbench_pose."):
            yield node.module or ""


def _loads_torch(path: Path) -> bool:
    """Return whether a module imports torch when it is loaded."""
    for module in _modules(path):
        for node in module.body:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            if any(name.partition(".")[0] == "torch" for name in names):
                return True
    return False


def _purpose(path: Path) -> str:
    """Return the first sentence of a part's docstring."""
    source = (path / "__init__.py" if path.is_dir() else path).read_text(encoding="utf-8")
    return " ".join((ast.get_docstring(ast.parse(source)) or "").split()).partition(". ")[0].rstrip(".")


def _draw(rows: list[list[str]], parts: dict[str, Path]) -> Figure:
    texts = {
        name: textwrap.wrap(_purpose(parts[name]), int(CHARACTERS / len(names))) for names in rows for name in names
    }
    heights = [HEADING + LINE * max(len(texts[name]) for name in names) for names in rows]
    drawing, ax = figure(width=WIDTH, height=sum(heights) + GAP * len(rows) + 0.5)
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(-0.15, sum(heights) + GAP * len(rows)))
    bottom = 0.0
    for names, height in zip(rows, heights, strict=True):
        for place, name in enumerate(names):
            _box(ax, (place / len(names), bottom), (1 / len(names), height), [name, *texts[name]], parts[name])
        bottom += height + GAP
    ax.set_title("Layers of nasbench_pose: a part imports only from the rows below it", loc="left", fontsize=11)
    ax.text(1, -0.05, "blue: loads torch", ha="right", va="top", fontsize=8, color=INK)
    return drawing


def _box(ax: Axes, corner: tuple[float, float], size: tuple[float, float], lines: list[str], path: Path) -> None:
    (left, bottom), (width, height), middle = corner, size, corner[0] + size[0] / 2
    colour = USES_TORCH if _loads_torch(path) else LIGHT
    ax.add_patch(
        FancyBboxPatch(
            (left + 0.004, bottom), width - 0.008, height, boxstyle="round,pad=0,rounding_size=0.007",
            facecolor=colour, edgecolor=FAINT, linewidth=0.7,
        )
    )  # fmt: skip
    ax.text(middle, bottom + height - 0.03, lines[0], ha="center", va="top", fontsize=9, fontweight="bold", color=INK)
    text, top = "\n".join(lines[1:]), bottom + height - HEADING + 0.05
    ax.text(middle, top, text, ha="center", va="top", fontsize=7.2, linespacing=1.1, color=INK)
