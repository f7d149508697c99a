"""Hyperband (Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar 2018, arXiv:1603.06560, algorithm 1)."""

from collections.abc import Sequence
from itertools import cycle
from typing import Annotated

import numpy as np

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.multi_fidelity._brackets import Brackets
from nasbench_pose.strategies.multi_fidelity._rungs import rungs
from nasbench_pose.strategies.weighted_sum import WeightedSum


class Hyperband(Brackets):
    """Runs brackets of successive halving in turn, from many networks at the lowest rung to a few trained fully.

    >>> from nasbench_pose.spaces import load
    >>> strategy = Hyperband(load("simplebaseline"), np.random.default_rng(0), fidelities=range(100, 801, 100))
    >>> strategy.ask().fidelity
    100
    """

    name = "hyperband"
    """In messages."""
    declaration = Declaration(
        summary="Brackets of successive halving in turn, each with fewer networks and a higher first rung.",
        paper="Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar 2018, arXiv:1603.06560",
        defaults="eta 3 and the paper's sizes of brackets",
        needs=("fidelities",),
        limits="kept and learned",
        colour="#003F5C",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        fidelities: Annotated[Sequence[int], Setting("of the measurement; a search passes them")],
        eta: Annotated[int, Setting("one of so many members goes on to the next rung", low=2)] = 3,
        most_rungs: Annotated[int, Setting("rungs at most, that of full trainings included", low=1)] = 4,
        schedule: Annotated[str, Setting("whole: points of full trainings; own: shorter trainings")] = "whole",
        weights: Annotated[Sequence[float], Setting("weights of the losses", per_objective=True)] = (1.0,),
    ) -> None:
        """Compare networks at rungs of the measurement's `fidelities`."""
        levels = rungs(fidelities, eta, most_rungs)
        super().__init__(
            space, rng, levels, eta=eta, schedule=schedule, sizes=cycle(bracket_sizes(len(levels), eta)),
            loss_of=WeightedSum(self.name, tuple(weights)),
        )  # fmt: skip


def bracket_sizes(rungs: int, eta: int) -> list[tuple[int, int]]:
    """Return (members, first rung) of each bracket: ⌈(s_max + 1) / (s + 1) · eta^s⌉, as the paper has it.

    >>> bracket_sizes(5, 3)  # R = 81; the paper's table 1 rounds 34 to 27
    [(81, 0), (34, 1), (15, 2), (8, 3), (5, 4)]
    """
    return [(-(-rungs * eta**s // (s + 1)), rungs - 1 - s) for s in range(rungs - 1, -1, -1)]


STRATEGY = Hyperband
