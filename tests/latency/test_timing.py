"""Timing by the clock: what is run when, and what is made of the times."""

import gc
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pose.latency import Timing, interleave

TIMES = st.lists(st.floats(0.1, 100), min_size=4, max_size=60)


class Workshop:
    """Calls that take as long as they are told to, on a clock of their own; writes down what was called."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.called: list[str] = []

    def clock(self) -> int:
        return self.now_ns

    def call(self, name: str, *milliseconds: float) -> None:
        count = self.called.count(name)
        self.called.append(name)
        self.now_ns += round(1e6 * milliseconds[min(count, len(milliseconds) - 1)])


def test_networks_take_turns_with_the_reference_between_them() -> None:
    shop = Workshop()
    calls = {name: (lambda name=name: shop.call(name, 1)) for name in "AB"}
    interleave(calls, lambda: shop.call("R", 1), repeats=2, warm_up=1, clock=shop.clock)
    assert "".join(shop.called) == 3 * "AARRBBRR"  # of each two passes the second is timed


def test_every_second_pass_after_the_warm_up_is_timed() -> None:
    shop = Workshop()
    slow_at_first = (1000, 1000, 50, 3, 50, 4, 50, 5)  # a cold pass, the one after it; then pairs: untimed, timed
    (timing,) = interleave(
        {"A": lambda: shop.call("A", *slow_at_first)}, lambda: shop.call("R", 2), repeats=3, warm_up=1, clock=shop.clock
    ).values()
    assert timing.milliseconds.tolist() == [3, 4, 5]
    assert timing.reference.tolist() == [2, 2, 2]
    assert (timing.median, timing.ratio, timing.drift) == (4, 2, 0)


def test_a_long_warm_up_changes_nothing() -> None:
    shop = Workshop()
    timings = interleave({"A": lambda: shop.call("A", 7)}, lambda: None, repeats=2, warm_up=9, clock=shop.clock)
    assert timings["A"].milliseconds.tolist() == [7, 7]


def test_progress_counts_rounds() -> None:
    told: list[tuple[int, int]] = []
    interleave(
        {"A": lambda: None}, lambda: None, repeats=2, warm_up=1, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_garbage_is_not_collected_meanwhile_but_afterwards() -> None:
    seen = []
    interleave({"A": lambda: seen.append(gc.isenabled())}, lambda: None, repeats=1)
    assert (seen, gc.isenabled()) == ([False, False], True)

    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        interleave({"A": fail}, lambda: None, repeats=1)
    assert gc.isenabled()


@given(TIMES)
def test_quartiles_are_those_of_the_standard_library(times: list[float]) -> None:
    timing = Timing(np.array(times), np.ones(len(times)))
    quartiles = statistics.quantiles(times, n=4, method="inclusive")
    assert [timing.q1, timing.median, timing.q3] == pytest.approx(quartiles)
    assert timing.p95 == pytest.approx(statistics.quantiles(times, n=20, method="inclusive")[-1])


@given(TIMES, st.floats(0.1, 10))
def test_a_machine_that_is_slower_for_all_leaves_the_ratio(times: list[float], slower: float) -> None:
    own, reference = np.array(times), np.linspace(1, 2, len(times))
    before, after = Timing(own, reference), Timing(slower * own, slower * reference)
    assert after.ratio == pytest.approx(before.ratio)
    assert after.median == pytest.approx(slower * before.median)


def test_drift_compares_the_last_third_with_the_first() -> None:
    assert Timing(np.ones(9), np.array([2, 2, 2, 7, 1, 9, 3, 3, 3.0])).drift == 0.5
    assert Timing(np.ones(1), np.ones(1)).drift == 0
