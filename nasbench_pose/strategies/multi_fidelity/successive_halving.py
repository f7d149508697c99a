"""Synchronous successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943)."""

from collections.abc import Sequence
from itertools import repeat
from typing import Annotated

import numpy as np

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.multi_fidelity._brackets import Brackets
from nasbench_pose.strategies.multi_fidelity._rungs import rungs
from nasbench_pose.strategies.weighted_sum import WeightedSum


class SuccessiveHalving(Brackets):
    """Draws eta^k networks, trains them to the lowest of k + 1 rungs, the best 1/eta of them to the next, and so on.

    The next draw follows when one network was trained fully, or while a worker would be idle.

    >>> from nasbench_pose.spaces import load
    >>> space, rng = load("simplebaseline"), np.random.default_rng(0)
    >>> strategy = SuccessiveHalving(space, rng, fidelities=range(100, 801, 100))
    >>> for step in range(13):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(step)])
    >>> proposal.fidelity is None  # nine at 100 steps, three at 300, one at 800
    True
    """

    declaration = Declaration(
        summary="Trains many networks a little, the best of them further; rung by rung.",
        paper="Jamieson & Talwalkar 2016, arXiv:1502.07943",
        defaults="eta 3 as in Hyperband; eta^k networks, so that one is trained fully",
        needs=("fidelities",),
        limits="kept and learned",
        colour="#6F4E37",
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
            space, rng, levels, eta=eta, schedule=schedule, sizes=repeat((eta ** (len(levels) - 1), 0)),
            loss_of=WeightedSum("successive_halving", tuple(weights)),
        )  # fmt: skip


STRATEGY = SuccessiveHalving
