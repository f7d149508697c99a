"""The strategies' contract on every strategy there is."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import STRATEGIES, Strategy, make, resolve
from nasbench_pose.strategies.black_box.evolution import Evolution
from nasbench_pose.strategies.registry import accepts, trains
from nasbench_pose.testing import SeededStrategyContract, StrategyContract
from nasbench_pose.testing.strategy import play


class TestRandom(SeededStrategyContract):
    exhausted_after = 64

    def new(self, seed: int) -> Strategy:
        return make("random", load("simplebaseline"), seed)

    def space(self, _: Genotype) -> SearchSpace:
        return load("simplebaseline")


class TestEvolution(SeededStrategyContract):
    def new(self, seed: int) -> Strategy:
        return make("evolution", load("efficientpose_small"), seed, {"population": 10, "sample": 3})

    def space(self, _: Genotype) -> SearchSpace:
        return load("efficientpose_small")


class TestEvolutionOfTwoLosses(SeededStrategyContract):
    """Weighing an infinite loss with 0 gives what is not a number; that must not win a tournament."""

    def new(self, seed: int) -> Strategy:
        return Evolution(load("hrnet"), np.random.default_rng(seed), population=5, sample=5, weights=(1.0, 0.0))


class TestLocal(SeededStrategyContract):
    def new(self, seed: int) -> Strategy:
        return make("local", load("efficientpose_small"), seed)


class TestLocalOfASmallSpace(SeededStrategyContract):
    exhausted_after = 64

    def new(self, seed: int) -> Strategy:
        return make("local", load("simplebaseline"), seed, {"move": "first"})


class TestNSGA2(SeededStrategyContract):
    def new(self, seed: int) -> Strategy:
        return make("nsga2", load("efficientpose_small"), seed, {"population": 8})


class TestFixed(StrategyContract):
    exhausted_after = 4
    steps = 8

    def new(self, seed: int) -> Strategy:
        names = ["hrnet-w32", "EfficientPose-A", load("simplebaseline").named["SimpleBaseline-R50"].text, "hrnet-w32"]
        return make("fixed", load("efficientpose_small"), seed, {"genotypes": names})


class TestFixedByDefault(StrategyContract):
    exhausted_after = len(load("hrnet").named)
    steps = 8

    def new(self, seed: int) -> Strategy:
        return make("fixed", load("hrnet"), seed)


class TestBaselines(StrategyContract):
    exhausted_after = len(load("efficientpose_micro").baselines)
    steps = 8

    def new(self, seed: int) -> Strategy:
        return make("baselines", load("efficientpose_micro"), seed)


class OfSeveralFidelities(SeededStrategyContract):
    name = ""

    def new(self, seed: int) -> Strategy:
        return make(self.name, load("efficientpose_small"), seed, {"fidelities": range(100, 801, 100)})


class TestSuccessiveHalving(OfSeveralFidelities):
    name = "successive_halving"


class TestHyperband(OfSeveralFidelities):
    name = "hyperband"


class TestBOHB(OfSeveralFidelities):
    name = "bohb"


class TestASHA(OfSeveralFidelities):
    name = "asha"


class TestMultiObjectiveASHA(OfSeveralFidelities):
    name = "mo_asha"


ONE = replace(
    load("efficientpose_micro"), genes={g: options[:1] for g, options in load("efficientpose_micro").genes.items()}
)
"""A space of one genotype."""


@pytest.mark.parametrize("name", [name for name in STRATEGIES if not trains(name)] + ["optuna:NSGAIISampler"])
def test_a_space_of_one_genotype(name: str) -> None:
    """The only network is proposed, perhaps again at other fidelities, or the search ends; it never hangs."""
    handed = {"fidelities": [100, 300, 800], "protocol": Protocol(input=(32, 32)).text}
    own = {"proxy": "macs", "people": "synthetic:train=2,val=1,test=1", "start": 1, "candidates": 5, "startup": 2}
    space = replace(ONE, named={"only": ONE.sample(0)}, baselines=())
    given = {key: value for key, value in {**handed, **own}.items() if accepts(name, key)}
    proposals = list(play(make(name, space, 0, given), 12))
    if name != "baselines":  # of which this space has none
        assert {proposal.genotype for proposal in proposals} == {ONE.sample(0)}


def contracts(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[StrategyContract]]:
    """Yield the contract classes of all test files in this folder."""
    for path in sorted(Path(__file__).parent.rglob("test_*.py")):
        if "StrategyContract" in path.read_text():
            monkeypatch.syspath_prepend(path.parent)
            for name, value in vars(import_module(path.stem)).items():
                if name.startswith("Test") and issubclass(value, StrategyContract):
                    yield value


def test_no_strategy_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    here = set()
    for contract in contracts(monkeypatch):
        methods = getattr(contract, "METHODS", None)  # of a class that is run on each of them
        here |= {type(contract().new(0))} if methods is None else {resolve(name) for name in methods}
    missing = [name for name in STRATEGIES if resolve(name) not in here]
    assert not missing, f"inherit testing.StrategyContract in a test below {Path(__file__).parent} for {missing}"
