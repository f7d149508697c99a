"""One-shot searches: whom they train and judge on, what they propose, and what they refuse."""

import io
from typing import Any

import numpy as np
import pytest
import torch

from nasbench_pose.errors import DataError, DivergedError, InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.oneshot import OneShotEvaluator, samplings
from nasbench_pose.pose import source
from nasbench_pose.pose.people import Splits
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import STRATEGIES, Strategy, make
from nasbench_pose.strategies.supernet.gene_costs import gene_costs
from nasbench_pose.strategies.supernet.inherited import InheritedAccuracySearch
from nasbench_pose.strategies.supernet.path_evolution import PathEvolution, evolve
from nasbench_pose.testing import SeededStrategyContract

DATA = "synthetic:train=24,val=2,test=2"
METHODS = [name for name, place in STRATEGIES.items() if ".one_shot." in place]
SMALL = {"steps": 2, "batch": 4, "scored": 8, "calibration": 4, "population": 4, "generations": 2, "parents": 2}
MICRO = load("efficientpose_micro")
HELD = ("w1=50", "w2=50", "w3=50", "s2b1=k3_e3", "s3b1=k3_e3")


def new(name: str, seed: int = 0, space: SearchSpace = MICRO, **settings: object) -> InheritedAccuracySearch:
    protocol = Protocol(data=DATA, input=(32, 32), batch=4).text
    strategy = make(name, space, seed, {"data": DATA, "protocol": protocol, **SMALL, **settings})
    assert isinstance(strategy, InheritedAccuracySearch)
    return strategy


class TestEveryMethod(SeededStrategyContract):
    METHODS = tuple(METHODS)
    steps, exhausted_after, name = 2, 4, "spos"

    @pytest.fixture(
        autouse=True,
        params=[name if name == "spos" else pytest.param(name, marks=pytest.mark.slow) for name in METHODS],
    )
    def method(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    def new(self, seed: int) -> Strategy:
        return new(self.name, seed, held=HELD, generations=1, steps=1, scored=4)


@pytest.mark.parametrize("name", METHODS)
def test_inherited_accuracies_are_those_of_the_evaluator_on_people_who_trained_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    trained_on: list[torch.Tensor] = []
    training = samplings.OneShotTraining

    def watched(supernet, space, people, *others):  # type: ignore[no-untyped-def]
        trained_on.append(people.images)
        return training(supernet, space, people, *others)

    monkeypatch.setattr(samplings, "OneShotTraining", watched)
    strategy = new(name)
    best = strategy.ask().genotype
    assert strategy.scores[best.text] == max(strategy.scores.values()) and len(strategy.scores) == 8
    people = source.load(DATA, size=(32, 32)).train
    first, last = people.take(np.arange(16)), people.take(np.arange(16, 24))
    assert np.array_equal(trained_on[0].permute(0, 2, 3, 1), first.images)
    evaluator = OneShotEvaluator(
        MICRO, Protocol(input=(32, 32), batch=4, flip_test=False), Splits(first, last, last, DATA),
        strategy.sampling, tmp_path, calibration=4,
    )  # fmt: skip
    for text, score in strategy.scores.items():
        trial = evaluator.evaluate(Genotype.parse(text), fidelity=2, seed=strategy._seed)
        assert trial.metrics["val_pckh"] == score


@pytest.mark.parametrize(
    "name", [name if name == "ofa" else pytest.param(name, marks=pytest.mark.slow) for name in METHODS]
)
def test_the_first_ask_goes_on_from_any_of_its_steps_bit_for_bit(name: str) -> None:
    """From the training, in which `ofa` has a teacher after its first step, and from the evolution."""
    states: list[bytes] = []
    whole = new(name, held=HELD, steps=4, scored=4)
    whole.after_step = lambda: states.append(whole.checkpoint())
    proposal = whole.ask()
    assert len(states) == 4 + len(whole.scores) > 6
    for done in (2, 6):
        again, left = new(name, held=HELD, steps=4, scored=4), []
        again.restore(states[done - 1])
        again.after_step = lambda left=left, again=again: left.append(again.checkpoint())  # type: ignore[misc]
        assert again.ask() == proposal and again.scores == whole.scores and again.checkpoint() == whole.checkpoint()
        assert len(left) == len(states) - done, "nothing is done again"
        torch.testing.assert_close(loaded(left[0]), loaded(states[done]), rtol=0, atol=0)
        torch.testing.assert_close(loaded(left[-1]), loaded(states[-1]), rtol=0, atol=0)


def loaded(state: bytes) -> dict[str, Any]:
    """Return weights, optimiser with its learning rate, draws and scores; the schedule has texts, too."""
    found: dict[str, Any] = torch.load(io.BytesIO(state), weights_only=True)
    del found["training"]["training"]["schedule"]
    return found


@pytest.mark.parametrize("space", ["hrnet_micro", "darts_micro"])
@pytest.mark.parametrize(
    "name", [name if name == "ofa" else pytest.param(name, marks=pytest.mark.slow) for name in METHODS]
)
def test_it_searches_branches_and_cells(name: str, space: str) -> None:
    genotype = new(name, space=load(space), generations=1).ask().genotype
    assert load(space).validate(genotype) == genotype


def test_members_keep_a_limit_and_held_genes() -> None:
    strategy = new("spos", limit=8e5, held=["w1=100"])
    strategy.ask()
    members = [Genotype.parse(text) for text in strategy.scores]
    assert {dict(member.genes)["w1"] for member in members} == {100}
    assert gene_costs(MICRO, "macs", input=(32, 32), joints=14).count(MICRO.encode(members)).max() <= 8e5


def test_evolution_finds_more_than_as_many_random_members() -> None:
    """On a sum of the genes' worths, with the paper's population and a quarter of its generations."""
    space = load("efficientpose_small")
    costs = gene_costs(space, "macs", input=space.input, joints=space.joints)
    for seed in range(3):
        worths = [np.random.default_rng(seed).random(len(options)) for options in space.genes.values()]

        def score(genotype: Genotype, worths: list[np.ndarray] = worths) -> float:
            return float(sum(worth[code] for worth, code in zip(worths, space.encode([genotype])[0], strict=True)))

        found = evolve(space, score, np.random.default_rng(seed), PathEvolution(generations=5), costs=costs)
        drawn = [score(space.sample(np.random.default_rng([seed, i]))) for i in range(250)]
        assert len(found) == 250 and max(found.values()) > max(drawn)


def test_what_cannot_be_searched_is_said_in_one_line() -> None:
    with pytest.raises(NasbenchPoseError, match=r"has no supernet.*held"):
        new("spos", space=load("mobile_pose"))
    with pytest.raises(InvalidFileError, match="parents=5 of population=4 are too many"):
        new("spos", parents=5)
    with pytest.raises(DataError, match="24 people are too few: 22 are kept to judge"):
        new("spos", scored=22)
    with pytest.raises(InvalidFileError, match=r"spos\.batch is a whole number, 2 or more, not 1"):
        new("spos", batch=1)
    with pytest.raises(NasbenchPoseError, match="No network of efficientpose_micro costs 1 MACs or less"):
        new("spos", limit=1.0).ask()
    wild = Protocol(data=DATA, input=(32, 32), learning_rate=1e30).text
    with pytest.raises(DivergedError, match=r"The supernet diverged at step \d+: .*; a learning rate below 1e\+30"):
        new("spos", protocol=wild, steps=4).ask()
