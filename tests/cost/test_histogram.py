"""Distributions of cost over whole spaces equal those found by counting every member."""

import itertools
from collections import Counter

import numpy as np
import pytest
from chains import chains, one_by_one
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose import cost
from nasbench_pose.cost.cost_grid import Quantity
from nasbench_pose.errors import NasbenchPoseError, UnknownNameError
from nasbench_pose.spaces import SearchSpace, find, load

QUANTITIES: tuple[Quantity, ...] = ("macs", "params", "activations")


def by_enumeration(space: SearchSpace, quantity: str) -> dict[int, int]:
    return dict(sorted(Counter(row[quantity] for row in one_by_one(space)).items()))


def as_dict(histogram: cost.Histogram) -> dict[int, int]:
    return dict(zip(histogram.values.tolist(), histogram.counts.tolist(), strict=True))


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", ["efficientpose_micro", "simplebaseline"])
def test_histogram_and_bounds_equal_enumeration(name: str, quantity: Quantity) -> None:
    space = load(name)
    table, expected = cost.table(space), by_enumeration(space, quantity)
    assert as_dict(cost.histogram(table, quantity)) == expected
    assert cost.bounds(table, quantity) == (min(expected), max(expected))


@settings(max_examples=15)
@given(chains(), st.sampled_from(QUANTITIES))
def test_histogram_of_any_chain_equals_enumeration(space: SearchSpace, quantity: Quantity) -> None:
    histogram = cost.histogram(cost.table(space), quantity)
    assert as_dict(histogram) == by_enumeration(space, quantity)
    assert (histogram.minimum, histogram.maximum) == cost.bounds(cost.table(space), quantity)


@pytest.mark.parametrize("name", ["efficientpose_small", "efficientpose_large"])
def test_every_one_of_very_many_members_is_counted(name: str) -> None:
    space = load(name)
    table = cost.table(space)
    histogram = cost.histogram(table)
    assert sum(histogram.counts.tolist()) == histogram.size == space.size
    assert (histogram.minimum, histogram.maximum) == cost.bounds(table)
    assert all(type(number) is int for number in histogram.counts.tolist())
    assert min(histogram.counts.tolist()) >= 1, "a cost that nobody has is not a value"
    published = table.count(space.encode(space.named.values())).macs
    assert np.isin(published, histogram.values).all()


def test_a_large_sample_follows_the_histogram() -> None:
    """The Dvoretzky-Kiefer-Wolfowitz bound: all shares of 200,000 draws are this close but once in a million."""
    space = load("efficientpose_large")
    table = cost.table(space)
    histogram = cost.histogram(table)
    drawn = np.sort(table.count(space.sample_codes(200_000, np.random.default_rng(0))).macs)
    exact = np.cumsum(histogram.counts) / space.size
    sampled = np.searchsorted(drawn, histogram.values, side="right") / len(drawn)
    assert np.abs(exact.astype(float) - sampled).max() < np.sqrt(np.log(2 / 1e-6) / (2 * len(drawn)))


def test_mean_is_the_sum_of_the_mean_terms() -> None:
    table = cost.table(load("efficientpose_large"))
    histogram = cost.histogram(table)
    mean = sum(v * n for v, n in as_dict(histogram).items()) / histogram.size
    assert mean == pytest.approx(sum(term.macs.mean() for term in table.terms), rel=1e-12)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3 * 10**9), min_size=2, max_size=9), st.floats(0, 1))
def test_bins_windows_and_quantiles_agree(edges: list[int], share: float) -> None:
    rising = sorted(edges)
    bins = HISTOGRAM.bins(rising)
    assert bins.tolist() == [HISTOGRAM.within(a, b - 1) for a, b in itertools.pairwise(rising)]
    quantile = HISTOGRAM.quantile(share)
    assert HISTOGRAM.within(0, quantile) >= share * HISTOGRAM.size * (1 - 1e-15)
    assert HISTOGRAM.within(0, quantile - 1) <= share * HISTOGRAM.size * (1 + 1e-15)


HISTOGRAM = cost.histogram(cost.table(load("efficientpose_large")))


@settings(max_examples=50)
@given(st.integers(0, 647))
def test_quantiles_equal_numpys(member: int) -> None:
    """Between two members, where the rounding of a share to a float does not matter."""
    space = load("efficientpose_micro")
    table = cost.table(space)
    everyone = table.count(space.encode(space.enumerate())).macs
    share = (member + 0.5) / 648
    assert cost.histogram(table).quantile(share) == np.quantile(everyone, share, method="inverted_cdf")


def test_ends() -> None:
    assert HISTOGRAM.quantile(0) == HISTOGRAM.minimum
    assert HISTOGRAM.quantile(1) == HISTOGRAM.maximum
    assert HISTOGRAM.within(5, 4) == 0
    assert HISTOGRAM.nearest(0) == (None, HISTOGRAM.minimum)
    assert HISTOGRAM.nearest(10**12) == (HISTOGRAM.maximum, None)
    assert HISTOGRAM.nearest(HISTOGRAM.minimum) == (HISTOGRAM.minimum, HISTOGRAM.minimum)


def test_shares_outside_are_refused() -> None:
    with pytest.raises(NasbenchPoseError, match=r"A share of 1\.5"):
        HISTOGRAM.quantile(1.5)


def test_costs_without_a_common_divisor_are_refused_but_bounded() -> None:
    table = cost.table(load("efficientpose_large"), input=(97, 97))
    with pytest.raises(NasbenchPoseError, match="multiples of only 24"):
        cost.histogram(table)
    low, high = cost.bounds(table)
    assert low < table.count(load("efficientpose_large").encode([find("efficientpose-b")])).macs[0] < high


def test_a_peak_is_no_sum() -> None:
    with pytest.raises(UnknownNameError, match="'peak_elements'"):
        cost.histogram(cost.table(load("efficientpose_micro")), "peak_elements")  # type: ignore[arg-type]
