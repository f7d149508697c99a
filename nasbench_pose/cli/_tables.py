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


def genotype_table(genotypes: "pd.DataFrame") -> str:
    """Return the rows of `report.trade_offs.by_genotype` with the digits that seeds leave standing, and their texts."""
    head = ["genotype", "key", "MMACs", "parameters (k)", "PCKh@0.5 (%)", "seeds"]
    rows = [
        [
            row["name"] or row["genotype_space"],
            row["key"],
            f"{row['macs'] / 1e6:.2f}",
            f"{row['params'] / 1e3:.1f}",
            spread(row["val_pckh"], row["val_pckh_spread"], 1),
            f"{row['seeds']}",
        ]
        for row in genotypes.to_dict("records")
    ]
    return aligned([head, *rows], left=2)


def spread(mean: float, deviation: float, digits: int) -> str:
    """Return mean ± deviation; the mean alone where one seed has no deviation, "none" where there is no mean.

    >>> spread(26.123, 0.456, 1), spread(26.123, math.nan, 1), spread(math.nan, math.nan, 1)
    ('26.1 ± 0.5', '26.1', 'none')
    """
    if math.isnan(mean):
        return "none"
    return f"{mean:.{digits}f}" + ("" if math.isnan(deviation) else f" ± {deviation:.{digits}f}")
