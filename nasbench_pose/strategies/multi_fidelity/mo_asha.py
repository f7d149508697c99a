"""Multi-objective ASHA (Schmucker, Donini, Zafar, Salinas & Archambeau 2021, arXiv:2106.12639)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box.nsga2 import survival_order
from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.multi_fidelity._rungs import Eta, Fidelities, MostRungs, Trainings
from nasbench_pose.strategies.multi_fidelity.asha import ASHA


class MultiObjectiveASHA(ASHA):
    """ASHA whose rungs are sorted by non-dominated rank, then by crowding distance: it follows all objectives.

    The paper's other order, an epsilon-net within a front, is not there.
    """

    declaration = Declaration(
        summary="ASHA with rungs sorted by non-dominated rank and crowding.",
        paper="Schmucker, Donini, Zafar, Salinas & Archambeau 2021, arXiv:2106.12639",
        defaults="eta 3, one bracket, as in Syne Tune; crowding in place of an epsilon-net",
        needs=("fidelities",),
        objectives="all",
        limits="kept and learned",
        colour="#DDCC77",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        fidelities: Fidelities,
        eta: Eta = 3,
        most_rungs: MostRungs = 4,
        schedule: Trainings = "whole",
    ) -> None:
        """Compare networks at rungs of the measurement's `fidelities`."""
        super().__init__(space, rng, fidelities=fidelities, eta=eta, most_rungs=most_rungs, schedule=schedule)

    def _kept(self, losses: Sequence[float]) -> tuple[float, ...]:
        return tuple(losses)

    def _order(self, losses: NDArray[np.float64]) -> NDArray[np.intp]:
        return survival_order(losses)


STRATEGY = MultiObjectiveASHA
