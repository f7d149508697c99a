"""A Gaussian process: smooth over the space, surest near what was trained."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Kernel, WhiteKernel
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.linear import Scaled
from nasbench_pose.surrogates.surrogate import Surrogate

LEARNT_FROM = 200
"""Genotypes that the kernel's parameters are learnt from: each attempt takes the cube of their number."""


def _fit(features: Floats, accuracy: Floats, seed: int) -> Scaled:
    """Fit a linear trend with a smooth rest; the white kernel is the noise of the seeds, which it learns."""
    drawn = np.random.default_rng(seed).permutation(len(accuracy))[:LEARNT_FROM]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a bound that is reached switches a part of the kernel off
        learnt = _process(_kernel(), seed).fit(features[drawn], accuracy[drawn])
    known = learnt[-1].kernel_
    return Scaled(_process(known, seed, optimizer=None).fit(features, accuracy))


def _kernel() -> Kernel:
    wide = (1e-5, 1e5)
    return (
        ConstantKernel(0.1, wide) * DotProduct(1.0, wide)
        + ConstantKernel(1.0, wide) * RBF(5.0, (0.1, 1e4))
        + WhiteKernel(0.1, (1e-6, 1e2))
    )


def _process(kernel: Kernel, seed: int, optimizer: str | None = "fmin_l_bfgs_b") -> Pipeline:
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed, optimizer=optimizer)
    return make_pipeline(StandardScaler(), process)


GP = Surrogate(
    "gp",
    _fit,
    "Rasmussen & Williams: Gaussian Processes for Machine Learning, 2006",
    "Gaussian process: a linear trend, a smooth rest, and noise that is learnt",
)
