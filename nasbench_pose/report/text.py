"""Text tables."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_pose.errors import escaped
from nasbench_pose.metrics import DEFAULT_OBJECTIVES, SPREAD, Metric, metric

if TYPE_CHECKING:
    import pandas as pd

ACCURACY, COST = DEFAULT_OBJECTIVES
USUAL = (COST, "params", ACCURACY)
"""Columns of a table of genotypes, if they were measured."""


def aligned(rows: Sequence[Sequence[str]], *, left: int) -> str:
    """Return a text table; the first `left` columns are words, the others numbers. A terminal obeys none of them.

    >>> print(aligned([["name", "MACs"], ["a", "12"]], left=1))
    name  MACs
    a       12
    """
    rows = [list(map(escaped, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        [cell.ljust(w) if i < left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        for row in rows
    ]
    return "\n".join("  ".join(row).rstrip() for row in cells)


def genotype_table(genotypes: "pd.DataFrame", *more: Metric) -> str:
    """Return the rows of `report.trade_offs.by_genotype` with the digits that are certain given the seeds.

    The measured ones of the usual columns are shown, and the metrics `more` that are not among them;
    heads, units and digits are those of the metrics.
    """
    names = zip(genotypes["name"], genotypes["genotype_space"], strict=True)
    columns = {"genotype": [name or space for name, space in names], "key": list(genotypes["key"])}
    usual = {column: metric(column) for column in USUAL if column in genotypes}
    for entry in {**usual, **{what.name: what for what in more if what.name != "seeds"}}.values():
        deviations = genotypes.get(f"{entry.name}{SPREAD}", [math.nan] * len(genotypes))
        pairs = zip(genotypes[entry.name], deviations, strict=True)
        columns[entry.heading] = [spread(mean, deviation, entry) for mean, deviation in pairs]
    columns["seeds"] = [str(count) for count in genotypes["seeds"]]
    return aligned([list(columns), *zip(*columns.values(), strict=True)], left=2)


def spread(mean: float, deviation: float, digits: int | Metric) -> str:
    """Return mean ± deviation; the mean alone where one seed has no deviation, "none" where there is no mean.

    Both have so many `digits`, or those of a metric, in its unit.

    >>> spread(26.123, 0.456, 1), spread(26.123, math.nan, 1), spread(math.nan, math.nan, 1)
    ('26.1 ± 0.5', '26.1', 'none')
    >>> spread(3.14159e6, math.nan, metric("macs"))
    '3.14'
    """
    if math.isnan(mean):
        return "none"
    shown = digits if isinstance(digits, Metric) else Metric(name="number", digits=digits)
    return shown.text(mean) + ("" if math.isnan(deviation) else f" ± {shown.text(deviation)}")
