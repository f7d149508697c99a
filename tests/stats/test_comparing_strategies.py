"""Ranks, effects, equivalence, bands and attainment against scikit-posthocs, SciPy, loops and published numbers."""

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from scipy import stats as scipy_stats

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Objective
from nasbench_pose.stats import (
    MixedProtocolsError,
    a12,
    at_budget,
    attainment_difference,
    attainment_surfaces,
    banded,
    critical_difference,
    difference,
    holm,
    probability_of_improvement,
    rank_test,
    stratified,
    wilcoxon_holm,
)

GOALS = Objective("x", maximise=False), Objective("y", maximise=True)


def drawn(seed: int, blocks: int = 14, shifts: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0)) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(blocks, len(shifts))) + shifts, columns=list("abcd")[: len(shifts)])


def test_ranks_and_pairwise_tests_are_those_of_scikit_posthocs_and_scipy() -> None:
    table = drawn(0)
    found, names = rank_test(table), list("abcd")
    assert found.friedman == pytest.approx(scipy_stats.friedmanchisquare(*table.to_numpy().T).statistic)
    twin = scikit_posthocs.posthoc_nemenyi_friedman(table.to_numpy())
    np.testing.assert_allclose(found.nemenyi.loc[names, names], twin, atol=1e-6)
    long = table.melt(var_name="who", value_name="loss")
    twin = scikit_posthocs.posthoc_wilcoxon(long, "loss", "who", p_adjust="holm")
    np.testing.assert_allclose(wilcoxon_holm(table), twin.loc[names, names], atol=1e-12)


@pytest.mark.slow  # autorank takes seconds to load
@pytest.mark.filterwarnings("ignore:Tests for normality")
def test_ranks_and_the_critical_difference_are_those_of_autorank() -> None:
    from autorank import autorank

    for seed in range(3):
        table = drawn(seed)
        found, twin = rank_test(table), autorank(table, order="ascending", force_mode="nonparametric")
        assert (twin.omnibus, twin.posthoc) == ("friedman", "nemenyi")
        assert found.ranks.to_dict() == pytest.approx(twin.rankdf["meanrank"].to_dict())
        assert found.p_value == pytest.approx(twin.pvalue)
        assert found.critical_difference == pytest.approx(twin.cd, rel=1e-4)


def test_the_example_of_demsar_comes_out() -> None:
    ranks = {"C4.5": 3.143, "C4.5+m": 2.000, "C4.5+cf": 2.893, "C4.5+m+cf": 1.964}  # Demšar (2006), table 6
    auc = [
        [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975], [0.957, 0.978, 0.946, 0.970],
    ]  # fmt: skip
    found = rank_test(-pd.DataFrame(auc, columns=list(ranks)))
    assert found.ranks.to_dict() == pytest.approx(ranks, abs=5e-4)
    assert found.critical_difference == pytest.approx(1.25, abs=5e-3)
    assert critical_difference(4, 14, alpha=0.1) == pytest.approx(1.12, abs=5e-3)


def test_holm_keeps_the_order_and_equal_columns_do_not_differ() -> None:
    assert holm([0.5, 0.9, 0.9]).tolist() == [1, 1, 1]
    same = pd.DataFrame({"a": range(7), "b": range(7), "c": range(7)})
    assert rank_test(same).p_value == 1 and rank_test(same).groups() == [("a", "b", "c")]
    with pytest.raises(InvalidFileError, match="two strategies and two blocks"):
        rank_test(same[["a"]])


def test_the_chance_to_be_better_is_what_a_loop_counts() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 9, 11), rng.integers(2, 11, 8)
    slow = np.mean([(x < y) + 0.5 * (x == y) for x in a for y in b])
    assert a12(a, b) == pytest.approx(slow)
    found = probability_of_improvement([a, b], [b, a], rng=rng)
    assert found.value == pytest.approx(0.5)
    assert probability_of_improvement([a], [b], rng=rng).value == pytest.approx(slow)


def test_the_bootstrap_covers_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    hits = [
        found.low <= 0 <= found.high
        for found in (stratified(rng.normal(size=(2, 25)), "mean", rng=rng, resamples=300) for _ in range(300))
    ]
    assert 0.88 < np.mean(hits) < 0.98


def test_equal_within_the_region_is_two_one_sided_tests() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 0.5, 30), rng.normal(0.1, 0.5, 30)
    for rope in (0.1, 0.3, 0.6, 2.0):
        found = difference(a, b, rope=rope)
        assert (found.verdict == "equal") == (found.p_equal < 0.05)
    assert difference(a, a[::-1] + 0.01).verdict == "not decided"
    for shift in np.linspace(0, 0.5, 26):
        different = scipy_stats.ttest_ind(a, b + shift, equal_var=False).pvalue < 0.05
        assert difference(a, b + shift).verdict == ("better" if different else "not decided"), "two-sided at 5 %"
    assert difference(a, b + 5, rope=0.1).verdict == "better" and difference(b + 5, a, rope=0.1).verdict == "worse"
    assert difference([1, 1], [1, 1], rope=0.1).verdict == "equal"
    with pytest.raises(InvalidFileError, match="two values"):
        difference([1.0], [2.0, 3.0])


def searches() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        [(s, r, t) for s in "ab" for r in range(4) for t in range(6)], columns=["strategy", "run_seed", "step"]
    )
    return frame.assign(
        x=rng.integers(1, 9, len(frame)), y=rng.integers(1, 9, len(frame)) + 2.0 * (frame.strategy == "a")
    )


def attained(frame: pd.DataFrame, strategy: str, x: float, y: float) -> float:
    """Return the share of the searches of a strategy that reach a point."""
    part = frame[frame.strategy == strategy]
    return float(((part.x <= x) & (part.y >= y)).groupby(part.run_seed).any().mean())


def test_attainment_counts_the_searches_that_reach_a_point() -> None:
    frame = searches()
    for row in attainment_surfaces(frame, *GOALS, percentiles=[25, 50, 100]).itertuples():
        assert attained(frame, row.strategy, row.x, row.y) >= row.percentile / 100
    unequal = frame[(frame.strategy == "a") | (frame.run_seed < 3)]
    for row in attainment_difference(unequal, "a", "b", *GOALS, intervals=12).itertuples():
        inside = row.x0 + 1e-6, -(row.y0 + 1e-6)
        assert row.share == pytest.approx(attained(unequal, "a", *inside) - attained(unequal, "b", *inside), abs=0.051)
    with pytest.raises(MixedProtocolsError):
        attainment_surfaces(frame.assign(protocol=frame.strategy), *GOALS)


def test_a_band_holds_its_curve_and_a_budget_reads_it() -> None:
    rng = np.random.default_rng(0)
    curves = pd.DataFrame(
        [(s, r, t) for s in "ab" for r in range(9) for t in range(1, 200)],
        columns=["strategy", "run_seed", "evaluations"],
    )
    curves = curves.assign(best=rng.normal(size=len(curves)))
    found = banded(curves, rng=rng)
    assert ((found.low <= found.value) & (found.value <= found.high)).all() and len(found) == 160
    scores = at_budget(curves, 50)
    assert scores.set_index(["strategy", "run_seed"]).score.equals(
        curves[curves.evaluations == 50].set_index(["strategy", "run_seed"]).best.rename("score")
    )
    assert at_budget(curves, 0, nothing=7.0).score.eq(7).all()


def test_a_strategy_that_always_finds_the_same_is_compared_without_a_warning() -> None:
    """SciPy warns of a sample without variance; Welch's interval is then that of the other sample alone."""
    low, high = scipy_stats.ttest_1samp([0.9, 1.0, 1.1], 0.6).confidence_interval(0.95)
    found = difference([0.6, 0.6, 0.6], [0.9, 1.0, 1.1])
    assert (found.interval.low, found.interval.high) == pytest.approx((0.6 - high, 0.6 - low))
    assert found.verdict == "better"
