"""Bayesian linear regression: the baseline of the other surrogates."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import ThreadpoolController

from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.surrogate import Prediction, Surrogate


@cache
def _libraries() -> ThreadpoolController:
    """Return the loaded libraries of linear algebra; looking for them takes longer than a prediction."""
    return ThreadpoolController()


@dataclass(frozen=True)
class ScaledRegression:
    """A scikit-learn regression that predicts mean and deviation, after standardisation of the features."""

    pipeline: Pipeline

    @classmethod
    def fit(cls, regression: RegressorMixin, features: Floats, accuracy: Floats) -> "ScaledRegression":
        """Fit `regression` on one thread: with several, the order of sums and so the result would vary."""
        with _libraries().limit(limits=1):
            return cls(make_pipeline(StandardScaler(), regression).fit(features, accuracy))

    def predict(self, features: Floats) -> Prediction:
        """Return mean and standard deviation, noise included."""
        with _libraries().limit(limits=1):
            mean, deviation = self.pipeline.predict(features, return_std=True)
        return Prediction(np.asarray(mean), np.asarray(deviation))


def _fit(features: Floats, accuracy: Floats, seed: int) -> ScaledRegression:  # noqa: ARG001 - needs no random numbers
    return ScaledRegression.fit(BayesianRidge(), features, accuracy)


LINEAR = Surrogate(
    "linear",
    _fit,
    "MacKay: Bayesian Interpolation, Neural Computation 1992",
    "Bayesian linear regression: the effects of options add up",
)
