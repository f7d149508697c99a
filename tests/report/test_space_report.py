"""The report of a space, against counting and drawing by hand."""

import numpy as np
import pytest

from nasbench_pose import cost
from nasbench_pose.report.space import SHARES, SpaceReport, space_report
from nasbench_pose.spaces import load


def test_the_costs_of_a_small_space_are_those_of_its_members() -> None:
    space = load("efficientpose_micro")
    counted = [cost.count(space.graph(genotype)) for genotype in space.enumerate()]
    report = space_report(space, np.random.default_rng(0))
    for name, found in report.costs.items():
        values = np.array([getattr(each, name) for each in counted])
        assert found.quantiles == tuple(np.quantile(values, SHARES, method="inverted_cdf"))
        assert found.shares == pytest.approx(np.histogram(values, found.edges)[0] / len(values))
        assert sum(found.shares) == pytest.approx(1)
        assert found.drawn is None


@pytest.mark.parametrize("name", ["mobile_pose", "heads_micro"])
def test_every_bar_is_between_its_edges_and_they_hold_everything(name: str) -> None:
    report = space_report(load(name), np.random.default_rng(0))
    for found in report.costs.values():
        assert found.edges[0] <= found.quantiles[0] <= found.quantiles[-1] <= found.edges[-1]
        assert sum(found.shares) == pytest.approx(1)
        assert 5 <= len(found.shares) <= 25
        assert found.shares[0] > 0 and found.shares[-1] > 0


def test_what_is_drawn_is_close_to_what_is_counted() -> None:
    space = load("efficientpose_small")
    exact = space_report(space, np.random.default_rng(0)).costs["macs"]
    codes = space.sample_codes(20_000, np.random.default_rng(1))
    drawn = np.quantile(cost.table(space).count(codes).macs, SHARES[1:-1])
    assert drawn == pytest.approx(exact.quantiles[1:-1], rel=0.01)


@pytest.mark.parametrize(
    ("spread", "said"),
    [((0.5, 1.0), "only 0.5 times"), ((1.4, 0.7), "good from bad, not best from good"), ((4.0, 1.0), "most networks")],
)
def test_the_verdict_follows_the_ratio(spread: tuple[float, float], said: str) -> None:
    assert said in SpaceReport(None, {}, (), spread=spread).verdict
