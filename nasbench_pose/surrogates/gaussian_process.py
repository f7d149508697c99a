"""A Gaussian process as a surrogate: its uncertainty grows with the distance from the trained genotypes."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Kernel, WhiteKernel

from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.linear import ScaledRegression
from nasbench_pose.surrogates.surrogate import Surrogate

LEARNT_FROM = 200
"""Genotypes that the kernel's parameters are fitted to: each step of the fit takes time cubic in their number."""


def _fit(features: Floats, accuracy: Floats, seed: int) -> ScaledRegression:
    """Fit a linear trend plus a smooth function; the white kernel estimates the noise of the seeds."""
    drawn = np.random.default_rng(seed).permutation(len(accuracy))[:LEARNT_FROM]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a parameter at its bound is no fault
        process = GaussianProcessRegressor(_kernel(), normalize_y=True, random_state=seed)
        learnt = ScaledRegression.fit(process, features[drawn], accuracy[drawn]).pipeline[-1].kernel_
    known = GaussianProcessRegressor(learnt, normalize_y=True, random_state=seed, optimizer=None)
    return ScaledRegression.fit(known, features, accuracy)


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
    "Gaussian process: a linear trend, a smooth function, and estimated noise",
)
