"""The interface of surrogates, and their registry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from nasbench_pose.plugins import Registry, instance_of
from nasbench_pose.surrogates.encoding import Floats


class Prediction(NamedTuple):
    """Predicted mean and deviation, shape (n,) each, in the unit of the accuracies that the model was fitted to."""

    mean: Floats
    deviation: Floats
    """Standard deviation of another training of that genotype: the model's uncertainty and the noise."""


class Model(Protocol):
    """A fitted surrogate."""

    def predict(self, features: Floats) -> Prediction:
        """Return the prediction for features (n, d)."""
        ...


@dataclass(frozen=True)
class Surrogate:
    """A regression that predicts mean and deviation."""

    name: str
    fit: Callable[[Floats, Floats, int], Model]
    """(features (n, d), accuracies (n,), seed) -> the fitted model."""
    cite: str
    """The paper or book."""
    about: str
    """One line on what it is."""


SURROGATES = {
    "linear": "nasbench_pose.surrogates.linear:LINEAR",
    "gp": "nasbench_pose.surrogates.gaussian_process:GP",
    "forest": "nasbench_pose.surrogates.trees:FOREST",
    "lightgbm": "nasbench_pose.surrogates.trees:LIGHTGBM",
}
"""Name -> `module:attribute`, imported on first use: scikit-learn and LightGBM are slow to load."""

REGISTRY = Registry(
    "surrogate", "nasbench_pose.surrogates", SURROGATES, instance_of(Surrogate), "a Surrogate", extra="surrogate"
)


def resolve(name: str) -> Surrogate:
    """Return a built-in surrogate, one of another package by its entry point, or one by its path `module:attribute`.

    Raises UnknownNameError for a name that cannot be found or imported; the message names the extra `surrogate` if it
    is not installed. Raises InvalidFileError for an object of another type.

    >>> resolve("forrest")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No surrogate named 'forrest'; known: forest, gp, lightgbm, linear. \
Did you mean 'forest'?
    """
    return REGISTRY.resolve(name)
