"""The members of a space within limits: draws, mutants, children and lists, against the slow definition."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare

from nasbench_pose import cost
from nasbench_pose.errors import NasbenchPoseError, NoOtherNetworkError
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies.limited_space import LimitedSpace, limited

MICRO = load("efficientpose_micro")


def of(space: SearchSpace, **most: float) -> LimitedSpace:
    found = limited(space, [Limit(*each) for each in most.items()], input=space.input, joints=space.joints)
    assert isinstance(found, LimitedSpace)
    return found


def slowly(space: SearchSpace, **most: float) -> list[Genotype]:
    counted = {genotype: cost.count(space.graph(genotype)) for genotype in space.enumerate()}
    return [g for g, each in counted.items() if all(getattr(each, name) <= most[name] for name in most)]


LIMITS = [{"macs": 3e6}, {"params": 2e4}, {"macs": 3e6, "params": 2e4}]


@pytest.mark.parametrize("most", LIMITS, ids=str)
def test_the_list_is_that_of_members_counted_one_by_one(most: dict[str, float]) -> None:
    within, expected = of(MICRO, **most), slowly(MICRO, **most)
    assert set(within.enumerate()) == set(expected) and len(list(within.enumerate())) == len(expected) > 10
    assert within.size >= len(expected)
    for genotype in expected[::20]:
        assert list(within.neighbours(genotype)) == [n for n in MICRO.neighbours(genotype) if n in expected]


@pytest.mark.parametrize("most", LIMITS, ids=str)
def test_draws_are_uniform_over_genotypes(most: dict[str, float]) -> None:
    within, rng = of(MICRO, **most), np.random.default_rng(0)
    drawn = Counter(map(tuple, within.sample_codes(20_000, rng).tolist()))
    codes = np.array(list(np.ndindex(*(len(options) for options in MICRO.genes.values()))))
    kept = [tuple(code) for code, kept in zip(codes.tolist(), within.keeps(codes), strict=True) if kept]
    assert set(drawn) <= set(kept)
    assert chisquare([drawn[code] for code in kept]).pvalue > 0.001


@pytest.mark.parametrize(
    ("name", "times"),
    [("efficientpose_small", 20), ("simplebaseline", 20), pytest.param("mobile_pose", 5, marks=pytest.mark.slow),
     ("darts_cifar", 2)],
)  # fmt: skip
def test_everything_made_of_members_is_a_member(name: str, times: int) -> None:
    """In windows of cost, by rejection where there is none, and where members are counted one by one."""
    space, rng = load(name), np.random.default_rng(1)
    within = of(space, macs=float(np.median([cost.count(space.graph(space.sample(rng))).macs for _ in range(5)])))
    for _ in range(times):
        first, second = within.sample(rng), within.sample(rng)
        made = [within.mutate(first, rng), within.crossover(first, second, rng),
                within.brought_within(space.sample(rng), rng)]  # fmt: skip
        assert made[0] != first
        assert all(cost.count(space.graph(genotype)).macs <= within.limits[0].most for genotype in made)


def test_what_is_brought_within_differs_only_in_options_of_the_way() -> None:
    within, rng = of(MICRO, macs=3e6), np.random.default_rng(2)
    largest = MICRO.named["micro-largest"]
    ways = [within.brought_within(largest, rng) for _ in range(200)]
    changed = [sum(a != b for a, b in zip(*MICRO.encode([largest, way]), strict=True)) for way in ways]
    assert min(changed) < np.mean(changed) < len(MICRO.genes), "it stops before all genes are those of the member"
    member = within.sample(rng)
    assert within.brought_within(member, rng) == member


def test_a_single_member_has_no_other() -> None:
    least = min(cost.count(MICRO.graph(genotype)).macs for genotype in MICRO.enumerate())
    only = of(MICRO, macs=least)
    members = list(only.enumerate())
    assert len(members) == 1 and only.sample(0) == members[0] == only.crossover(members[0], members[0], 0)
    with pytest.raises(NoOtherNetworkError, match="within the limits"):
        only.mutate(members[0], 0)


def test_members_far_from_each_other_are_reached() -> None:
    """Where no neighbour is within the limits, a mutant is another member."""
    within = of(MICRO, macs=3e6)
    island = replace(within, limits=(Limit("macs", 2e6),))
    outside = next(g for g in MICRO.enumerate() if not list(island.neighbours(g)))
    assert island.holds(island.mutate(outside, 0))


@pytest.mark.parametrize(
    ("name", "most", "said"),
    [
        ("efficientpose_micro", {"macs": 1e5}, "No member has 100,000 or fewer MACs; the nearest have .* above"),
        ("efficientpose_micro", {"macs": -1.0}, "A limit of macs is positive, as counted costs are; not -1"),
        ("heads_micro", {"macs": 1.9e6, "params": 15_000}, "Of 1,.* genotypes .* 0 are within 1.9 MMACs and 15 k"),
    ],
)
def test_limits_that_no_member_keeps_are_refused(name: str, most: dict[str, float], said: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said):
        of(load(name), **most)


def test_limits_of_what_is_measured_leave_the_space_as_it_is() -> None:
    limits = [Limit("latency_ms", 3.0), Limit("macs", math.inf)]
    assert limited(MICRO, limits, input=MICRO.input, joints=MICRO.joints) is MICRO
