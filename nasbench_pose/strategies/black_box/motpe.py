"""TPE of several objectives (Ozaki, Tanigaki, Watanabe & Onishi 2020, doi:10.1145/3377930.3389817); by Optuna."""

from typing import Annotated

import numpy as np

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.optuna_sampler import OptunaSearch


class MOTPE(OptunaSearch):
    """Proposes options that are frequent among the non-dominated trials and rare among the others.

    The sampler is Optuna's `TPESampler` of all losses. It estimates each gene by itself. Genes without effect are not
    part of a trial.

    >>> from nasbench_pose.spaces import load
    >>> MOTPE(load("simplebaseline"), np.random.default_rng(0)).ask().genotype.space
    'simplebaseline'
    """

    declaration = Declaration(
        summary="TPE of Optuna for several objectives: the best trials are those of the first fronts.",
        paper="Ozaki, Tanigaki, Watanabe & Onishi 2020, doi:10.1145/3377930.3389817",
        defaults="those of Optuna 5: 10 random trials, 24 candidates",
        objectives="all",
        limits="kept and learned",
        colour="#0B7285",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        startup: Annotated[int, Setting("random trials before the first estimate", low=1)] = 10,
        candidates: Annotated[int, Setting("candidates of each proposal", low=1)] = 24,
    ) -> None:
        from optuna.samplers import TPESampler

        super().__init__(
            "motpe",
            lambda seed: TPESampler(n_startup_trials=startup, n_ei_candidates=candidates, seed=seed),
            space,
            rng,
            weights=None,
            conditional=True,
        )


STRATEGY = MOTPE
