"""Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio & Kégl 2011), as Optuna has it."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.optuna_sampler import OptunaSearch


class TPE(OptunaSearch):
    """Proposes options that are frequent among the best trials and rare among the others.

    The sampler is Optuna's `TPESampler` of the sum of losses, over all genes at once. Genes without effect are not part
    of a trial.

    >>> from nasbench_pose.spaces import load
    >>> TPE(load("simplebaseline"), np.random.default_rng(0)).ask().genotype.space
    'simplebaseline'
    """

    declaration = Declaration(
        summary="TPE of Optuna: options that are frequent among the best trials and rare among the others.",
        paper="Bergstra, Bardenet, Bengio & Kégl 2011; Watanabe 2023, arXiv:2304.11127",
        defaults="those of Optuna 5: 10 random trials, 24 candidates",
        limits="kept and learned",
        colour="#17BECF",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        startup: Annotated[int, Setting("random trials before the first estimate", low=1)] = 10,
        candidates: Annotated[int, Setting("candidates of each proposal", low=1)] = 24,
        weights: Annotated[Sequence[float], Setting("weights of the losses", per_objective=True)] = (1.0,),
    ) -> None:
        from optuna.samplers import TPESampler

        super().__init__(
            "tpe",
            lambda seed: TPESampler(n_startup_trials=startup, n_ei_candidates=candidates, seed=seed),
            space,
            rng,
            weights=weights,
            conditional=True,
        )


STRATEGY = TPE
