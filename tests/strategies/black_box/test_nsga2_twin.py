"""NSGA-II against pymoo's, with the same variation of genes: their curves of hypervolume are the same within noise."""

from typing import Any

import moocore
import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from nasbench_pose.spaces import load
from nasbench_pose.strategies import make

pytest.importorskip("pymoo", reason="the twin is pymoo's")

SPACE = load("efficientpose_small")
ENDS = SPACE.encode([SPACE.sample(100), SPACE.sample(200)])
POPULATION, TRIALS, SEEDS = 20, 200, 16
POINTS = (40, 100, TRIALS)
"""Trials after which the curves are compared."""


def distances(codes: np.ndarray) -> np.ndarray:
    """Return the losses of option indices (n, genes): in how many genes each differs from two networks."""
    return (codes[:, None, :] != ENDS[None]).sum(axis=2).astype(float)


def curve(losses: np.ndarray) -> list[float]:
    return [float(moocore.hypervolume(losses[:point], ref=len(SPACE.genes))) for point in POINTS]


def ours(seed: int) -> list[float]:
    strategy, losses = make("nsga2", SPACE, seed, {"population": POPULATION}), []
    for _ in range(TRIALS):
        proposal = strategy.ask()
        losses.append(distances(SPACE.encode([proposal.genotype]))[0])
        strategy.tell(proposal, losses[-1].tolist())
    return curve(np.array(losses))


def twin(seed: int) -> list[float]:
    """Run pymoo's NSGA-II; uniform crossover is its own, the mutation of one gene is that of the space."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.mutation import Mutation
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.ux import UX
    from pymoo.optimize import minimize

    rng, seen = np.random.default_rng([seed, 1]), list[np.ndarray]()

    class OneGene(Mutation):
        def _do(self, problem: Any, X: np.ndarray, **_: Any) -> np.ndarray:  # noqa: N803, ARG002 - pymoo's names
            parents = SPACE.decode(X.astype(int))
            return SPACE.encode([SPACE.mutate(parent, rng) for parent in parents]).astype(int)

    class Distances(Problem):
        def _evaluate(self, x: np.ndarray, out: dict[str, np.ndarray], *_: Any, **__: Any) -> None:
            out["F"] = distances(x.astype(int))
            seen.append(out["F"])

    sizes = np.array([len(options) for options in SPACE.genes.values()])
    problem = Distances(n_var=len(sizes), n_obj=2, xl=0, xu=sizes - 1, vtype=int)
    start = SPACE.encode([SPACE.sample(rng) for _ in range(POPULATION)]).astype(int)
    algorithm = NSGA2(pop_size=POPULATION, sampling=start, crossover=UX(prob=0.9), mutation=OneGene(prob=1.0))
    minimize(problem, algorithm, ("n_eval", TRIALS), seed=seed, verbose=False)
    return curve(np.concatenate(seen)[:TRIALS])


def test_its_curves_are_those_of_pymoo_within_noise() -> None:
    here, there = (np.array([search(seed) for seed in range(SEEDS)]) for search in (ours, twin))
    for point, mine, others in zip(POINTS, here.T, there.T, strict=True):
        assert mannwhitneyu(mine, others).pvalue > 0.05, (point, mine.mean(), others.mean())
        assert abs(mine.mean() - others.mean()) < 2 * np.hypot(mine.std(), others.std()) / np.sqrt(SEEDS)
