"""Cross-validation of surrogates."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.surrogate import Prediction, Surrogate

WITHIN = 1.96
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Validation:
    """Predictions of accuracies by models that were not fitted to them, and their quality."""

    prediction: Prediction
    """Shape (n,), in the order of the accuracies."""
    tau: float
    """Kendall's tau between predictions and measurements; NaN if all predictions are equal."""
    rmse: float
    """Root mean square error, in the unit of the accuracies."""
    coverage: float
    """Share of the accuracies within 1.96 deviations of the mean: 0.95 for a calibrated surrogate."""


def cross_validate(
    surrogate: Surrogate, features: Floats, accuracy: Floats, *, rng: np.random.Generator, folds: int = 5
) -> Validation:
    """Predict each fold of features (n, d) and accuracies (n,) by a model that was fitted to the other folds.

    `rng` draws the folds. Raises InvalidFileError for fewer than two folds or fewer than two genotypes in each fold.
    """
    if folds < 2 or len(accuracy) < 2 * folds:
        raise InvalidFileError(
            f"{len(accuracy)} genotypes cannot be divided into {folds} folds; at least two folds of two are needed."
        )
    mean, deviation = np.empty(len(accuracy)), np.empty(len(accuracy))
    for seed, (train, test) in enumerate(split_folds(len(accuracy), folds, rng)):
        mean[test], deviation[test] = surrogate.fit(features[train], accuracy[train], seed).predict(features[test])
    within = np.abs(mean - accuracy) <= WITHIN * deviation
    return Validation(
        Prediction(mean, deviation),
        float(kendalltau(mean, accuracy).statistic),
        float(np.sqrt(np.mean((mean - accuracy) ** 2))),
        float(within.mean()),
    )


Rows = NDArray[np.intp]


def split_folds(n: int, folds: int, rng: np.random.Generator) -> Iterator[tuple[Rows, Rows]]:
    """Yield (rows of the other folds, rows of the fold) for each fold of n rows, drawn by `rng`.

    >>> parts = list(split_folds(5, 2, np.random.default_rng(0)))
    >>> sorted(np.concatenate([test for _, test in parts]).tolist()), [len(train) for train, _ in parts]
    ([0, 1, 2, 3, 4], [2, 3])
    """
    order = rng.permutation(n)
    for test in np.array_split(order, folds):
        yield np.setdiff1d(order, test), test
