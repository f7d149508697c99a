"""Draws from a window of cost: never outside, everything inside, and each member as likely as any other."""

import numpy as np
import pytest
from chains import chain, chains
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from nasbench_pose import cost
from nasbench_pose.cost.cost_grid import Quantity
from nasbench_pose.cost.cost_window import _uniform
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.spaces import SearchSpace, load

MICRO, LARGE = load("efficientpose_micro"), load("efficientpose_large")
MICRO_TABLE, LARGE_TABLE = cost.table(MICRO), cost.table(LARGE)


def rows(codes: np.ndarray) -> list[tuple[int, ...]]:
    return sorted(map(tuple, codes.tolist()))


def by_enumeration(space: SearchSpace, low: int, high: int, quantity: Quantity) -> np.ndarray:
    codes, table = space.encode(space.enumerate()), cost.table(space)
    counted = table.memory(codes).activations if quantity == "activations" else getattr(table.count(codes), quantity)
    return codes[(low <= counted) & (counted <= high)]


@settings(max_examples=25)
@given(chains(), st.data())
def test_numbers_and_members_are_one_to_one(space: SearchSpace, data: st.DataObject) -> None:
    """Every number gives another member, and together they are all that enumeration finds in the window."""
    quantity = data.draw(st.sampled_from(["macs", "params", "activations"]))
    table = cost.table(space)
    least, most = cost.bounds(table, quantity)
    low, high = sorted(data.draw(st.tuples(*[st.integers(least - 1, most + 1)] * 2)))
    window = cost.window(table, low, high, quantity)
    expected = by_enumeration(space, low, high, quantity)
    assert window.size == len(expected)
    assert rows(window.unrank(np.arange(window.size))) == rows(expected)


def test_draws_from_a_small_space_are_uniform() -> None:
    window = cost.window(MICRO_TABLE, 3_000_000, 6_000_000)
    drawn = window.sample(100 * window.size, np.random.default_rng(0))
    members, times = np.unique(drawn, axis=0, return_counts=True)
    assert rows(members) == rows(by_enumeration(MICRO, 3_000_000, 6_000_000, "macs"))
    assert chisquare(times).pvalue > 0.01
    assert chisquare(times + 40 * (np.arange(len(times)) < len(times) // 4)).pvalue < 1e-9, "the test can fail"


@pytest.mark.parametrize(("low", "high"), [(0.2e9, 0.3e9), (0.5e9, 0.7e9), (1.39e9, 1.4e9), (2.35e9, 3e9)])
def test_draws_from_a_huge_space_are_inside(low: float, high: float) -> None:
    window = cost.window(LARGE_TABLE, int(low), int(high))
    macs = LARGE_TABLE.count(window.sample(500, np.random.default_rng(1))).macs
    assert low <= macs.min() and macs.max() <= high
    assert window.size == cost.histogram(LARGE_TABLE).within(int(low), int(high))


def test_draws_from_a_huge_space_follow_its_histogram() -> None:
    """The two are counted in opposite directions, from the first gene and from the last."""
    histogram = cost.histogram(LARGE_TABLE)
    edges = np.linspace(900_000_000, 1_000_000_001, 11).astype(np.int64)
    expected = histogram.bins(edges)
    window = cost.window(LARGE_TABLE, int(edges[0]), int(edges[-1]) - 1)
    assert window.size == expected.sum()
    macs = LARGE_TABLE.count(window.sample(5_000, np.random.default_rng(2))).macs
    found = np.histogram(macs, edges)[0]
    assert chisquare(found, (expected / expected.sum()).astype(float) * found.sum()).pvalue > 0.01


def test_a_window_over_everything_draws_options_evenly() -> None:
    codes = cost.window(LARGE_TABLE).sample(7_000, np.random.default_rng(3))
    assert cost.window(LARGE_TABLE).size == LARGE.size
    worst = min(chisquare(np.bincount(column)).pvalue for column in codes.T)
    assert worst > 0.01 / len(LARGE_TABLE.sizes)


def test_the_ends_of_a_huge_space_are_members() -> None:
    everything = cost.window(LARGE_TABLE)
    assert everything.unrank([0, everything.size - 1]).tolist() == [[0] * 34, [n - 1 for n in LARGE_TABLE.sizes]]


def test_the_cheapest_member_is_found() -> None:
    least, most = cost.bounds(LARGE_TABLE)
    cheapest = cost.window(LARGE_TABLE, high=least)
    assert cheapest.size == 1
    found = LARGE.decode(cheapest.unrank([0]))[0]
    assert {value for _, value in found.genes} == {"k3_e3", "skip"}
    assert cost.count(LARGE.graph(found)).macs == least
    assert cost.window(LARGE_TABLE, low=most).size == 1


def test_the_same_seed_draws_the_same() -> None:
    window = cost.window(LARGE_TABLE, 10**9, 2 * 10**9)
    drawn = [window.sample(50, np.random.default_rng(seed)) for seed in (7, 7, 8)]
    assert (drawn[0] == drawn[1]).all() and (drawn[0] != drawn[2]).any()
    assert (drawn[0].dtype, drawn[0].shape) == (np.int8, (50, 34))
    assert window.sample(0, np.random.default_rng(7)).shape == (0, 34)


def test_a_shared_gene_that_is_not_the_first() -> None:
    space = chain({"s1b1": ["k3_e1", "k5_e2"], "width": [50, 100], "s1b2": ["skip", "k7_e6", "k3_e3"]}, [2])
    window = cost.window(cost.table(space))
    assert rows(window.unrank(np.arange(12))) == rows(space.encode(space.enumerate()))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 1_000_000, "No member has 1,000,000 or fewer MACs; the nearest have 1,860,608 above."),
        (20_000_000, None, "No member has 20,000,000 or more MACs; the nearest have 8,508,416 below."),
        (1_860_609, 1_860_610, "No member has 1,860,609 to 1,860,610 MACs; the nearest have 1,860,608 below and 1,"),
    ],
)
def test_an_empty_window_says_what_is_near(low: int, high: int | None, said: str) -> None:
    window = cost.window(MICRO_TABLE, low, high)
    assert window.size == 0
    with pytest.raises(NasbenchPoseError) as raised:
        window.sample(1, np.random.default_rng(0))
    assert str(raised.value).startswith(said)


def test_a_window_upside_down_is_refused() -> None:
    with pytest.raises(NasbenchPoseError, match="from 7 to 5 is upside down"):
        cost.window(MICRO_TABLE, 7, 5)


@pytest.mark.parametrize("rank", [-1, 648, 10**30, 0.5])
def test_numbers_of_nobody_are_refused(rank: float) -> None:
    with pytest.raises(NasbenchPoseError, match="whole numbers below 648"):
        cost.window(MICRO_TABLE).unrank([rank])


def test_large_random_numbers_are_uniform() -> None:
    size = 3 * 2**70 // 2  # a quarter of the numbers of 71 bits are too large
    drawn = _uniform(size, 30_000, np.random.default_rng(4))
    assert drawn.min() >= 0 and drawn.max() < size
    assert chisquare(np.bincount((drawn * 15 // size).astype(int))).pvalue > 0.01
    assert chisquare(np.bincount((drawn % 16).astype(int))).pvalue > 0.01, "the lowest bits are drawn as well"
