"""Random numbers: generators from seeds, and uniform draws of many option indices at once."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from nasbench_pose.errors import InvalidFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Randomness = np.random.Generator | int
    """A generator, or the seed of a new one."""

CHUNK = 4096
"""Genotypes drawn at a time: the work arrays of a chunk stay in the processor's cache."""


def generator(rng: Randomness) -> np.random.Generator:
    """Return a generator with this seed; a generator is returned unchanged.

    >>> int(generator(0).integers(10)) == int(generator(0).integers(10))
    True
    """
    import numpy as np

    if isinstance(rng, np.random.Generator):
        return rng
    try:
        return np.random.default_rng(operator.index(rng))
    except (TypeError, ValueError):
        raise InvalidFileError(
            f"{rng!r} is no source of random numbers; expected a seed such as 0, or numpy.random.default_rng(0)."
        ) from None


def draw_options(sizes: NDArray[np.integer], n: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Draw `n` times, for each gene, one of `sizes` options uniformly; shape (n, genes).

    The numbers equal `rng.integers(0, sizes, size=(n, len(sizes)))`, in a third of the time. The method is the same: 32
    random bits times the size give the index in the upper half; draws that would bias the index are repeated (Lemire:
    Fast Random Integer Generation in an Interval, arXiv 1805.10941).

    >>> import numpy as np
    >>> draw_options(np.array([2, 1, 9]), 2, np.random.default_rng(0)).tolist()
    [[1, 0, 5], [1, 0, 2]]
    """
    import numpy as np

    open_genes = np.flatnonzero(sizes > 1)
    codes = np.zeros((n, len(sizes)), dtype=np.int8)
    wide = sizes[open_genes].astype(np.uint64)
    unfair = (2**32 % wide).astype(np.uint32)
    for start in range(0, n, CHUNK):
        out = codes[start : start + CHUNK]
        before = rng.bit_generator.state
        products = rng.integers(2**32, size=(len(out), len(wide)), dtype=np.uint32) * wide
        if (products.astype(np.uint32) < unfair).any():  # once in a million genotypes or so
            rng.bit_generator.state = before
            out[:] = rng.integers(0, sizes, size=out.shape)
        else:
            out[:, open_genes] = products >> 32
    return codes
