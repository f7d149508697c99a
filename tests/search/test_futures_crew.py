"""Searches whose trials an executor measures: in which order they are told, and what becomes of those that die."""

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backwards import Backwards
from fakes import SPACE, KeyReader, Listening

from nasbench_pose.errors import DataError, MeasurementError
from nasbench_pose.evaluators import Trial
from nasbench_pose.executors.call import ProcessDiedError, WorkerLostError, evaluator_of
from nasbench_pose.search import search
from nasbench_pose.search.futures_crew import LOSSES, FuturesCrew
from nasbench_pose.store import Run, Step, Store

RUN = Run("listening", SPACE.name, SPACE.digest, seed=3, protocol="0123456789abcdef", fidelity=100)


pytestmark = pytest.mark.usefixtures("latest_first")


class Broken(Executor):
    """Takes no call any more."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:  # type: ignore[override]
        raise BrokenProcessPool("all nodes are gone")


def steps_of(
    store: Store, log: Path, *, budget: int, workers: int = 3, spoil: Callable[[int], None] = lambda _: None
) -> list[Step]:
    evaluator = KeyReader(log)
    crew = FuturesCrew(Backwards(spoil), evaluator, RUN, workers)
    found = search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=budget, crew=crew)
    return [step for step, _ in zip(found, range(budget), strict=False)]


def known(steps: list[Step]) -> list[tuple[int, Trial, int | None]]:
    return [(step.number, step.trial, step.turn and step.turn.ask) for step in steps]


class Ordered(Executor):
    """Runs every call at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_the_training_that_ends_first_is_told_first(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        crew = FuturesCrew(executor := Backwards(), evaluator := KeyReader(tmp_path / "log"), RUN, 3)
        steps = search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=7, crew=crew)
        told = []
        for _ in range(3):
            told.append(next(steps))
        assert [step.turn and step.turn.ask for step in told] == [3, 4, 5]
        assert [(ask.number, ask.told) for ask in store.asks(1)] == [(1, 0), (2, 0), (3, 0), (4, 1), (5, 2)]
        steps.close()
        crew.close()
        assert executor.ended
        # The next process measures what was under way, and the order of the tells so far is that of the database.
        crew = FuturesCrew(Ordered(), evaluator, RUN, 3)
        strategy = Listening(SPACE, np.random.default_rng(0))
        again = list(search(strategy, evaluator, store, RUN, budget=7, crew=crew))
    assert again[:3] == told and [step.turn and step.turn.ask for step in again[3:]] == [1, 2, 6, 7]
    assert len(strategy.told) == 7
    clock = [end for step in again if step.turn for end in (step.turn.start, step.turn.end)]
    assert clock[1::2] == sorted(clock[1::2]) and min(clock) >= 0


def test_budgets_are_trials_that_are_measured(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        evaluator = KeyReader(tmp_path / "log")
        crew = FuturesCrew(Ordered(), evaluator, RUN, 4)
        steps = list(search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=10, crew=crew))
        assert len(steps) == len(store.asks(1)) == 10, "nothing is trained that the budget does not wait for"


def test_one_worker_of_an_executor_is_the_search_without_one(tmp_path: Path) -> None:
    with Store("sqlite://") as store, Store("sqlite://") as plain:
        evaluator = KeyReader(tmp_path / "log")
        for budget in (4, 9):  # the second goes on with the first
            crew = FuturesCrew(Ordered(), evaluator, RUN, 1)
            steps = list(
                search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=budget, crew=crew)
            )
        serial = list(search(Listening(SPACE, np.random.default_rng(0)), evaluator, plain, RUN, budget=9))
        assert known(steps) == known(serial) and store.asks(1) == []
        longer = search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=12)
        assert len(list(longer)) == 12


def raising(error: Exception, *numbers: int) -> Callable[[int], None]:
    def spoil(number: int) -> None:
        if number in numbers:
            raise error

    return spoil


def test_a_machine_that_is_lost_is_no_fault_of_the_trial(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        lost = raising(WorkerLostError("its node is gone"), *range(2, 1 + LOSSES))
        steps = steps_of(store, tmp_path / "log", budget=4, workers=1, spoil=lost)
        assert [step.trial.error for step in steps] == [None] * 4
        assert len(store.evaluations()) == 4 == len(KeyReader(tmp_path / "log").measured)


@pytest.mark.parametrize("error", [ProcessDiedError("exit code -9"), BrokenProcessPool("a node")])
def test_a_trial_whose_process_dies_is_measured_once_more(error: Exception, tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        notices: list[str] = []
        evaluator = KeyReader(tmp_path / "log")
        crew = FuturesCrew(Backwards(raising(error, 2)), evaluator, RUN, 2, notices.append)
        steps = list(search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=5, crew=crew))
    assert all(step.trial.error is None for step in steps)
    (notice,) = notices
    assert notice.startswith(f"its process died ({error}) while it measured efficientpose_micro:")


def test_a_trial_that_dies_twice_or_is_late_has_failed(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        steps = steps_of(
            store, tmp_path / "1", budget=4, workers=1, spoil=raising(ProcessDiedError("exit code 3"), 2, 3)
        )
        failed = [step.trial.error for step in steps if step.trial.error]
        assert failed == ["its process died (exit code 3), 2 times"]
    with Store("sqlite://") as store:
        steps = steps_of(store, tmp_path / "2", budget=4, spoil=raising(TimeoutError("it took longer than 2 s"), 2))
        assert [step.trial.error for step in steps if step.trial.error] == ["it took longer than 2 s"]
    with Store("sqlite://") as store:
        lost = raising(WorkerLostError("node 3"), *range(2, 2 + LOSSES))
        steps = steps_of(store, tmp_path / "3", budget=4, workers=1, spoil=lost)
        assert [step.trial.error for step in steps if step.trial.error] == ["its worker is gone (node 3), 10 times"]
        assert all(step.trial.protocol == RUN.protocol for step in steps)


def test_what_the_user_can_mend_is_raised_and_an_executor_that_has_broken_is_said(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        with pytest.raises(DataError, match=r"no file mpii\.mat"):
            steps_of(store, tmp_path / "log", budget=5, spoil=raising(DataError("There is no file mpii.mat."), 2))
        assert store.evaluations()["error"].isna().all()

    evaluator = KeyReader(tmp_path / "log")
    with Store("sqlite://") as store, pytest.raises(MeasurementError, match=r"has broken: .*all nodes are gone\. What"):
        crew = FuturesCrew(Broken(), evaluator, RUN, 2)
        list(search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=5, crew=crew))


def test_a_proposal_that_is_under_way_is_not_measured_twice(tmp_path: Path) -> None:
    class Same(Listening):
        def ask(self) -> Any:
            return replace(super().ask(), genotype=self.genotypes[len(self.told) // 2])

    with Store("sqlite://") as store:
        evaluator = KeyReader(tmp_path / "log")
        crew = FuturesCrew(Backwards(), evaluator, RUN, 3)
        steps = list(search(Same(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=8, crew=crew))
    assert len(steps) == 8 and len(evaluator.measured) == len({step.trial.genotype for step in steps}) < 8


def test_the_evaluator_of_a_process_is_made_once(tmp_path: Path) -> None:
    packed = pickle.dumps(KeyReader(tmp_path / "log"))
    assert evaluator_of(packed) is evaluator_of(packed)
