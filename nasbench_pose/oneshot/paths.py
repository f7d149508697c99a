"""Which members of a supernet a training step trains.

`single_path` draws one uniformly (Guo et al., Single Path One-Shot, arXiv 1904.00420). `sandwich` takes the largest,
the smallest and two drawn ones (Yu & Huang, Universally Slimmable Networks, arXiv 1903.05134; Yu et al., BigNAS, arXiv
2003.11142), here without distillation.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from nasbench_pose.cost import table
from nasbench_pose.spaces import SearchSpace

Options = dict[str, int]
"""Choice -> number of the option that is taken."""


def drawn(space: SearchSpace, rng: torch.Generator) -> Options:
    """Draw a way through the supernet, uniformly decision by decision.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> drawn(space, torch.Generator().manual_seed(0)).keys() == space.choices.keys()
    True
    """
    path: Options = {}
    for decision in space.decisions:
        path |= decision.path(int(torch.randint(len(decision.options), (1,), generator=rng)))
    return path


def extremes(space: SearchSpace) -> tuple[Options, Options]:
    """Return the paths of fewest and of most MACs: no other way of any one decision has fewer, or more.

    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_micro")
    >>> extremes(space) == (space.path(find("micro-smallest")), space.path(find("micro-largest")))
    True
    """
    return _extreme(space, np.argmin), _extreme(space, np.argmax)


def _extreme(space: SearchSpace, best: Callable[[NDArray[np.int64]], np.intp]) -> Options:
    count, options = table(space).count, [_columns(space, number) for number in range(len(space.decisions))]
    ways, before = [0] * len(options), list[int]()
    while ways != before:
        before = list(ways)
        for number, (columns, codes) in enumerate(options):
            rows = np.repeat(_codes(space, options, ways)[None], len(codes), axis=0)
            rows[:, columns] = codes
            ways[number] = int(best(count(rows).macs))
    paths = (made.path(way) for made, way in zip(space.decisions, ways, strict=True))
    return {choice: option for path in paths for choice, option in path.items()}


Column = tuple[list[int], NDArray[np.int8]]
"""The columns of a decision's genes, and what each of its ways puts there: option indices, shape (ways, genes)."""


def _columns(space: SearchSpace, number: int) -> Column:
    decision, names = space.decisions[number], list(space.genes)
    values = [[space.genes[gene].index(dict(way.genes)[gene]) for gene in decision.genes] for way in decision.options]
    return [names.index(gene) for gene in decision.genes], np.array(values, dtype=np.int8)


def _codes(space: SearchSpace, options: list[Column], ways: list[int]) -> NDArray[np.int8]:
    codes = np.zeros(len(space.genes), dtype=np.int8)
    for (columns, values), way in zip(options, ways, strict=True):
        codes[columns] = values[way]
    return codes


@dataclass(frozen=True)
class Sampling:
    """A rule of which members are trained together."""

    about: str
    paths: int
    """Members that a step trains."""
    sample: Callable[[SearchSpace, torch.Generator], Iterator[list[Options]]]
    """Yields for ever the paths of a step."""


def _single_path(space: SearchSpace, rng: torch.Generator) -> Iterator[list[Options]]:
    while True:
        yield [drawn(space, rng)]


def _sandwich(space: SearchSpace, rng: torch.Generator) -> Iterator[list[Options]]:
    ends = extremes(space)
    while True:
        yield [*ends, drawn(space, rng), drawn(space, rng)]


SAMPLINGS: Mapping[str, Sampling] = {
    "single_path": Sampling("one member, drawn uniformly", 1, _single_path),
    "sandwich": Sampling("the largest, the smallest and two drawn ones", 4, _sandwich),
}
