"""Bayesian linear regression: the yardstick that a surrogate has to beat."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.surrogate import Prediction, Surrogate


@dataclass(frozen=True)
class Scaled:
    """A regression of scikit-learn that says how sure it is, behind a scaling of the features."""

    pipeline: Pipeline

    @classmethod
    def fit(cls, regression: RegressorMixin, features: Floats, accuracy: Floats) -> "Scaled":
        """Fit `regression` on one thread: the order of sums, and so the result, would depend on the number."""
        with threadpool_limits(1):
            return cls(make_pipeline(StandardScaler(), regression).fit(features, accuracy))

    def predict(self, features: Floats) -> Prediction:
        """Return mean and deviation, noise included."""
        with threadpool_limits(1):
            mean, deviation = self.pipeline.predict(features, return_std=True)
        return Prediction(np.asarray(mean), np.asarray(deviation))


def _fit(features: Floats, accuracy: Floats, seed: int) -> Scaled:  # noqa: ARG001 - nothing is drawn
    return Scaled.fit(BayesianRidge(), features, accuracy)


LINEAR = Surrogate(
    "linear",
    _fit,
    "MacKay: Bayesian Interpolation, Neural Computation 1992",
    "Bayesian linear regression: every option has its own worth",
)
