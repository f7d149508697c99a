"""Intervals against scipy, closed forms and their promised coverage."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.stats import Interval, mean_interval, rank_correlation
from nasbench_pose.stats.intervals import STATISTICS


def test_the_mean_interval_is_that_of_the_t_distribution() -> None:
    sample = np.random.default_rng(0).normal(88, 0.5, size=7)
    interval = mean_interval(sample, confidence=0.9)
    expected = scipy_stats.ttest_1samp(sample, 0).confidence_interval(0.9)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_the_mean_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    intervals = [mean_interval(rng.normal(size=4), confidence=0.8) for _ in range(2000)]
    assert np.mean([i.low <= 0 <= i.high for i in intervals]) == pytest.approx(0.8, abs=0.03)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    assert str(mean_interval([88.137, np.nan])) == "88.14"
    with pytest.raises(InvalidFileError):
        mean_interval([np.nan])


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(1234.5, 1200.0, 1269.0), "1234 ± 34"),
        (Interval(0.5, 0.4999, 0.5001), "0.5000 ± 0.0001"),
        (Interval(1.0, 0.2, 1.0), "1.0 [0.2, 1.0]"),
        (Interval(3.0, 3.0, 3.0), "3"),
    ],
)
def test_an_interval_prints_what_it_leaves_standing(interval: Interval, text: str) -> None:
    assert str(interval) == text


@pytest.mark.parametrize(("method", "twin"), [("kendall", scipy_stats.kendalltau), ("spearman", scipy_stats.spearmanr)])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**20))
def test_rank_correlation_agrees_with_scipy_and_contains_itself(method: str, twin, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, noise = rng.integers(0, 10, size=(2, 20))
    y = x + noise
    one = rank_correlation(x, y, method=method, rng=np.random.default_rng(1), resamples=50)
    assert one.value == pytest.approx(twin(x, y).statistic)
    assert -1 <= one.low <= one.high <= 1
    again = rank_correlation(np.exp(x), y**3, method=method, rng=np.random.default_rng(1), resamples=50)
    assert (again.value, again.low, again.high) == pytest.approx((one.value, one.low, one.high))
    mirrored = rank_correlation(x, -y, method=method, rng=np.random.default_rng(1), resamples=50)
    assert (-mirrored.value, -mirrored.high, -mirrored.low) == pytest.approx((one.value, one.low, one.high))


@pytest.mark.parametrize(("method", "twin"), [("kendall", scipy_stats.kendalltau), ("spearman", scipy_stats.spearmanr)])
def test_every_resample_is_what_scipy_makes_of_it(method: str, twin: Callable[..., Any]) -> None:
    """All at once by matrix products, ties included, against one after the other."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, size=(2, 12)).astype(float)
    drawn = rng.integers(12, size=(200, 12))
    times = np.stack([np.bincount(rows, minlength=12) for rows in drawn]).astype(float)
    expected = [twin(x[rows], y[rows]).statistic for rows in drawn]
    np.testing.assert_allclose(STATISTICS[method](x, y, times), expected, atol=1e-12)
    constant = np.eye(12)[:1] * 12
    assert np.isnan(STATISTICS[method](x, y, constant)).all()


def test_the_bootstrap_agrees_with_scipy() -> None:
    x = np.random.default_rng(0).normal(size=30)
    y = x + np.random.default_rng(1).normal(size=30)
    ours = rank_correlation(x, y, rng=np.random.default_rng(2))
    theirs = scipy_stats.bootstrap(
        (x, y), lambda a, b: scipy_stats.kendalltau(a, b).statistic, paired=True, vectorized=False,
        method="percentile", n_resamples=1000, rng=np.random.default_rng(3),
    ).confidence_interval  # fmt: skip
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_what_cannot_be_ranked_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidFileError, match="2 pairs"):
        rank_correlation([1, 2, np.nan], [1, 2, 3], rng=rng)
    with pytest.raises(InvalidFileError):
        rank_correlation([1, 2, 3], [5, 5, 5], rng=rng)
    with pytest.raises(UnknownNameError, match="Did you mean 'kendall'"):
        rank_correlation([1, 2, 3], [1, 2, 3], rng=rng, method="kendal")
    assert rank_correlation([1, 2, 3], [1, 2, 3], rng=rng).value == 1
