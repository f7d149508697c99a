"""Paths through a supernet: drawn uniformly, or those with the fewest and the most MACs."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from nasbench_pose.cost import table
from nasbench_pose.spaces import SearchSpace

Options = dict[str, int]
"""Choice -> number of the option that is taken."""


def random_path(space: SearchSpace, rng: torch.Generator) -> Options:
    """Draw a path through the supernet: each decision uniformly.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> random_path(space, torch.Generator().manual_seed(0)).keys() == space.choices.keys()
    True
    """
    path: Options = {}
    for decision in space.decisions:
        path |= decision.path(int(torch.randint(len(decision.options), (1,), generator=rng)))
    return path


def extreme_paths(space: SearchSpace) -> tuple[Options, Options]:
    """Return the paths with the fewest and the most MACs: changing any one decision gives no fewer, or no more.

    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_micro")
    >>> extreme_paths(space) == (space.path(find("micro-smallest")), space.path(find("micro-largest")))
    True
    """
    return _extreme(space, np.argmin), _extreme(space, np.argmax)


def _extreme(space: SearchSpace, best: Callable[[NDArray[np.int64]], np.intp]) -> Options:
    """Return the path that coordinate descent on MACs ends at: decision by decision, until none changes."""
    count, names = table(space).count, list(space.genes)
    columns = [[names.index(gene) for gene in decision.genes] for decision in space.decisions]
    codes = [  # of each decision: option indices of its genes, shape (options of the decision, genes)
        np.array(
            [[space.genes[gene].index(dict(way.genes)[gene]) for gene in decision.genes] for way in decision.options],
            dtype=np.int8,
        )
        for decision in space.decisions
    ]
    taken, before = [0] * len(codes), list[int]()
    while taken != before:
        before = list(taken)
        for number in range(len(codes)):
            row = np.zeros(len(names), dtype=np.int8)
            for place, values, option in zip(columns, codes, taken, strict=True):
                row[place] = values[option]
            rows = np.repeat(row[None], len(codes[number]), axis=0)
            rows[:, columns[number]] = codes[number]
            taken[number] = int(best(count(rows).macs))
    paths = (decision.path(option) for decision, option in zip(space.decisions, taken, strict=True))
    return {choice: option for path in paths for choice, option in path.items()}
