"""Strategies by name: what exists, what is near, and what strangers bring."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import STRATEGIES, Exhausted, Proposal, make, resolve
from nasbench_pose.strategies.registry import accepts, generator

SPACE = load("simplebaseline")

STRANGER = """
class Nothing:
    def __init__(self, space, rng, *, patience=3):
        self.patience = patience

    def ask(self):
        from nasbench_pose.strategies import Exhausted
        raise Exhausted

    def tell(self, proposal, losses):
        pass
"""


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The spelling of a strategy that is none of ours."""
    (tmp_path / "somebodys_strategy.py").write_text(STRANGER)
    monkeypatch.syspath_prepend(tmp_path)
    return "somebodys_strategy:Nothing"


def test_a_strangers_strategy_is_made_like_ours(stranger: str) -> None:
    strategy = make(stranger, SPACE, 0, {"patience": 5})
    assert vars(strategy) == {"patience": 5}
    assert accepts(stranger, "patience") and not accepts(stranger, "population")
    with pytest.raises(Exhausted):
        strategy.ask()
    with pytest.raises(UnknownNameError, match=r"no setting 'patiense'; it has patience\. Did you mean 'patience'\?"):
        make(stranger, SPACE, 0, {"patiense": 5})


@pytest.mark.parametrize("spelling", ["nowhere:Thing", "math:Thing", "math:", ":Thing", ".relative:Thing", ":"])
def test_what_cannot_be_imported_is_said(spelling: str) -> None:
    with pytest.raises(UnknownNameError, match=f"The strategy '{spelling}' cannot be imported: ."):
        resolve(spelling)


def test_an_unknown_strategy_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"No strategy named 'evolutoin'; known: .* Did you mean 'evolution'\?"):
        make("evolutoin", SPACE, 0)
    with pytest.raises(UnknownNameError, match=", ".join(sorted(STRATEGIES))):
        resolve("?")


def test_an_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"'evolution' has no setting 'sampel'; .* Did you mean 'sample'\?"):
        make("evolution", SPACE, 0, {"population": 5, "sampel": 2})
    with pytest.raises(UnknownNameError, match=r"no setting 'x'; it has population, sample, weights, preset\."):
        make("evolution", SPACE, 0, {"x": 5})
    with pytest.raises(UnknownNameError, match="'random' has no setting 'population'; it has none"):
        make("random", SPACE, 0, {"population": 5})
    with pytest.raises(UnknownNameError, match="'random' has no setting 'space'"):
        make("random", SPACE, 0, {"space": "hrnet"})


def test_a_setting_that_must_be_given_is_named() -> None:
    with pytest.raises(InvalidFileError, match="'darts' needs the settings protocol, data"):
        make("darts", load("efficientpose_micro"), 0)


def test_a_strategy_may_take_any_setting() -> None:
    taken = make(f"{__name__}:Anything", SPACE, 0, {"whatever": 1})
    assert vars(taken)["settings"] == {"whatever": 1}
    assert accepts(f"{__name__}:Anything", "whatever")


class Anything:
    def __init__(self, space: SearchSpace, rng: np.random.Generator, **settings: int) -> None:
        self.space, self.rng, self.settings = space, rng, settings

    def ask(self) -> Proposal:
        return Proposal(self.space.sample(self.rng))

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        pass


def test_luck_differs_by_seed_and_by_strategy() -> None:
    draws = {tuple(generator(name, seed).integers(2**40, size=2)) for name in STRATEGIES for seed in range(20)}
    assert len(draws) == 20 * len(STRATEGIES)
    with pytest.raises(InvalidFileError, match="A seed is 0 or more, not -1"):
        make("random", SPACE, -1)


def test_random_search_draws_every_genotype_once() -> None:
    strategy = make("random", SPACE, 0)
    drawn = [strategy.ask().genotype for _ in range(SPACE.size)]
    assert set(drawn) == set(SPACE.enumerate())
    with pytest.raises(Exhausted):
        strategy.ask()


@pytest.mark.parametrize("method", ["ask", "tell"])
def test_what_has_no_ask_or_no_tell_is_no_strategy(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"only_half_{method}.py").write_text(STRANGER.replace(f"def {method}", f"def {method}s"))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InvalidFileError, match=rf"'only_half_{method}:Nothing' has no {method}\(\)"):
        make(f"only_half_{method}:Nothing", SPACE, 0)
