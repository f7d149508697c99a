"""The strategies' contract on every differentiable method, in a search that is as small as can be."""

from dataclasses import replace

import pytest

from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import STRATEGIES, Strategy, make
from nasbench_pose.testing import SeededStrategyContract

MICRO = load("efficientpose_micro")
STAGES = [{"width": 4, "blocks": 1, "stride": 2}, {"width": 4, "blocks": 2, "stride": 2}]
DOZEN = replace(
    MICRO,
    fixed={**MICRO.fixed, "stem": [4, 4], "head": [4], "sic": False, "stages": STAGES},
    genes={gene: MICRO.genes[gene][:3] for gene in ("s1b1", "s2b1", "s2b2")} | {"w1": (100,), "w2": (100,)},
    named={},
    baselines=(),
)
"""Twelve networks of three blocks."""
DATA = "synthetic:train=4,val=2,test=2"
PROTOCOL = Protocol(data=DATA, batch=2, input=(32, 32)).text
SHORT = {
    "warm_up": 1, "warm_up_share": 0, "steps": 1, "batch": 2, "choices_every": 1, "choice_rate": 1.0, "asks": 3,
    "cost_power": 0.0,  # or the cost of `fbnet` would decide alone, whatever the seed
}  # fmt: skip


class TestEveryMethod(SeededStrategyContract):
    METHODS = tuple(name for name, place in STRATEGIES.items() if ".differentiable." in place)
    steps, name = 2, "darts"

    @pytest.fixture(
        autouse=True,
        params=[name if name in ("darts", "gdas") else pytest.param(name, marks=pytest.mark.slow) for name in METHODS],
    )
    def method(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    def new(self, seed: int) -> Strategy:
        return make(self.name, DOZEN, seed, {"data": DATA, "protocol": PROTOCOL, **SHORT})

    def space(self, _: Genotype) -> SearchSpace:
        return DOZEN
