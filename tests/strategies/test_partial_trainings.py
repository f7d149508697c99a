"""Strategies of several fidelities beat random search after the same number of training steps.

The loss of a network is known: in how many genes it differs from another. A partial training shows it with noise, which
is the smaller the longer it is; a full training shows it exactly.
"""

from collections import Counter
from functools import cache

import moocore
import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import load
from nasbench_pose.strategies import make
from nasbench_pose.strategies.registry import accepts

SPACE = load("efficientpose_small")
ENDS = SPACE.encode([SPACE.sample(100), SPACE.sample(200)])
FIDELITIES, NOISE = (100, 300, 900), 3.0
"""Steps of a training; standard deviation of the noise of a training of no steps, in genes."""
BUDGETS, SEEDS = {1: 60, 2: 80}, 16
"""Steps of a search, in full trainings, by the number of its objectives; and searches."""
LEVEL = 0.01


def search(name: str, seed: int, objectives: int) -> np.ndarray:
    """Return the losses of the full trainings of a search, shape (trainings, objectives)."""
    noise, full = np.random.default_rng([seed, 7]), FIDELITIES[-1]
    strategy = make(name, SPACE, seed, {"fidelities": FIDELITIES} if accepts(name, "fidelities") else {})
    trained, left, found = Counter[Genotype](), BUDGETS[objectives] * full, []
    while left > 0:
        proposal = strategy.ask()
        steps = proposal.fidelity or full
        left -= steps - trained[proposal.genotype]  # a training goes on from where it was
        trained[proposal.genotype] = steps
        loss = (SPACE.encode([proposal.genotype]) != ENDS[:objectives]).sum(axis=1)
        if steps == full:
            found.append(loss)
        strategy.tell(proposal, (loss + noise.normal(0, NOISE * (1 - steps / full), objectives)).tolist())
    return np.array(found, dtype=float)


@cache
def scores(name: str, objectives: int) -> tuple[float, ...]:
    """Return one number for each seed, less is better: the least loss, or the hypervolume that is not covered."""
    losses = [search(name, seed, objectives) for seed in range(SEEDS)]
    if objectives == 1:
        return tuple(float(found.min()) for found in losses)
    return tuple(-float(moocore.hypervolume(found, ref=len(SPACE.genes))) for found in losses)


@pytest.mark.parametrize(
    ("name", "objectives"),
    [("successive_halving", 1), ("hyperband", 1), ("asha", 1), ("mo_asha", 2),
     pytest.param("bohb", 1, marks=pytest.mark.slow)],
)  # fmt: skip
def test_it_beats_random_search_after_the_same_steps(name: str, objectives: int) -> None:
    better, worse = scores(name, objectives), scores("random", objectives)
    assert mannwhitneyu(better, worse, alternative="less").pvalue < LEVEL
