"""Text tables."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def aligned(rows: Sequence[Sequence[str]], *, left: int) -> str:
    """Return a text table; the first `left` columns are words, the others numbers.

    >>> print(aligned([["name", "MACs"], ["a", "12"]], left=1))
    name  MACs
    a       12
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        [cell.ljust(w) if i < left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        for row in rows
    ]
    return "\n".join("  ".join(row).rstrip() for row in cells)


def genotype_table(genotypes: "pd.DataFrame", *more: str) -> str:
    """Return the rows of `report.trade_offs.by_genotype` with the digits that seeds leave standing.

    Of the usual columns those that were measured are shown, and the columns `more` if they are others.
    """
    names = zip(genotypes["name"], genotypes["genotype_space"], strict=True)
    columns = {"genotype": [name or space for name, space in names], "key": list(genotypes["key"])}
    if "macs" in genotypes:
        columns["MMACs"] = [f"{macs / 1e6:.2f}" for macs in genotypes["macs"]]
    if "params" in genotypes:
        columns["parameters (k)"] = [f"{params / 1e3:.1f}" for params in genotypes["params"]]
    if "val_pckh" in genotypes:
        seeds = zip(genotypes["val_pckh"], genotypes["val_pckh_spread"], strict=True)
        columns["PCKh@0.5 (%)"] = [spread(mean, deviation, 1) for mean, deviation in seeds]
    for column in sorted({*more} - {"macs", "params", "val_pckh", "seeds"}):
        columns[column] = [f"{value:g}" for value in genotypes[column]]
    columns["seeds"] = [str(count) for count in genotypes["seeds"]]
    return aligned([list(columns), *zip(*columns.values(), strict=True)], left=2)


def spread(mean: float, deviation: float, digits: int) -> str:
    """Return mean ± deviation; the mean alone where one seed has no deviation, "none" where there is no mean.

    >>> spread(26.123, 0.456, 1), spread(26.123, math.nan, 1), spread(math.nan, math.nan, 1)
    ('26.1 ± 0.5', '26.1', 'none')
    """
    if math.isnan(mean):
        return "none"
    return f"{mean:.{digits}f}" + ("" if math.isnan(deviation) else f" ± {deviation:.{digits}f}")
