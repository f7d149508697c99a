"""What fails a network and what only ends its measurement: the former is kept, the latter is tried again."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fakes import SPACE, KeyReader, Listening

from nasbench_pose.errors import (
    EvaluatorError,
    InvalidFileError,
    InvalidNumberError,
    MeasurementError,
    UnknownNameError,
)
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.executors.measuring import measure
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import search
from nasbench_pose.store import Run, Step, Store

RUN = Run("listening", SPACE.name, SPACE.digest, seed=3, protocol="0123456789abcdef", fidelity=100)
GENOTYPE = SPACE.sample(np.random.default_rng(0))


@dataclass(frozen=True)
class Raising(KeyReader):
    """Raises on the third measurement, as long as the file `mended` is missing."""

    error: Exception = field(default_factory=Exception)

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        if len(self.measured) == 2 and not self.log.with_name("mended").exists():
            raise self.error
        return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)


@dataclass(frozen=True)
class Answering(KeyReader):
    """Answers with what `change` makes of the trial."""

    change: Callable[[Trial], Any] = lambda trial: trial

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        answer: Trial = self.change(super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress))
        return answer


def new() -> Listening:
    return Listening(SPACE, np.random.default_rng(0))


def timeless(steps: list[Step]) -> list[Step]:
    return [replace(step, ask_seconds=0.0) for step in steps]


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        TimeoutError("the share is gone"),
        MemoryError("cannot allocate 12 GiB"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory"),
        ImportError("No module named 'cv2'"),
    ],
    ids=lambda error: str(error)[:20],
)
def test_what_the_machine_ends_is_tried_again_and_never_kept(error: Exception, tmp_path: Path) -> None:
    evaluator = Raising(tmp_path / "log", error=error)
    with Store(tmp_path / "runs.db") as store, Store(tmp_path / "whole.db") as whole:
        with pytest.raises(MeasurementError, match=rf"efficientpose_micro:.*was ended by {type(error).__name__}"):
            list(search(new(), evaluator, store, RUN, budget=5))
        assert len(store.steps(1)) == len(store.evaluations()) == 2
        assert store.evaluations()["error"].isna().all()
        (tmp_path / "mended").touch()
        mended = list(search(new(), evaluator, store, RUN, budget=5))
        expected = list(search(new(), KeyReader(tmp_path / "other"), whole, RUN, budget=5))
    assert timeless(mended) == timeless(expected)


@pytest.mark.parametrize("error", [ValueError("does not fit"), RuntimeError("shapes differ"), ZeroDivisionError("x")])
def test_what_fails_the_network_is_kept_with_its_seconds(error: Exception, tmp_path: Path) -> None:
    class Slow(Raising):
        def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
            time.sleep(0.02)
            return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)

    with Store(tmp_path / "runs.db") as store:
        steps = list(search(new(), Slow(tmp_path / "log", error=error), store, RUN, budget=3))
        kept = store.frame()
    assert steps[2].trial.error == f"{type(error).__name__}: {error}"
    assert 0.02 <= steps[2].trial.seconds == kept["seconds"][2] < 5
    assert kept["error"].notna().tolist() == [False, False, True]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), Decimal("NaN"), 10**400])
def test_a_metric_that_is_not_finite_fails_the_trial(value: Any, tmp_path: Path) -> None:
    evaluator = Answering(
        tmp_path / "log", change=lambda trial: replace(trial, metrics={**trial.metrics, "val_pckh": value})
    )
    trial = measure(evaluator, GENOTYPE, fidelity=100, seed=3)
    assert trial.error is not None and trial.error.startswith("The metric 'val_pckh' is ")
    assert dict(trial.metrics) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda trial: replace(trial, metrics={"val_pckh": "21.5"}), "metric 'val_pckh' is a number, not '21.5'"),
        (lambda trial: replace(trial, metrics={"val_pckh": None}), "metric 'val_pckh' is a number, not None"),
        (lambda trial: replace(trial, metrics={"macs": np.array([2.0])}), r"metric 'macs' is a number, not array"),
        (lambda trial: replace(trial, metrics={3: 2.0}), "name of a metric is a text, not 3"),
        (lambda trial: replace(trial, seconds=None), "The seconds of a trial is a number, not None"),
        (lambda trial: replace(trial, seconds=math.nan), "seconds of a trial are 0 or more and finite, not nan"),
        (lambda trial: replace(trial, seconds=-1.0), "seconds of a trial are 0 or more and finite, not -1"),
        (lambda trial: replace(trial, seed="one"), "The seed is a whole number, not 'one'"),
    ],
)
def test_what_is_no_number_ends_the_search_and_is_named(
    change: Callable[[Trial], Trial], said: str, tmp_path: Path
) -> None:
    with Store(tmp_path / "runs.db") as store:
        with pytest.raises(InvalidNumberError, match=said):
            list(search(new(), Answering(tmp_path / "log", change=change), store, RUN, budget=3))
        assert store.evaluations().empty, "the evaluator is at fault, not the network"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda trial: replace(trial, fidelity=1), "asked for fidelity 100 of .* answered with fidelity 1;"),
        (lambda trial: replace(trial, protocol="other"), "asked for protocol '0123456789abcdef' .* protocol 'other'"),
        (lambda trial: replace(trial, seed=0), "asked for seed 3 of .* answered with seed 0"),
        (lambda trial: replace(trial, genotype=Genotype("x", [])), "asked for genotype .* answered with genotype 'x:'"),
        (lambda _: None, "The evaluator returned NoneType for .*; expected an evaluators.Trial"),
        (lambda trial: dict(trial.metrics), "The evaluator returned dict for"),
    ],
)
def test_an_answer_to_another_question_ends_the_search(
    change: Callable[[Trial], Any], said: str, tmp_path: Path
) -> None:
    with Store(tmp_path / "runs.db") as store:
        with pytest.raises(EvaluatorError, match=said):
            list(search(new(), Answering(tmp_path / "log", change=change), store, RUN, budget=3))
        assert store.evaluations().empty


def test_a_trial_without_a_metric_that_is_an_objective_is_not_kept(tmp_path: Path) -> None:
    evaluator = Answering(tmp_path / "log", change=lambda trial: replace(trial, metrics={"val_pckh": 20.0}))
    with Store(tmp_path / "runs.db") as store:
        with pytest.raises(UnknownNameError, match="lack the metric 'macs'; they have val_pckh"):
            list(search(new(), evaluator, store, RUN, budget=3))
        assert store.evaluations().empty


def test_numbers_of_numpy_in_an_answer_are_the_ones_that_were_asked_for(tmp_path: Path) -> None:
    numpys: Any = {"seed": np.int64(3), "fidelity": np.float32(100), "seconds": torch.tensor(1.5)}
    numpys |= {"metrics": {"val_pckh": np.float32(20.5), "macs": torch.tensor(5)}}
    evaluator = Answering(tmp_path / "log", change=lambda trial: replace(trial, **numpys))
    with Store(tmp_path / "runs.db") as store:
        steps = list(search(new(), evaluator, store, RUN, budget=2))
    assert dict(steps[0].trial.metrics) == {"val_pckh": 20.5, "macs": 5}
    assert steps[0].trial.seconds == 1.5


@pytest.mark.parametrize("proposed", [GENOTYPE, None])
def test_what_a_strategy_proposes_instead_of_a_proposal_is_named(proposed: Any, tmp_path: Path) -> None:
    strategy = new()
    strategy.ask = lambda: proposed  # type: ignore[method-assign]
    with (
        Store(tmp_path / "runs.db") as store,
        pytest.raises(InvalidFileError, match=f"'listening' proposed {type(proposed).__name__}; ask.. returns a Prop"),
    ):
        list(search(strategy, KeyReader(tmp_path / "log"), store, RUN, budget=2))
    assert not KeyReader(tmp_path / "log").measured


def test_a_negative_cost_is_a_fault_of_the_evaluator(tmp_path: Path) -> None:
    evaluator = Answering(tmp_path / "log", change=lambda trial: replace(trial, metrics={"val_pckh": 1.0, "macs": -5}))
    with pytest.raises(EvaluatorError, match=r"answered with macs -5 for efficientpose_micro:.*; it is 0 or more"):
        measure(evaluator, GENOTYPE, fidelity=100, seed=0)
    free = Answering(tmp_path / "log", change=lambda trial: replace(trial, metrics={"val_pckh": -1.0, "macs": 0}))
    assert measure(free, GENOTYPE, fidelity=100, seed=0).metrics == {"val_pckh": -1.0, "macs": 0}
