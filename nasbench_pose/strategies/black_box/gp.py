"""Bayesian optimisation with Gaussian processes, as Optuna has it."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.optuna_sampler import OptunaSearch


class GaussianProcesses(OptunaSearch):
    """Fits a Gaussian process to each loss and proposes the genotype with the largest expected improvement.

    The sampler is Optuna's `GPSampler`: a Matérn kernel with a length scale for each gene. Without weights it follows
    all objectives by the expected improvement of their hypervolume (logEHVI); with weights it minimises the sum of
    losses (logEI). Genes without effect have their first option.

    >>> from nasbench_pose.spaces import load
    >>> GaussianProcesses(load("simplebaseline"), np.random.default_rng(0)).ask().genotype.space
    'simplebaseline'
    """

    declaration = Declaration(
        summary="Gaussian processes of Optuna: the largest expected improvement of the hypervolume.",
        paper="Daulton, Balandat & Bakshy 2020, arXiv:2006.05078; Ament et al. 2023, arXiv:2310.20708",
        defaults="those of Optuna 5: 10 random trials",
        limits="kept and learned",
        colour="#D62728",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        startup: Annotated[int, Setting("random trials before the first fit", low=1)] = 10,
        weights: Annotated[
            Sequence[float] | None, Setting("weights of the losses; null: all objectives", per_objective=True)
        ] = None,
    ) -> None:
        from optuna.samplers import GPSampler

        super().__init__(
            "gp",
            lambda seed: GPSampler(n_startup_trials=startup, warn_independent_sampling=False, seed=seed),
            space,
            rng,
            weights=weights,
        )


STRATEGY = GaussianProcesses
