"""Members within a window of cost by rejection sampling, for spaces with too many different costs for `Window`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost.cost_grid import Quantity
from nasbench_pose.cost.cost_table import CostTable
from nasbench_pose.cost.cost_window import NAMES, OPEN
from nasbench_pose.errors import NasbenchPoseError, pick
from nasbench_pose.spaces.draws import draw_options

CHUNK = 100_000
MOST = 20_000_000
"""Largest number of members to draw, which takes seconds; then the window is too narrow."""


@dataclass(frozen=True)
class Drawn:
    """Uniform, independent draws from a window, and the number of rejected ones."""

    codes: NDArray[np.int8]
    """Option indices, shape (n, genes)."""
    inside: int
    """Number of drawn members inside the window; at least n."""
    tried: int

    @property
    def share(self) -> float:
        """The estimated fraction of the space inside the window."""
        return self.inside / self.tried


def rejection(
    table: CostTable,
    n: int,
    rng: np.random.Generator,
    low: int = 0,
    high: int | None = None,
    quantity: Quantity = "macs",
    *,
    most: int = MOST,
) -> Drawn:
    """Draw `n` members uniformly whose `quantity` (macs or params) is from `low` to `high`, both included.

    Every genotype has the same probability, as in `Window.sample`. That one is faster for narrow windows; this one does
    not need costs with common divisors. Raises NasbenchPoseError if `most` draws do not suffice.

    >>> from nasbench_pose import cost
    >>> from nasbench_pose.spaces import load
    >>> table = cost.table(load("mobile_pose"))
    >>> found = cost.rejection(table, 3, np.random.default_rng(0), high=300_000_000)
    >>> bool((table.count(found.codes).macs <= 300_000_000).all()), round(found.share, 1)
    (True, 0.5)
    """
    pick("cost to draw by", quantity, dict.fromkeys(("macs", "params")))
    sizes, top = np.array(table.sizes), OPEN if high is None else high
    kept: list[NDArray[np.int8]] = []
    inside = tried = 0
    while inside < n:
        if tried >= most:
            raise NasbenchPoseError(
                f"Of {tried:,} genotypes drawn, {inside:,} have {low:,} to {top:,} {NAMES[quantity]}: too few to draw "
                f"{n:,}; try a wider window."
            )
        codes = draw_options(sizes, CHUNK, rng)
        costs = getattr(table.count(codes), quantity)
        kept.append(codes[(costs >= low) & (costs <= top)])
        inside, tried = inside + len(kept[-1]), tried + CHUNK
    return Drawn(np.concatenate(kept)[:n], inside, tried)
