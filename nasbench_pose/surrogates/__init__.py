"""Surrogates: models that predict an accuracy from the genotype, or from the first part of a learning curve."""

from nasbench_pose.surrogates.encoding import features
from nasbench_pose.surrogates.surrogate import SURROGATES, Model, Prediction, Surrogate, resolve
from nasbench_pose.surrogates.validation import Validation, cross_validate

__all__ = [
    "SURROGATES",
    "Model",
    "Prediction",
    "Surrogate",
    "Validation",
    "cross_validate",
    "features",
    "resolve",
]
