"""What a short training is worth: the choice is that of the slow definition, and a perfect short training has τ = 1."""

from itertools import combinations

import numpy as np
import pytest

from analysis.fidelity_value import FEWEST, OWN, WHOLE, Short, expected_choice, tabulated


@pytest.mark.parametrize("tried", [1, 3, 7])
def test_the_expected_choice_is_the_mean_over_all_subsets(tried: int) -> None:
    rng = np.random.default_rng(tried)
    scores, values = rng.random(7), rng.random(7)
    chosen = [values[max(some, key=lambda item: float(scores[item]))] for some in combinations(range(7), tried)]
    assert expected_choice(scores, values, tried) == pytest.approx(np.mean(chosen))


def test_a_cheap_training_that_ranks_perfectly_is_the_best_choice() -> None:
    values = np.random.default_rng(0).random(2 * FEWEST)
    noise = np.random.default_rng(1).random(2 * FEWEST)
    seconds = np.full(2 * FEWEST, 8.0)
    few = Short(OWN, 10, np.where(np.arange(2 * FEWEST) < FEWEST // 2, values, np.nan), seconds)
    full = Short(OWN, 800, noise, seconds)
    found = tabulated([Short(WHOLE, 100, values, seconds / 8), few, full], values, 20)
    assert found["steps"].tolist() == [100, 800]
    assert (found["cost"].tolist(), found["tried"].tolist()) == ([1 / 8, 1], [2 * FEWEST, 50])
    assert (found["tau"][0], found["chosen"][0]) == pytest.approx((1, values.max()))
    assert found["chosen"][1] < values.max()
