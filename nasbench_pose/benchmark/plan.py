"""Which trainings make a benchmark table, in an order in which a part of it is already worth having."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.spaces.distinct import ENUMERABLE

Job = tuple[Genotype, int]
"""A genotype and the seed to train it with."""


@dataclass(frozen=True)
class Plan:
    """How many seeds train what."""

    seeds: int = 3
    """Of baselines, of what is replicated and of what is near the front."""
    replicated: int = 150
    """Genotypes, spread evenly over MACs."""
    each: int = 1
    """Seeds of every genotype, `seeds` at most."""

    def __post_init__(self) -> None:
        if self.each > self.seeds:
            raise InvalidFileError(f"All genotypes with {self.each} seeds, and the important ones with {self.seeds}?")


NEAR = 2**0.5
"""Seed deviations below the best at no more MACs that still count as near the front: two trainings differ by that."""


def jobs(
    space: SearchSpace, rows: Callable[[], pd.DataFrame], *, plan: Plan, rng: np.random.Generator
) -> Iterator[Job]:
    """Yield every training that the table lacks; `rows` returns what it has by the time it is asked.

    First the space's baselines with all seeds, then every genotype once in random order, then in the same order those
    that are replicated with all seeds, then every genotype with as many as each gets, and in the end, with all seeds,
    what is near the front. So a part of the table, wherever it ends, is a random one.
    """
    order, again = drawn(space, plan.replicated, rng)
    repeated = set(again)
    planned: list[Job] = [(find(name), seed) for name in space.baselines for seed in range(plan.seeds)]
    planned += [(genotype, 0) for genotype in order]
    planned += [(genotype, seed) for genotype in again for seed in range(1, plan.seeds)]
    planned += [(genotype, seed) for seed in range(1, plan.each) for genotype in order if genotype not in repeated]
    members = {genotype.text: genotype for genotype in order}
    asked: set[Job] = set()  # also what is under way, which no row tells
    while wanted := dict.fromkeys(job for job in _lacking(planned, rows()) if job not in asked):
        asked.update(wanted)
        yield from wanted
        planned = _close(members, rows(), plan.seeds)  # better means move the front


def check_size(space: SearchSpace) -> None:
    """Raise InvalidFileError for a space that nobody can train every member of."""
    if space.size > ENUMERABLE:
        raise InvalidFileError(
            f"{space.name} has {space.size:.3g} genotypes, and a table trains every one; {ENUMERABLE} are the most."
        )


def drawn(space: SearchSpace, replicated: int, rng: np.random.Generator) -> tuple[list[Genotype], list[Genotype]]:
    """Return all genotypes in random order, and in the same order the `replicated` ones, spread evenly over MACs."""
    everything = list(space.enumerate())
    order = [everything[i] for i in rng.permutation(len(everything))]
    again = set(_spread(space, everything, min(replicated, len(everything)), rng))
    return order, [genotype for genotype in order if genotype in again]


def _lacking(planned: list[Job], rows: pd.DataFrame) -> Iterator[Job]:
    done = set(rows[["genotype", "seed"]].itertuples(index=False, name=None))
    return (job for job in planned if (job[0].text, job[1]) not in done)


def _close(members: Mapping[str, Genotype], rows: pd.DataFrame, seeds: int) -> list[Job]:
    own = rows[rows["genotype"].isin(members)]
    return [(members[text], seed) for text in near_front(own) for seed in range(seeds)]


def _spread(space: SearchSpace, genotypes: list[Genotype], n: int, rng: np.random.Generator) -> list[Genotype]:
    """Return one genotype of each of `n` equally large groups of neighbouring MACs, drawn at random, cheapest first."""
    macs = table(space).count(space.encode(genotypes)).macs
    groups = np.array_split(np.argsort(macs, kind="stable"), n) if n else []
    return [genotypes[rng.choice(group)] for group in groups]


def near_front(rows: pd.DataFrame) -> list[str]:
    """Return the genotypes whose mean accuracy is near the best of those with no more MACs, cheapest first.

    >>> rows = pd.DataFrame({"genotype": ["a", "a", "b", "c"], "seed": [0, 1, 0, 0], "macs": [1, 1, 2, 3]})
    >>> near_front(rows.assign(val_pckh=[20.0, 22.0, 21.5, 10.0]))
    ['a', 'b']
    """
    grouped = rows.dropna(subset="val_pckh").groupby("genotype")
    means = grouped.agg(macs=("macs", "first"), val=("val_pckh", "mean")).sort_values("macs")
    deviation = float(np.sqrt(grouped["val_pckh"].var(ddof=1).mean()))
    best = means["val"].cummax()
    return list(means.index[means["val"] >= best - NEAR * (0 if np.isnan(deviation) else deviation)])
