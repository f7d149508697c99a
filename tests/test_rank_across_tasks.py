"""How far ranks carry: the correlations are SciPy's, and pairs of tasks are of the right kind."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from analysis.rank_across_tasks import KINDS, carried, kendall, kinds_of, scores_of
from nasbench_pose.report.leaderboard import rows_of


def test_correlations_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(6, size=(3, 9)).astype(float), rng.random((2, 9))
    expected = [[kendalltau(one, other).statistic for other in second] for one in first]
    assert kendall(first, second) == pytest.approx(np.array(expected))


def test_each_pair_of_tasks_is_of_one_kind() -> None:
    rows = rows_of()
    counts = np.bincount(kinds_of(rows).ravel(), minlength=len(KINDS))
    assert counts.tolist() == [8, 2 * 4 * 3, 8, 2 * 4 * 3]
    one = rows[(rows["table"] == rows["table"].min()) & (rows["limit"] == "3") & (rows["strategy"] == "asha")]
    assert scores_of(rows, "regret")[0, 0] == pytest.approx(one.sort_values("seed")["regret"].to_numpy())


def test_strategies_that_always_have_one_order_have_it_everywhere() -> None:
    rows = rows_of()
    places = {name: place for place, name in enumerate(rows["strategy"].unique())}
    found = carried(rows.assign(regret=rows["strategy"].map(places)), "regret", 3)
    assert found.to_numpy() == pytest.approx(np.ones((3, len(KINDS))))
