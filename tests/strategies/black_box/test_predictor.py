"""Search with a predictor, and without its model: what is fitted, and which mutants are proposed."""

import math
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import Strategy, make
from nasbench_pose.strategies.black_box.predictor import expected_improvement, independent_thompson
from nasbench_pose.surrogates import Prediction, Surrogate
from nasbench_pose.testing import SeededStrategyContract

SPACE = load("efficientpose_small")
TARGET = SPACE.encode([SPACE.sample(7)])[0]


class TestPredictor(SeededStrategyContract):
    steps = 24

    def new(self, seed: int) -> Strategy:
        return make("predictor", SPACE, seed, {"startup": 6, "proposals": 4, "model": "linear"})

    def space(self, _: Genotype) -> SearchSpace:
        return SPACE


class TestPredictorOfASmallSpace(SeededStrategyContract):
    exhausted_after = 64

    def new(self, seed: int) -> Strategy:
        settings = {"model": "linear", "acquisition": "thompson", "startup": 2, "proposals": 5}
        return make("predictor", load("simplebaseline"), seed, settings)


class TestIncumbent(SeededStrategyContract):
    def new(self, seed: int) -> Strategy:
        return make("incumbent", SPACE, seed)

    def space(self, _: Genotype) -> SearchSpace:
        return SPACE


def distance(genotype: Genotype) -> float:
    return float((SPACE.encode([genotype])[0] != TARGET).sum())


def search(name: str, settings: dict[str, object], steps: int) -> list[Genotype]:
    strategy, found = make(name, SPACE, 0, settings), []
    for _ in range(steps):
        proposal = strategy.ask()
        found.append(proposal.genotype)
        strategy.tell(proposal, [distance(proposal.genotype)])
    return found


def known_answer(_: np.ndarray, accuracy: np.ndarray, __: int) -> "Knows":
    Knows.fitted.append(len(accuracy))
    return Knows()


class Knows:
    """A model that knows the truth, from the one-hot part of the features."""

    fitted: ClassVar[list[int]] = []

    def predict(self, features: np.ndarray) -> Prediction:
        sizes = [len(options) for options in SPACE.genes.values()]
        ends = np.cumsum(sizes)
        same = sum(features[:, end - size + option] for end, size, option in zip(ends, sizes, TARGET, strict=True))
        return Prediction(np.asarray(same), np.zeros(len(features)))


ORACLE = Surrogate("oracle", known_answer, "none", "the truth")


@pytest.mark.parametrize("acquisition", ["its", "ei", "thompson"])
def test_a_model_that_knows_the_truth_leads_straight_to_it(acquisition: str) -> None:
    """Each fit finds mutants that are one gene nearer, and the best mutants are proposed."""
    Knows.fitted.clear()
    settings = {"model": f"{__name__}:ORACLE", "acquisition": acquisition, "proposals": 1}
    found = search("predictor", settings, 45)
    assert min(map(distance, found)) == 0
    assert Knows.fitted == list(range(10, 45))
    assert distance(found[10]) < min(map(distance, found[:10]))


def test_proposals_are_mutants_of_the_best() -> None:
    found = search("incumbent", {"startup": 5, "parents": 1}, 30)
    for number in range(5, 30):
        best = min(found[:number], key=distance)
        assert found[number] in set(SPACE.neighbours(best))


def test_expected_improvement_is_the_mean_of_what_is_better() -> None:
    rng = np.random.default_rng(0)
    mean, deviation, best = np.array([0.0, 1.0, -1.0]), np.array([1.0, 0.5, 2.0]), 0.5
    draws = rng.normal(mean, deviation, size=(200_000, 3))
    expected = np.maximum(draws - best, 0).mean(axis=0)
    assert expected_improvement(Prediction(mean, deviation), best, rng) == pytest.approx(expected, rel=0.02)


def test_independent_draws_have_the_predicted_distribution() -> None:
    prediction = Prediction(np.full(50_000, 3.0), np.full(50_000, 2.0))
    draws = independent_thompson(prediction, 0.0, np.random.default_rng(0))
    assert (draws.mean(), draws.std()) == pytest.approx((3.0, 2.0), rel=0.02)


@pytest.mark.parametrize("losses", [lambda _: math.inf, lambda _: 1.0])
def test_losses_without_a_difference_are_survived(losses: Callable[[int], float]) -> None:
    strategy = make("predictor", SPACE, 0, {"startup": 3, "model": "forest"})
    asked = []
    for number in range(5):
        proposal = strategy.ask()
        strategy.tell(proposal, [losses(number)])
        asked.append(SPACE.validate(proposal.genotype))
    assert len(set(asked)) == 5, "it goes on to networks that it has not measured"


def test_what_is_no_model_is_said() -> None:
    with pytest.raises(UnknownNameError, match="No surrogate named 'forrest'"):
        make("predictor", SPACE, 0, {"model": "forrest"})
    with pytest.raises(InvalidFileError, match=r"predictor\.acquisition is one of its, ei, thompson, not 'ucb'"):
        make("predictor", SPACE, 0, {"acquisition": "ucb"})
