"""What a short training is worth: the choice is that of the slow definition, and a perfect short training has τ = 1."""

from itertools import combinations

import numpy as np
import pytest

from analysis.fidelity_value import OWN, WHOLE, Short, expected_choice, tabulated
from nasbench_pose.stats import Interval


@pytest.mark.parametrize("tried", [1, 3, 7])
def test_the_expected_choice_is_the_mean_over_all_subsets(tried: int) -> None:
    rng = np.random.default_rng(tried)
    scores, values = rng.random(7), rng.random(7)
    chosen = [values[max(some, key=lambda item: float(scores[item]))] for some in combinations(range(7), tried)]
    assert expected_choice(scores, values, tried) == pytest.approx(np.mean(chosen))


def test_a_cheap_training_that_ranks_perfectly_is_the_best_choice() -> None:
    values, noise = np.random.default_rng(0).random(200), np.random.default_rng(1).random(200)
    failed = np.where(np.arange(200) < 20, np.nan, values)
    shorts = [Short(WHOLE, 100, values), Short(OWN, 200, failed), Short(OWN, 800, noise)]
    found = tabulated(shorts, values, 20)
    assert found["cost"].tolist() == [1 / 8, 1 / 4, 1] and found["tried"].tolist() == [200, 180, 50]
    assert found["networks"].tolist() == [200, 180, 200]
    taus, gains = found["tau"].tolist(), found["gain"].tolist()
    assert taus[0].value == taus[1].value == pytest.approx(1) and found["chosen"][0] == pytest.approx(values.max())
    assert gains[0].value == pytest.approx(values.max() - found["chosen"][2]) and gains[0].low > 0
    assert gains[2] == Interval(0.0, 0.0, 0.0)
