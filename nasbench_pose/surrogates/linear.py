"""Bayesian linear regression: the yardstick that a surrogate has to beat."""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.surrogate import Prediction, Surrogate


@dataclass(frozen=True)
class Scaled:
    """A regression of scikit-learn that says how sure it is, behind a scaling of the features."""

    pipeline: Pipeline

    def predict(self, features: Floats) -> Prediction:
        """Return mean and deviation, noise included."""
        mean, deviation = self.pipeline.predict(features, return_std=True)
        return Prediction(np.asarray(mean), np.asarray(deviation))


def _fit(features: Floats, accuracy: Floats, seed: int) -> Scaled:  # noqa: ARG001 - nothing is drawn
    return Scaled(make_pipeline(StandardScaler(), BayesianRidge()).fit(features, accuracy))


LINEAR = Surrogate(
    "linear",
    _fit,
    "MacKay: Bayesian Interpolation, Neural Computation 1992",
    "Bayesian linear regression: every option has its own worth",
)
