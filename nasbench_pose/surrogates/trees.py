"""Ensembles of trees as surrogates: they model interactions and need no scaling."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from lightgbm import LGBMRegressor
from sklearn.ensemble import RandomForestRegressor

from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.surrogate import Prediction, Surrogate

TREES = 200
BAGS = 10
"""Bootstrap resamples, one for each member; the members' variance is the model's uncertainty."""


Regression = Callable[[Floats], Floats]
"""A fitted model: features (n, d) -> accuracies (n,)."""
Fit = Callable[[Floats, Floats, int], Regression]
"""(features, accuracies, seed) -> fitted model."""


@dataclass(frozen=True)
class Ensemble:
    """Members that were each fitted to a resample; their mean is the prediction, their variance its uncertainty."""

    members: tuple[Regression, ...]
    noise: float
    """Variance of the out-of-bag error."""

    def predict(self, features: Floats) -> Prediction:
        """Return the members' mean; its variance is the variance of the members plus the noise."""
        every = np.stack([member(features) for member in self.members])
        return Prediction(every.mean(axis=0), np.sqrt(every.var(axis=0) + self.noise))


def _bagged(fit: Fit, features: Floats, accuracy: Floats, seed: int) -> Ensemble:
    """Fit members to bootstrap resamples; the samples that each left out give the error (Breiman: out-of-bag)."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(accuracy), size=(BAGS, len(accuracy)))
    members = tuple(fit(features[rows], accuracy[rows], seed + number) for number, rows in enumerate(drawn))
    predicted = np.stack([member(features) for member in members])
    seen = np.stack([np.isin(np.arange(len(accuracy)), rows) for rows in drawn])
    outside = np.ma.masked_array(predicted, seen)
    # the squared error of the mean, less the variance of that mean itself
    errors = (outside.mean(axis=0) - accuracy) ** 2 - outside.var(axis=0) / (~seen).sum(axis=0).clip(1)
    noise = np.ma.mean(errors)
    return Ensemble(members, 0.0 if noise is np.ma.masked else max(0.0, float(noise)))


def _trees(features: Floats, accuracy: Floats, seed: int) -> Regression:
    forest = RandomForestRegressor(TREES // BAGS, min_samples_leaf=2, max_features=0.5, random_state=seed)
    fitted: Regression = forest.fit(features, accuracy).predict
    return fitted


def _boosted(features: Floats, accuracy: Floats, seed: int) -> Regression:
    model = LGBMRegressor(
        n_estimators=300, learning_rate=0.05, num_leaves=15, min_child_samples=5, subsample=0.8, subsample_freq=1,
        colsample_bytree=0.8, reg_lambda=1.0, random_state=seed, n_jobs=1, deterministic=True,
        force_col_wise=True, verbose=-1,
    )  # fmt: skip
    booster = model.fit(features, accuracy).booster_
    return lambda asked: np.asarray(booster.predict(asked, num_threads=1), dtype=np.float64)


FOREST = Surrogate(
    "forest",
    partial(_bagged, _trees),
    "Breiman: Random Forests, Machine Learning 2001",
    "random forest",
)
LIGHTGBM = Surrogate(
    "lightgbm",
    partial(_bagged, _boosted),
    "Ke et al.: LightGBM, NeurIPS 2017",
    "gradient-boosted trees, fitted to ten resamples",
)
