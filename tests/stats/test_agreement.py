"""Agreement of raters, held against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.agreement import agreement
from nasbench_pose.stats.intervals import rank_correlation


@given(st.integers(0, 1000), st.integers(2, 4))
def test_it_is_the_mean_over_pairs(seed: int, raters: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(12, raters))
    pairs = [kendalltau(scores[:, a], scores[:, b]).statistic for a in range(raters) for b in range(a)]
    found = agreement(scores, rng=np.random.default_rng(0), resamples=20)
    assert found.value == pytest.approx(np.mean(pairs))
    assert -1 <= found.low <= found.high <= 1


def test_two_raters_are_a_rank_correlation() -> None:
    scores = np.random.default_rng(1).normal(size=(30, 2)) + np.arange(30)[:, None] / 10
    found = agreement(scores, rng=np.random.default_rng(0))
    expected = rank_correlation(*scores.T, rng=np.random.default_rng(0))
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_items_that_lack_a_score_are_left_out() -> None:
    scores = np.random.default_rng(2).normal(size=(9, 3))
    more = np.vstack([scores, [1.0, np.nan, 2.0]])
    expected = agreement(scores, rng=np.random.default_rng(0))
    assert agreement(more, rng=np.random.default_rng(0)) == expected
    unknown = [*scores.tolist(), [1.0, None, 2.0]]
    assert agreement(unknown, rng=np.random.default_rng(0)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("scores", [np.ones((5, 2)), np.ones((5, 1)), [[1, 2], [2, 1]], np.full((4, 2), np.nan)])
def test_what_cannot_agree_is_refused(scores: object) -> None:
    with pytest.raises(InvalidFileError, match="cannot show agreement"):
        agreement(scores, rng=np.random.default_rng(0))
