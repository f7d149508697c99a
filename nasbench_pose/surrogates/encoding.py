"""Genotypes as the numbers a regression sees."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost import table
from nasbench_pose.spaces import SearchSpace

Floats = NDArray[np.float64]


def features(space: SearchSpace, codes: NDArray[np.integer] | Sequence[Sequence[int]]) -> Floats:
    """Return option indices (n, genes) as features (n, options + 2): one-hot genes, log10 of MACs and of parameters.

    The one-hot part is the adjacency-free encoding that predicts best among the simple ones (White et al., A Study on
    Encodings for NAS, arXiv 2007.04965); costs are free and tell which widths belong together. Raises InvalidFileError
    for indices that are none of the space.

    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_micro")
    >>> features(space, space.encode([find("micro-smallest")]))[0, :4]
    array([1., 0., 0., 1.])
    """
    given = np.asarray(codes)
    counts = table(space).count(given)
    hot = [np.eye(len(options))[given[:, column]] for column, options in enumerate(space.genes.values())]
    costs = np.log10(np.maximum(1, np.stack([counts.macs, counts.params], axis=1)))
    return np.concatenate([*hot, costs], axis=1)
