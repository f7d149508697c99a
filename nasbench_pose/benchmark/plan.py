"""The trainings of a benchmark table, in an order in which an unfinished table is a useful sample."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasbench_pose.benchmark.arrays import SPLITS
from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.large_numbers import approximately
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.spaces.distinct import ENUMERABLE

Job = tuple[Genotype, int]
"""A genotype and the seed to train it with."""


@dataclass(frozen=True)
class Plan:
    """Numbers of seeds and of replicated genotypes."""

    seeds: int = 3
    """Seeds of baselines, of replicated genotypes and of genotypes near the front."""
    replicated: int = 150
    """Number of replicated genotypes, spread evenly over MACs."""
    each: int = 1
    """Seeds of every genotype, at most `seeds`."""
    best: float = 0.0
    """Share of the genotypes, the best by their means, that get all seeds, too."""

    def __post_init__(self) -> None:
        if not 0 <= self.best <= 1:
            raise InvalidFileError(f"The best genotypes are a share of all, from 0 to 1; not {self.best:g}.")
        if self.each > self.seeds:
            raise InvalidFileError(f"All genotypes with {self.each} seeds, and the important ones with {self.seeds}?")


NEAR = 2**0.5
"""Distance to the front, in standard deviations over seeds, that counts as near: the deviation of a difference."""


@dataclass(frozen=True)
class Order:
    """The trainings of a table, in an order in which an unfinished table is a useful sample."""

    planned: tuple[Job, ...]
    """The baselines with all seeds; every genotype once, in random order; the replicated ones with all seeds, in the
    same order; then every genotype with its other seeds. So an unfinished table is a random sample of the space."""
    members: Mapping[str, Genotype]
    """Text -> genotype of the space."""
    seeds: int
    """Seeds of genotypes near the front, and of the best."""
    best: float = 0.0
    """Share of the genotypes that count as the best, once all have been trained."""

    @classmethod
    def of(cls, space: SearchSpace, plan: Plan, rng: np.random.Generator) -> "Order":
        """Return the order of the trainings of `plan`; `rng` draws the random parts."""
        order, again = drawn(space, plan.replicated, rng)
        repeated = set(again)
        planned: list[Job] = [(find(name), seed) for name in space.baselines for seed in range(plan.seeds)]
        planned += [(genotype, 0) for genotype in order]
        planned += [(genotype, seed) for genotype in again for seed in range(1, plan.seeds)]
        planned += [(genotype, seed) for seed in range(1, plan.each) for genotype in order if genotype not in repeated]
        return cls(
            tuple(dict.fromkeys(planned)), {genotype.text: genotype for genotype in order}, plan.seeds, plan.best
        )

    def lacking(self, rows: pd.DataFrame) -> list[Job]:
        """Return the trainings that a table with these rows lacks: the planned ones, then those near its front.

        Then come those of the best genotypes. Each new mean may move the front, and the best.
        """
        done = set(rows[["genotype", "seed"]].itertuples(index=False, name=None))
        trained = rows[rows["genotype"].isin(self.members)]
        again = [*near_front(trained), *(self._best(trained) if self.best else [])]
        close = [(self.members[text], seed) for text in again for seed in range(self.seeds)]
        return [job for job in dict.fromkeys([*self.planned, *close]) if (job[0].text, job[1]) not in done]

    def _best(self, rows: pd.DataFrame) -> list[str]:
        """Return the best share of the genotypes by mean accuracy, the best first; none while some are not trained."""
        means = rows.groupby("genotype")[SPLITS["val"]].mean()
        whole = len(means) == len(self.members)
        return list(means.nlargest(round(self.best * len(self.members))).index) if whole else []


def check_size(space: SearchSpace) -> None:
    """Raise InvalidFileError for a space with too many genotypes to train all of them."""
    if space.size > ENUMERABLE:
        raise InvalidFileError(
            f"{space.name} has {approximately(space.size)} genotypes, and a table trains every one; {ENUMERABLE} are "
            "the most. `benchmark sample` trains some of them, and `benchmark surrogate` predicts the others."
        )


def drawn(space: SearchSpace, replicated: int, rng: np.random.Generator) -> tuple[list[Genotype], list[Genotype]]:
    """Return all genotypes in random order, and the `replicated` ones, spread evenly over MACs, in the same order."""
    everything = list(space.enumerate())
    order = [everything[i] for i in rng.permutation(len(everything))]
    again = set(_spread(space, everything, min(replicated, len(everything)), rng))
    return order, [genotype for genotype in order if genotype in again]


def replicated(space: SearchSpace, plan: Plan) -> list[Genotype]:
    """Return the genotypes that `plan` replicates, which are spread evenly over MACs."""
    return drawn(space, plan.replicated, np.random.default_rng(0))[1]


def _spread(space: SearchSpace, genotypes: list[Genotype], n: int, rng: np.random.Generator) -> list[Genotype]:
    """Return one random genotype of each of `n` equally large groups of similar MACs, cheapest first."""
    macs = table(space).count(space.encode(genotypes)).macs
    groups = np.array_split(np.argsort(macs, kind="stable"), n) if n else []
    return [genotypes[rng.choice(group)] for group in groups]


def near_front(rows: pd.DataFrame) -> list[str]:
    """Return the genotypes whose mean accuracy is near the best one at the same or fewer MACs, cheapest first.

    >>> rows = pd.DataFrame({"genotype": ["a", "a", "b", "c"], "seed": [0, 1, 0, 0], "macs": [1, 1, 2, 3]})
    >>> near_front(rows.assign(val_pckh=[20.0, 22.0, 21.5, 10.0]))
    ['a', 'b']
    """
    grouped = rows.dropna(subset=SPLITS["val"]).groupby("genotype")
    means = grouped.agg(macs=("macs", "first"), val=(SPLITS["val"], "mean")).sort_values("macs")
    deviation = float(np.sqrt(grouped[SPLITS["val"]].var(ddof=1).mean()))
    best = means["val"].cummax()
    return list(means.index[means["val"] >= best - NEAR * (0 if np.isnan(deviation) else deviation)])
