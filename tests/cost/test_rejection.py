"""Drawing within a window by rejection: the same members, and the same chances, as by counting them."""

import numpy as np
import pytest
from scipy.stats import chisquare

from nasbench_pose.cost import Quantity, countable, histogram, rejection, table, window
from nasbench_pose.errors import NasbenchPoseError, UnknownNameError
from nasbench_pose.spaces import load

MICRO = table(load("efficientpose_micro"))
LOW, HIGH = 2_000_000, 3_000_000


def test_every_member_of_the_window_is_drawn_as_often() -> None:
    exact = window(MICRO, LOW, HIGH)
    drawn = rejection(MICRO, 40 * exact.size, np.random.default_rng(0), LOW, HIGH)
    members, times = np.unique(drawn.codes, axis=0, return_counts=True)
    assert {*map(tuple, members.tolist())} == {*map(tuple, exact.unrank(np.arange(exact.size)).tolist())}
    assert chisquare(times).pvalue > 1e-4
    assert drawn.share == pytest.approx(exact.size / 648, rel=0.05)


@pytest.mark.parametrize("quantity", ["macs", "params"])
def test_both_ends_are_in_the_window(quantity: Quantity) -> None:
    costs = histogram(MICRO, quantity)
    for value in (costs.minimum, costs.quantile(0.5), costs.maximum):
        drawn = rejection(MICRO, 20, np.random.default_rng(0), value, value, quantity, most=300_000)
        assert set(getattr(MICRO.count(drawn.codes), quantity).tolist()) == {value}


def test_the_seed_decides() -> None:
    first, again = (rejection(MICRO, 5, np.random.default_rng(1), quantity="params").codes for _ in range(2))
    assert np.array_equal(first, again)


def test_what_is_too_rare_is_said() -> None:
    with pytest.raises(NasbenchPoseError, match="Of 200,000 genotypes drawn, 0 have 0 to 9 MACs: too few to draw 1"):
        rejection(MICRO, 1, np.random.default_rng(0), high=9, most=200_000)
    with pytest.raises(UnknownNameError, match="No cost to draw by named 'activations'"):
        rejection(MICRO, 1, np.random.default_rng(0), quantity="activations")


def test_which_spaces_can_be_counted() -> None:
    assert countable(table(load("efficientpose_large")))
    assert not countable(table(load("mobile_pose")))
