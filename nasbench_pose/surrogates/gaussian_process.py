"""A Gaussian process: smooth over the space, surest near what was trained."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Kernel, WhiteKernel

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
        process = GaussianProcessRegressor(_kernel(), normalize_y=True, random_state=seed)
        learnt = Scaled.fit(process, features[drawn], accuracy[drawn]).pipeline[-1].kernel_
    known = GaussianProcessRegressor(learnt, normalize_y=True, random_state=seed, optimizer=None)
    return Scaled.fit(known, features, accuracy)


def _kernel() -> Kernel:
    wide = (1e-5, 1e5)
    return (
        ConstantKernel(0.1, wide) * DotProduct(1.0, wide)
        + ConstantKernel(1.0, wide) * RBF(5.0, (0.1, 1e4))
        + WhiteKernel(0.1, (1e-6, 1e2))
    )


GP = Surrogate(
    "gp",
    _fit,
    "Rasmussen & Williams: Gaussian Processes for Machine Learning, 2006",
    "Gaussian process: a linear trend, a smooth rest, and noise that is learnt",
)
