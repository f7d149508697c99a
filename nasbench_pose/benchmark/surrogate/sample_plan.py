"""The networks of a sample: drawn evenly over cost, then those that searches find on the surrogate of the first."""

import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
import pandas as pd

from nasbench_pose.benchmark.surrogate.evaluator import Predicted
from nasbench_pose.benchmark.surrogate.sample_file import BY_COST
from nasbench_pose.benchmark.surrogate.surrogate_benchmark import SurrogateBenchmark
from nasbench_pose.cost import CostTable, histogram, window
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.objective import Limit
from nasbench_pose.search import compare, plan
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.distinct import ENUMERABLE

STRATA = 20
"""Windows of MACs of equal width between the cheapest and the dearest network; each round draws from every one."""

SEARCHERS = ("evolution", "local", "nsga2", "predictor", "tpe")
"""Strategies whose finds are trained: of different families, so that leaving one out is a test."""

SHARES = (0.25, 0.5, 1.0)
"""Limits of the searches, as shares of the range of MACs, so that what they find is spread over cost, too."""


@dataclass(frozen=True)
class SamplePlan:
    """Numbers of trainings in a sample."""

    drawn: int = 600
    """Networks drawn evenly over MACs."""
    liked: int = 150
    """Networks that searches on the surrogate of the drawn ones found best; the same number from each strategy."""
    every: int = 10
    """Every so many drawn networks one has all seeds, which tells the noise of a training."""
    seeds: int = 3
    budget: int = 100
    """Trials of each search on the surrogate."""

    def __post_init__(self) -> None:
        if self.drawn < 1 or self.liked < 0 or self.every < 1 or self.seeds < 1:
            raise InvalidFileError(f"A sample has at least one drawn network, and no negative numbers: {self}.")


Draw = tuple[Genotype, int, str]
"""Genotype, seed, and what drew it."""


def over_cost(space: SearchSpace, costs: CostTable, rng: np.random.Generator) -> Iterator[Genotype]:
    """Yield different networks: a cheapest and a dearest one, then rounds of a draw from each window of MACs.

    The draws are uniform, the order of the windows is random. So the first networks, however many, are spread evenly
    over cost. Windows without a member are left out; a window of which twenty draws give nothing new is used up.
    """
    possible = histogram(costs, "macs")
    ends = np.linspace(possible.minimum, possible.maximum + 1, STRATA + 1).round().astype(int).tolist()
    windows = [window(costs, low, max(low, high - 1)) for low, high in pairwise(ends)]
    left = {number: part for number, part in enumerate(windows) if part.size}
    extremes = [window(costs, end, end).sample(1, rng) for end in (possible.minimum, possible.maximum)]
    yield from (at_the_ends := list(dict.fromkeys(space.decode(np.concatenate(extremes)))))
    seen: set[Genotype] = set(at_the_ends)
    while left:
        for number in rng.permutation(list(left)).tolist():
            candidates = space.decode(left[number].sample(20, rng))
            fresh = next((genotype for genotype in candidates if genotype not in seen), None)
            if fresh is None:
                del left[number]
            else:
                seen.add(fresh)
                yield fresh


def drawn(space: SearchSpace, costs: CostTable, wanted: SamplePlan, rng: np.random.Generator) -> list[Draw]:
    """Return the trainings of the networks that are drawn over cost; an unfinished sample is a smaller one."""
    found: list[Draw] = []
    for number, genotype in enumerate(islice(over_cost(space, costs, rng), wanted.drawn)):
        seeds = range(1 if number % wanted.every else wanted.seeds)
        found += [(genotype, seed, BY_COST) for seed in seeds]
    return found


def all_of(space: SearchSpace, known: Collection[str]) -> bool:
    """Return whether `known` has the text of every network of a space; never of one too large to enumerate.

    >>> from nasbench_pose.spaces import load
    >>> all_of(load("heads_micro"), {genotype.text for genotype in load("heads_micro").enumerate()})
    True
    """
    return space.size <= ENUMERABLE and all(genotype.text in known for genotype in space.enumerate())


def liked(sample: SurrogateBenchmark, wanted: SamplePlan, go_on: Callable[[], bool] = lambda: True) -> list[Draw]:
    """Return the networks that searches on the surrogate find best, the strategies in turn.

    `sample` has the rows drawn over cost and no others, so that the answer stays the same when its networks are
    trained. Returns none if `go_on()` becomes false between searches: part of them would find others.
    """
    known = set(sample.rows["genotype"])
    low, high = sample.cost_range["macs"]
    per_strategy = -(-wanted.liked // len(SEARCHERS))
    found: dict[str, list[Draw]] = {name: [] for name in SEARCHERS}
    shares = {name: len(range(place, wanted.liked, len(SEARCHERS))) for place, name in enumerate(SEARCHERS)}
    several = -(-per_strategy // len(SHARES))
    for first in range(0, 10 * several, several):  # a search may find what another one has found
        for share in SHARES:
            if not go_on():
                return []
            limit = Limit("macs", low + share * (high - low))
            trials = _searched(sample, wanted.budget, limit, range(first, first + several))
            for (name, _), best in _best_of_each(trials, limit).items():
                if best not in known:
                    known.add(best)
                    found[str(name)].append((Genotype.parse(best), 0, str(name)))
        if all_of(sample.space, known) or all(len(found[name]) >= enough for name, enough in shares.items()):
            break
    rounds = [draws[place] for place in range(per_strategy) for draws in found.values() if place < len(draws)]
    return rounds[: wanted.liked]


def _searched(sample: SurrogateBenchmark, budget: int, limit: Limit, seeds: range) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(
            sample.space, list(SEARCHERS), Predicted(sample), budget=budget, seeds=len(seeds), first_seed=seeds[0],
            limits=[limit], store=f"{folder}/runs.db",
        )  # fmt: skip
        return compare([job for job in jobs if job.strategy in SEARCHERS])


def _best_of_each(trials: pd.DataFrame, limit: Limit) -> dict[tuple[str, int], str]:
    """Return the text of the best network within the limit of each search that found one."""
    accuracy = DEFAULT_OBJECTIVES[0]
    fits = trials[(trials["macs"] <= limit.most) & trials["error"].isna()]
    best = fits.loc[fits.groupby(["strategy", "run_seed"])[accuracy].idxmax()]
    runs = zip(best["strategy"].tolist(), best["run_seed"].tolist(), strict=True)
    return dict(zip(runs, best["genotype"].tolist(), strict=True))
