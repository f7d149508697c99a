"""What the cells of a described CSV file must be: of the type of their column, and within the range of its unit."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_pose.errors import InvalidFileError

RANGES = {
    "percent": (0.0, 100.0, " from 0 to 100"),
    "seconds": (0.0, np.inf, ", at least 0"),
    "bytes": (0.0, np.inf, ", at least 0"),
    "milliseconds": (np.finfo(float).tiny, np.inf, " above 0"),
}
"""Unit -> least and largest value, and both in words. A pass of a network takes some time."""
CURVE = r"\s*(?:\d+:(?:\d+\.?\d*(?:e-?\d+)?|nan)(?:\s+|$))*"
"""A learning curve, `steps:percent steps:percent …`."""


def check_cells(
    rows: pd.DataFrame, columns: Mapping[str, Mapping[str, str]], needed: Sequence[str], path: Path
) -> None:
    """Raise InvalidFileError for a cell that is not of its column's type and unit, or blank in a column of `needed`.

    `columns` is name -> type, unit and meaning. Whole numbers are at least 0, as every count and seed is.

    >>> rows = pd.DataFrame({"seed": ["0", "x"]})
    >>> check_cells(rows, {"seed": {"type": "integer"}}, ["seed"], Path("mine.csv"))
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: mine.csv, line 3: seed is 'x'; it must be a whole number, at least 0. ...
    """
    for name, about in columns.items():
        cells = rows[name]
        if name in needed:
            _refuse(cells, cells.isna(), "is needed in every row", path)
        if about.get("unit") == "steps:percent":
            texts = cells.astype(str).where(cells.notna(), "")
            _refuse(cells, ~texts.str.fullmatch(CURVE), "must be a curve such as 50:10.5 100:12.25", path)
        if about.get("type") in ("integer", "number"):
            _check_numbers(cells, about, path)


def check_filled(trained: pd.DataFrame, names: Sequence[str], path: Path) -> None:
    """Raise InvalidFileError for a blank cell of these columns; the index of the rows is that of the whole file.

    >>> check_filled(pd.DataFrame({"macs": [1.0, None]}), ["macs"], Path("mine.csv"))
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: mine.csv, line 3: macs is blank; it is needed in every row that did not ...
    """
    for name in names:
        _refuse(trained[name], trained[name].isna(), "is needed in every row that did not fail", path)


def _check_numbers(cells: "pd.Series[float]", about: Mapping[str, str], path: Path) -> None:
    """Raise for a cell that is no number, or outside the range of the type and the unit of its column."""
    numbers = pd.to_numeric(cells, errors="coerce").astype(np.float64)
    whole, unit = about["type"] == "integer", about.get("unit", "")
    low, high, words = RANGES.get(unit, (0.0, 2.0**63, ", at least 0") if whole else (-np.inf, np.inf, ""))
    outside = ~np.isfinite(numbers) | (numbers < low) | (numbers > high)
    if whole:
        outside |= numbers % 1 != 0
    expected = f"must be a {'whole ' * whole}number{words}"
    _refuse(cells, cells.notna() & outside, expected, path)


def _refuse(cells: "pd.Series[float]", wrong: "pd.Series[bool]", expected: str, path: Path) -> None:
    """Raise for the first cell that is wrong."""
    if not wrong.any():
        return
    first = int(wrong.to_numpy().argmax())
    place, cell = int(wrong.index[first]), cells.iloc[first]
    value = "blank" if pd.isna(cell) else repr(cell.item() if isinstance(cell, np.generic) else cell)
    raise InvalidFileError(
        f"{path}, line {place + 2}: {cells.name} is {value}; it {expected}. Correct the cell where the file was made."
    )
