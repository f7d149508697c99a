"""Hyperband (Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar 2018, arXiv:1603.06560, algorithm 1)."""

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.multi_fidelity._brackets import Brackets


class Hyperband(Brackets):
    """Runs brackets of successive halving in turn, from many networks at the lowest rung to a few trained fully.

    >>> import numpy as np
    >>> from nasbench_pose.spaces import load
    >>> strategy = Hyperband(load("simplebaseline"), np.random.default_rng(0), fidelities=range(100, 801, 100))
    >>> strategy.ask().fidelity
    100
    """

    name = "hyperband"
    declaration = Declaration(
        summary="Brackets of successive halving in turn, each with fewer networks and a higher first rung.",
        paper="Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar 2018, arXiv:1603.06560",
        defaults="eta 3 and the paper's sizes of brackets",
        needs=("fidelities",),
        limits="kept and learned",
        colour="#003F5C",
    )

    @staticmethod
    def sizes(rungs: int, eta: int) -> list[tuple[int, int]]:
        """Return (members, first rung) of each bracket: ⌈(s_max + 1) / (s + 1) · eta^s⌉, as the paper has it.

        >>> Hyperband.sizes(5, 3)  # R = 81; the paper's table 1 rounds 34 to 27
        [(81, 0), (34, 1), (15, 2), (8, 3), (5, 4)]
        """
        return [(-(-rungs * eta**s // (s + 1)), rungs - 1 - s) for s in range(rungs - 1, -1, -1)]


STRATEGY = Hyperband
