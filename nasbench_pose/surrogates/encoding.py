"""Genotypes as feature vectors for regressions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost import CostTable, table
from nasbench_pose.spaces import SearchSpace

Floats = NDArray[np.float64]


def features(
    space: SearchSpace, codes: NDArray[np.integer] | Sequence[Sequence[int]], costs: CostTable | None = None
) -> Floats:
    """Return option indices (n, genes) as features (n, options + 2): one-hot genes, log10 of MACs and of parameters.

    The one-hot part is the encoding that predicts best among the simple ones (White et al., A Study on Encodings for
    NAS, arXiv 2007.04965). Costs need no training and sum up the joint effect of widths. `costs` is the cost table of
    the space; it is made if it is not passed. Raises InvalidFileError for indices outside the space.

    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_micro")
    >>> features(space, space.encode([find("micro-smallest")]))[0, :4]
    array([1., 0., 0., 1.])
    """
    indices = np.asarray(codes)
    counts = (costs or table(space)).count(indices)
    hot = [np.eye(len(options))[indices[:, column]] for column, options in enumerate(space.genes.values())]
    logarithms = np.log10(np.maximum(1, np.stack([counts.macs, counts.params], axis=1)))
    return np.concatenate([*hot, logarithms], axis=1)
