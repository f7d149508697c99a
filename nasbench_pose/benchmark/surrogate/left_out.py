"""Leave one strategy out: how well networks that a strategy found are predicted without them."""

from typing import NamedTuple

import numpy as np
from scipy.stats import kendalltau

from nasbench_pose.benchmark.surrogate.sample_file import BY_COST
from nasbench_pose.benchmark.surrogate.surrogate_benchmark import SurrogateBenchmark
from nasbench_pose.surrogates.validation import WITHIN

FEWEST = 5
"""Fewest networks of a strategy."""


class LeftOut(NamedTuple):
    """The predictions of the networks that one strategy found, by a model that has not seen them."""

    strategy: str
    networks: int
    tau: float
    """Kendall's tau between predictions and trainings."""
    bias: float
    """Mean of prediction minus training, in points; positive where searches exploit the model."""
    rmse: float
    """Points."""
    coverage: float
    """Share of the trainings within 1.96 deviations: 0.95 if the intervals are honest."""


def leave_one_strategy_out(sample: SurrogateBenchmark) -> list[LeftOut]:
    """Predict the networks of each strategy of a sample from all others; strategies with fewer than five are left out.

    The validation of Siems et al. (NAS-Bench-301, arXiv 2008.09777): a search on the surrogate visits networks that
    are unlike random ones, so that random folds say too little.
    """
    surrogate, known, accuracy = sample.known
    drawn_by = sample.first["drawn_by"].to_numpy()
    found = []
    for strategy in sorted(set(drawn_by.tolist()) - {BY_COST}):
        mine = drawn_by == strategy
        if mine.sum() < FEWEST:
            continue
        mean, deviation = surrogate.fit(known[~mine], accuracy[~mine], 0).predict(known[mine])
        errors = mean - accuracy[mine]
        found.append(
            LeftOut(
                strategy,
                int(mine.sum()),
                float(kendalltau(mean, accuracy[mine]).statistic),
                float(errors.mean()),
                float(np.sqrt((errors**2).mean())),
                float((np.abs(errors) <= WITHIN * deviation).mean()),
            )
        )
    return found
