"""What a surrogate is, and which there are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from nasbench_pose.plugins import Registry, instance_of
from nasbench_pose.surrogates.encoding import Floats


class Prediction(NamedTuple):
    """What a surrogate expects, shape (n,) each, in the unit of what it was fitted to."""

    mean: Floats
    deviation: Floats
    """Standard deviation of another training of that genotype: what the model does not know, and the noise."""


class Model(Protocol):
    """A fitted surrogate."""

    def predict(self, features: Floats) -> Prediction:
        """Return what is expected of features (n, d)."""
        ...


@dataclass(frozen=True)
class Surrogate:
    """A regression that says how sure it is."""

    name: str
    fit: Callable[[Floats, Floats, int], Model]
    """(features (n, d), accuracies (n,), seed) -> the fitted model."""
    cite: str
    about: str
    """What it is, in a line."""


SURROGATES = {
    "linear": "nasbench_pose.surrogates.linear:LINEAR",
    "gp": "nasbench_pose.surrogates.gaussian_process:GP",
    "forest": "nasbench_pose.surrogates.trees:FOREST",
    "lightgbm": "nasbench_pose.surrogates.trees:LIGHTGBM",
}
"""Name -> `module:attribute`: scikit-learn and LightGBM are imported when one is used."""

REGISTRY = Registry(
    "surrogate", "nasbench_pose.surrogates", SURROGATES, instance_of(Surrogate), "a Surrogate", extra="surrogate"
)


def resolve(name: str) -> Surrogate:
    """Return a surrogate: built in, of another package by its entry point, or spelt `module:attribute`.

    Raises UnknownNameError for what cannot be found or imported, which says so where the extra `surrogate` is not
    installed, and InvalidFileError for what is no surrogate.

    >>> resolve("forrest")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No surrogate named 'forrest'; known: forest, gp, lightgbm, linear. \
Did you mean 'forest'?
    """
    return REGISTRY.resolve(name)
