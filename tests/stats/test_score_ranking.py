"""Trust in a ranking, against scipy and counting by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats import ranking


@settings(max_examples=10)
@given(st.integers(0, 1000), st.integers(3, 30), st.integers(1, 8))
def test_it_is_what_scipy_and_sorting_say(seed: int, items: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    score, truth = rng.normal(size=(2, items))
    found = ranking(score, truth, rng=rng, k=k)
    assert found.tau.value == pytest.approx(kendalltau(score, truth).statistic)
    assert found.rho.value == pytest.approx(spearmanr(score, truth).statistic)
    best = sorted(range(items), key=lambda i: -truth[i])
    chosen = sorted(range(items), key=lambda i: -score[i])[:k]
    assert found.precision.value == pytest.approx(len(set(chosen) & set(best[:k])) / len(chosen))
    assert found.best_rank.value == 1 + min(best.index(i) for i in chosen)
    assert found.lost.value == pytest.approx(truth.max() - max(truth[i] for i in chosen))


def chosen(score: list[float], truth: list[float], k: int) -> tuple[float, int, float]:
    """Return precision, best rank and loss as one would with pencil and paper."""
    able = [i for i in range(len(score)) if not np.isnan(score[i])]
    taken = [truth[i] for i in sorted(able, key=lambda i: -score[i])[:k]]
    ranks = [1 + sum(other > mine for other in truth) for mine in taken]
    return sum(rank <= k for rank in ranks) / len(ranks), min(ranks), max(truth) - max(taken)


def test_intervals_of_a_choice_are_those_of_resamples_one_by_one() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=40)
    score = np.where(rng.random(40) < 0.2, np.nan, truth + rng.normal(size=40))
    found = ranking(score, truth, rng=np.random.default_rng(1), k=4)
    assert (found.precision.value, found.best_rank.value, found.lost.value) == pytest.approx(
        chosen(score.tolist(), truth.tolist(), 4)
    )
    drawn = [rng.integers(40, size=40) for _ in range(1000)]
    twin = np.array([chosen(score[rows].tolist(), truth[rows].tolist(), 4) for rows in drawn])
    for one, expected in zip((found.precision, found.best_rank, found.lost), twin.T, strict=True):
        for end, share in ((one.low, 0.025), (one.high, 0.975)):
            assert np.mean(expected < end) - 0.015 <= share <= np.mean(expected <= end) + 0.015
        assert one.low <= one.value < one.high


def test_which_of_equal_scores_are_chosen_is_drawn() -> None:
    truth = np.arange(40.0)
    found = [ranking(np.arange(40) // 20, truth, rng=np.random.default_rng(seed), k=5) for seed in range(20)]
    assert len({one.precision.value for one in found}) > 1
    assert np.mean([one.precision.value for one in found]) == pytest.approx(0.25, abs=0.12)
    assert all(one.precision.low <= one.precision.value <= one.precision.high for one in found)


def test_a_score_that_is_not_finite_is_none() -> None:
    endless = ranking([1, 2, 3, np.inf], [1, 2, 3, 9], rng=np.random.default_rng(0), k=1)
    assert (endless.items, endless.precision.value, endless.lost.value) == (3, 0.0, 6.0)
    few = ranking([1, 2, 3, *[np.nan] * 9], np.arange(12), rng=np.random.default_rng(0), k=20)
    assert few.best_rank.low >= 1 and few.lost.value == 9 and few.precision.value == 1


def test_the_best_tenth_is_asked_where_it_is_large_enough() -> None:
    truth = np.arange(100.0)
    mixed = np.where(truth >= 90, -truth, truth)
    top = ranking(mixed, truth, rng=np.random.default_rng(0)).top_tau
    assert top is not None and top.value == pytest.approx(-1)
    assert ranking(truth[:20], truth[:20], rng=np.random.default_rng(0)).top_tau is None


def test_what_lacks_the_truth_is_left_out_and_what_lacks_a_score_cannot_be_chosen() -> None:
    found = ranking([1, 2, np.nan, 4, 5], [1, 2, 3, np.nan, 5], rng=np.random.default_rng(0))
    assert found.items == 3
    best = ranking([1, 2, 3, np.nan], [1, 2, 3, 9], rng=np.random.default_rng(0), k=1)
    assert (best.items, best.precision.value, best.best_rank.value, best.lost.value) == (3, 0.0, 2.0, 6.0)
    with pytest.raises(InvalidFileError, match="k is 0; it has to be 1 or more"):
        ranking([1, 2, 3], [1, 2, 3], rng=np.random.default_rng(0), k=0)
