"""Paired tests against permutation tests and their promised error rates."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats import TooFewSeedsError, paired_test


def runs(seed: int, seeds: int, shifts: list[float]) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    luck = rng.normal(size=(seeds, 1))
    return pd.DataFrame(
        luck + np.array(shifts) + rng.normal(size=(seeds, len(shifts))), columns=list("abcd")[: len(shifts)]
    )


def test_wilcoxon_agrees_with_flipping_every_sign() -> None:
    table = runs(0, 8, [0, 1])
    differences = (table["a"] - table["b"]).to_numpy()
    ranks = scipy_stats.rankdata(np.abs(differences))
    signs = np.array(np.meshgrid(*[[-1, 1]] * 8)).reshape(8, -1).T
    seen = abs(ranks @ np.sign(differences))
    exact = np.mean(np.abs(signs @ ranks) >= seen)
    assert paired_test(table).p_value == pytest.approx(exact)


def test_friedman_agrees_with_shuffling_every_seed() -> None:
    table = runs(1, 10, [0, 0.5, 1])
    rng = np.random.default_rng(0)

    def spread(values: np.ndarray) -> float:
        return float(scipy_stats.rankdata(values, axis=1).sum(axis=0).var())

    values = table.to_numpy()
    shuffled = [spread(rng.permuted(values, axis=1)) for _ in range(2000)]
    assert paired_test(table).p_value == pytest.approx(np.mean(np.array(shuffled) >= spread(values)), abs=0.05)


@pytest.mark.parametrize("shifts", [[0, 0], [0, 0, 0, 0]])
def test_equal_strategies_are_rarely_called_different(shifts: list[float]) -> None:
    found = [paired_test(runs(seed, 10, shifts)).p_value < 0.1 for seed in range(400)]
    assert np.mean(found) < 0.14


def test_identical_columns_do_not_differ() -> None:
    same = pd.DataFrame({"a": range(7), "b": range(7), "c": range(7)})
    assert paired_test(same).p_value == 1
    assert paired_test(same[["a", "b"]]).p_value == 1


def test_seeds_that_lack_a_strategy_are_left_out() -> None:
    table = runs(0, 9, [0, 3])
    table.loc[2, "a"] = np.nan
    assert paired_test(table).seeds == 8
    assert str(paired_test(table)) == "Wilcoxon signed-rank: p = 0.0078 (8 seeds)"


def test_too_few_seeds_or_strategies_are_refused() -> None:
    with pytest.raises(TooFewSeedsError, match="5 seeds"):
        paired_test(runs(0, 5, [0, 9]))
    with pytest.raises(InvalidFileError, match="two strategies"):
        paired_test(runs(0, 9, [0]))
