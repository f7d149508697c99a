"""One search: facts are looked up, failures are kept, and whatever stops it, it goes on as if nothing had."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from fakes import SPACE, KeyReader, Listening, Saving, Short

from nasbench_pose.errors import DataError, DivergedError, StoreError, UnknownNameError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.training import Training
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.search import search
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import Proposal, Strategy, make

RUN = Run("listening", SPACE.name, SPACE.digest, seed=3, protocol="0123456789abcdef", fidelity=100)


def new(kind: Callable[..., Listening] = Listening) -> Listening:
    return kind(SPACE, np.random.default_rng(0))


def timeless(steps: list[Step]) -> list[Step]:
    return [replace(step, ask_seconds=0.0) for step in steps]


@pytest.fixture
def evaluator(tmp_path: Path) -> KeyReader:
    return KeyReader(tmp_path / "log")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs.db")


def test_steps_are_yielded_as_they_are_kept(evaluator: KeyReader, store: Store) -> None:
    steps = search(new(), evaluator, store, RUN, budget=7)
    seen = []
    for step in steps:
        seen.append(step)
        assert store.steps(1) == seen
    assert [step.number for step in seen] == [*range(1, 8)]
    assert [step.trial for step in seen] == [
        evaluator.evaluate(step.trial.genotype, fidelity=100, seed=3) for step in seen
    ]


def test_the_strategy_hears_every_loss_in_order(evaluator: KeyReader, store: Store) -> None:
    strategy = new()
    steps = list(search(strategy, evaluator, store, RUN, budget=7))
    assert strategy.told == [[-step.trial.metrics["val_pckh"], step.trial.metrics["macs"]] for step in steps]


def test_a_known_fact_is_looked_up(evaluator: KeyReader, store: Store) -> None:
    first = list(search(new(), evaluator, store, RUN, budget=7))
    measured = evaluator.measured
    assert len(measured) == len(set(measured)), "visited twice, measured once"
    second = list(search(new(), evaluator, store, replace(RUN, strategy="another"), budget=7))
    assert evaluator.measured == measured
    assert timeless(second) == timeless(first)
    list(search(new(), evaluator, store, replace(RUN, seed=4), budget=7))
    assert len(evaluator.measured) > len(measured), "another seed is another fact"


def test_a_proposal_may_ask_for_less_than_a_full_measurement_even_for_nothing(
    evaluator: KeyReader, store: Store
) -> None:
    class Frugal(Listening):
        def ask(self) -> Proposal:
            return replace(super().ask(), fidelity=(0, 10, None)[self.asked - 1])

    steps = list(search(Frugal(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=3))
    assert [step.trial.fidelity for step in steps] == [0, 10, 100]


@dataclass(frozen=True)
class Broken(KeyReader):
    """Fails at four genotypes, each time in another way."""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        trial = super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)
        match len(self.measured):
            case 2:
                raise RuntimeError("no such\nlayer")
            case 3:
                raise DivergedError("diverged at step 9")
            case 4:
                return replace(trial, metrics={}, error="no such layer")
            case 5:
                return replace(trial, metrics=dict(trial.metrics) | {"val_pckh": math.nan})
        return trial


@dataclass(frozen=True)
class Robbed(KeyReader):
    """Loses its photographs after three measurements."""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        if len(self.measured) == 3:
            raise DataError("There is no file mpii.mat.")
        return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)


def test_what_the_user_can_mend_is_raised_and_fails_no_genotype(tmp_path: Path, store: Store) -> None:
    with pytest.raises(DataError, match=r"There is no file mpii\.mat\."):
        list(search(new(), Robbed(tmp_path / "log"), store, RUN, budget=7))
    assert len(store.evaluations()) == 3
    assert store.evaluations()["error"].isna().all()
    mended = list(search(new(), KeyReader(tmp_path / "log"), store, RUN, budget=7))
    with Store(tmp_path / "whole.db") as whole:
        expected = list(search(new(), KeyReader(tmp_path / "other"), whole, RUN, budget=7))
    assert timeless(mended) == timeless(expected)


def test_failures_are_kept_with_infinite_losses_and_the_search_goes_on(tmp_path: Path, store: Store) -> None:
    strategy, evaluator = new(), Broken(tmp_path / "log")
    steps = list(search(strategy, evaluator, store, RUN, budget=30))
    assert [step.number for step in steps] == [*range(1, 31)]
    errors = dict.fromkeys(step.trial.error for step in steps if step.trial.error)
    assert list(errors) == [
        "RuntimeError: no such layer",
        "DivergedError: diverged at step 9",
        "no such layer",
        "The metric 'val_pckh' is nan, not a finite number.",
    ]
    for step, losses in zip(steps, strategy.told, strict=True):
        if step.trial.error:
            assert (losses, dict(step.trial.metrics)) == ([math.inf] * 2, {})
    measured = evaluator.measured
    again = list(search(new(), evaluator, store, RUN, budget=30))
    assert [(x.trial.genotype, x.trial.error) for x in again] == [(x.trial.genotype, x.trial.error) for x in steps]
    assert evaluator.measured == measured, "a failure is a fact too"


def test_learning_that_diverges_is_a_failed_trial(store: Store) -> None:
    protocol = Protocol(steps=4, learning_rate=1e30, schedule="cosine", batch=4)
    evaluator = Training("synthetic:train=8,val=4,test=4", protocol)()
    run = replace(RUN, protocol=evaluator.protocol_key, fidelity=4)
    steps = list(search(make("fixed", SPACE, 0), evaluator, store, run, budget=2))
    assert len(steps) == 2
    assert all((step.trial.error or "").startswith("diverged at step") for step in steps)


def test_it_ends_when_the_strategy_is_exhausted(evaluator: KeyReader, store: Store) -> None:
    steps = list(search(new(Short), evaluator, store, RUN, budget=100))
    assert len(steps) == 5
    assert list(search(new(Short), evaluator, store, RUN, budget=100)) == steps


@pytest.mark.parametrize("kind", [Listening, Saving])
@pytest.mark.parametrize("stopped_after", [0, 1, 6, 12])
def test_an_interrupted_search_goes_on_as_if_nothing_had_been(
    kind: type[Listening], stopped_after: int, tmp_path: Path, store: Store
) -> None:
    whole = list(search(new(kind), KeyReader(tmp_path / "whole"), Store(":memory:"), RUN, budget=12))
    evaluator = KeyReader(tmp_path / "log")
    for _, _ in zip(range(stopped_after), search(new(kind), evaluator, store, RUN, budget=12), strict=False):
        pass
    resumed = list(search(new(kind), evaluator, store, RUN, budget=12))
    assert timeless(resumed) == timeless(whole)
    assert sorted(evaluator.measured) == sorted(KeyReader(tmp_path / "whole").measured)


def test_a_larger_budget_goes_on_and_a_smaller_one_reads(evaluator: KeyReader, store: Store) -> None:
    short = list(search(new(), evaluator, store, RUN, budget=5))
    longer = list(search(new(), evaluator, store, RUN, budget=9))
    assert longer[:5] == short and len(longer) == 9
    untouched = new()
    assert list(search(untouched, evaluator, store, RUN, budget=3)) == short[:3]
    assert untouched.asked == 0
    assert len(store.runs()) == 1


def test_a_checkpoint_spares_asking_again(evaluator: KeyReader, store: Store) -> None:
    list(search(new(Saving), evaluator, store, RUN, budget=6))
    resumed = Saving(SPACE, np.random.default_rng(0))
    list(search(resumed, evaluator, store, RUN, budget=9))
    assert resumed.asks_of_this_process == 3


def test_a_crash_between_the_step_and_its_checkpoint_loses_neither(
    evaluator: KeyReader, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(search(new(Saving), KeyReader(tmp_path / "whole"), Store(":memory:"), RUN, budget=9))

    def crash(_: Store, run: int, number: int, state: bytes) -> None:
        if number == 6:
            raise KeyboardInterrupt
        save(store, run, number, state)

    save = Store.save_checkpoint
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Store, "save_checkpoint", crash)
        list(search(new(Saving), evaluator, store, RUN, budget=9))
    assert (len(store.steps(1)), (store.checkpoint(1) or (0, b""))[0]) == (6, 5)
    resumed = Saving(SPACE, np.random.default_rng(0))
    assert timeless(list(search(resumed, evaluator, store, RUN, budget=9))) == timeless(whole)
    assert resumed.asks_of_this_process == 4


class Changed(Listening):
    shift = 1


class ChangedSaving(Saving):
    shift = 1


class Poorer(Listening):
    def ask(self) -> Proposal:
        return replace(super().ask(), fidelity=10)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (Listening, Changed, r"Step 1 of this run of 'listening' \(seed 3\) was \w{16} .* but .* now proposes \w{16}"),
        (Listening, Poorer, r"Step 1 .* with fidelity 100, but .* with fidelity 10:"),
        (Listening, Short, r"Step 6 .* now proposes nothing more: its code has changed"),
    ],
)
def test_a_strategy_whose_code_has_changed_is_told_apart_by_the_step(
    before: type[Listening], after: type[Listening], said: str, evaluator: KeyReader, store: Store
) -> None:
    list(search(new(before), evaluator, store, RUN, budget=7))
    measured = evaluator.measured
    with pytest.raises(StoreError, match=said):
        list(search(new(after), evaluator, store, RUN, budget=9))
    assert len(store.steps(1)) == 7
    assert evaluator.measured == measured


def test_an_objective_that_nothing_measures_is_named(evaluator: KeyReader, store: Store) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'macs'"):
        list(search(new(), evaluator, store, replace(RUN, objectives=(Objective("mac", maximise=False),)), budget=3))


def test_ctrl_c_during_a_measurement_keeps_what_was_finished(store: Store, tmp_path: Path) -> None:
    class Interrupted(KeyReader):
        def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
            if len(self.measured) == 3:
                raise KeyboardInterrupt
            return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)

    with pytest.raises(KeyboardInterrupt):
        list(search(new(), Interrupted(tmp_path / "log"), store, RUN, budget=9))
    assert len(store.steps(1)) >= 3
    assert store.evaluations()["error"].isna().all()


@pytest.mark.parametrize("name", ["random", "evolution"])
def test_real_strategies_resume_by_replay(name: str, evaluator: KeyReader, store: Store) -> None:
    def strategy() -> Strategy:
        return make(name, SPACE, 0)

    whole = list(search(strategy(), evaluator, Store(":memory:"), RUN, budget=30))
    list(search(strategy(), evaluator, store, RUN, budget=17))
    assert timeless(list(search(strategy(), evaluator, store, RUN, budget=30))) == timeless(whole)
