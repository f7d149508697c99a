"""How well a surrogate predicts what it has not seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.surrogate import Prediction, Surrogate

WITHIN = 1.96
"""Deviations on either side of the mean that should hold 95 % of what is measured."""


@dataclass(frozen=True)
class Validation:
    """Predictions of accuracies by models that had not seen them, and how far they were right."""

    prediction: Prediction
    """Shape (n,), in the order of the accuracies."""
    tau: float
    """Kendall's tau between what was predicted and what was measured; NaN if all predictions are equal."""
    rmse: float
    """Root mean square error, in the unit of the accuracies."""
    coverage: float
    """Share of the accuracies within 1.96 deviations of the mean: 0.95 if the surrogate knows how sure it may be."""


def cross_validate(
    surrogate: Surrogate, features: Floats, accuracy: Floats, *, rng: np.random.Generator, folds: int = 5
) -> Validation:
    """Fit `surrogate` to all folds but one of features (n, d) and accuracies (n,), predict that one, and so on.

    `rng` divides into folds. Raises InvalidFileError if there are fewer than two genotypes for each fold, or fewer
    than two folds.
    """
    if folds < 2 or len(accuracy) < 2 * folds:
        raise InvalidFileError(
            f"{len(accuracy)} genotypes cannot be divided into {folds} folds; two folds and two in each are the least."
        )
    mean, deviation = np.empty(len(accuracy)), np.empty(len(accuracy))
    for seed, (train, test) in enumerate(divided(len(accuracy), folds, rng)):
        mean[test], deviation[test] = surrogate.fit(features[train], accuracy[train], seed).predict(features[test])
    within = np.abs(mean - accuracy) <= WITHIN * deviation
    return Validation(
        Prediction(mean, deviation),
        float(kendalltau(mean, accuracy).statistic),
        float(np.sqrt(np.mean((mean - accuracy) ** 2))),
        float(within.mean()),
    )


Rows = NDArray[np.intp]


def divided(n: int, folds: int, rng: np.random.Generator) -> Iterator[tuple[Rows, Rows]]:
    """Yield (the others, the fold) for each of `folds` parts of n rows, drawn by `rng`.

    >>> parts = list(divided(5, 2, np.random.default_rng(0)))
    >>> sorted(np.concatenate([test for _, test in parts]).tolist()), [len(train) for train, _ in parts]
    ([0, 1, 2, 3, 4], [2, 3])
    """
    order = rng.permutation(n)
    for test in np.array_split(order, folds):
        yield np.setdiff1d(order, test), test
