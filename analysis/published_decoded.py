"""The convention behind each published cost, for every network that this package builds.

Makes `published_decoded.csv` (every row) and `published_decoded.md` (every different figure, as docs/published_costs.md
shows them).
"""

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from nasbench_pose.cost import CONVENTIONS
from nasbench_pose.reference import decoded

FIGURE = ["network", "dataset", "input_height", "input_width", "printed", "convention"]
"""The columns that identify a published figure."""
HEAD = ("network", "data", "input", "printed", "said to be", "given by", "`hrnet`, 2³⁰", "exact, 10⁹ MACs")


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Write both tables into the folder `out`; `budget` has no effect."""
    rows = decoded()
    cells, text = out / "published_decoded.csv", out / "published_decoded.md"
    rows.to_csv(cells, index=False, float_format="%.4f")
    text.write_text(markdown(rows), encoding="utf-8")
    return [cells, text]


def markdown(rows: pd.DataFrame) -> str:
    """Return the number of published costs that each convention reproduces, and the conventions of each cost."""
    figures = rows.drop_duplicates(FIGURE).sort_values(FIGURE, kind="stable").to_dict("records")
    lines = [_line(HEAD), _line(["---"] * len(HEAD)), *[_line(_cells(row)) for row in figures]]
    tally = [_line(("convention", "rounded", "cut off", f"of {len(figures)} figures")), _line(["---"] * 4)]
    for name in CONVENTIONS:
        rounded, cut = (sum(name in row[how].split() for row in figures) for how in ("rounded", "truncated"))
        tally.append(_line((f"`{name}`", rounded, cut, f"{(rounded + cut) / len(figures):.0%}")))
    return "\n".join([*tally, "", *lines, ""])


def _cells(row: Mapping[Hashable, object]) -> tuple[object, ...]:
    return (
        row["network"],
        row["dataset"],
        f"{row['input_height']}×{row['input_width']}",
        row["printed"],
        f"`{row['convention']}`",
        _given_by(str(row["rounded"]), str(row["truncated"]), str(row["convention"])),
        f"{row['giga_hrnet']:.3f}",
        f"{row['giga_macs']:.3f}",
    )


def _given_by(rounded: str, truncated: str, stated: str) -> str:
    """Name the conventions that reproduce a cost; only the stated one if it does."""
    for names, how in ((rounded, ""), (truncated, ", cut off")):
        if stated in names.split():
            return f"`{stated}`{how}"
    named = [*rounded.split(), *(f"{name}, cut off" for name in truncated.split())]
    return " · ".join(named) or "nothing"


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
