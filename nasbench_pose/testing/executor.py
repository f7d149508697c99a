"""The contract tests of executors that measure trials."""

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import pytest

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Trial
from nasbench_pose.executors.call import Call
from nasbench_pose.executors.probe import PROTOCOL, SECONDS, Probe
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import search
from nasbench_pose.search.futures_crew import FuturesCrew
from nasbench_pose.spaces import load
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import make

SPACE = load("efficientpose_micro")
BUDGET = 5


def probe(log: Path, action: str = "measure") -> Probe:
    """Return a measurement that does what `action` says of the first proposal of random search."""
    return Probe(log, action, members(1)[0].key)


def members(count: int) -> list[Genotype]:
    """Return the first proposals of random search."""
    strategy = make("random", SPACE, 0, {})
    return [strategy.ask().genotype for _ in range(count)]


class ExecutorContract:
    """Tests of a `concurrent.futures.Executor` for trials: override `new`, and `url` if it needs a database."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """Return the database of a search."""
        return str(tmp_path / "runs.db")

    @pytest.fixture
    def new(self) -> Callable[[], Executor]:
        """Return a function that makes the executor for two workers; each test shuts down what it makes."""
        raise NotImplementedError

    @pytest.fixture
    def executor(self, new: Callable[[], Executor]) -> Iterator[Executor]:
        """Yield an executor."""
        with new() as made:
            yield made

    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        """Return a file that every process can write to."""
        return tmp_path / "log"

    def test_a_call_comes_back_with_its_trial(self, executor: Executor, log: Path) -> None:
        measurement = probe(log)
        futures = [submitted(executor, measurement, genotype) for genotype in members(3)]
        expected = [measurement.evaluate(genotype, fidelity=100, seed=0) for genotype in members(3)]
        assert [future.result(SECONDS) for future in futures] == expected

    def test_an_error_of_a_call_comes_back_as_it_is(self, executor: Executor, log: Path) -> None:
        first, second = members(2)
        with pytest.raises(InvalidFileError, match=r"^There is no schedule of that name\.$"):
            submitted(executor, probe(log, "refuse"), first).result(SECONDS)
        assert submitted(executor, probe(log), second).result(SECONDS).error is None, "the other calls go on"

    def test_two_calls_run_at_once(self, executor: Executor, log: Path) -> None:
        pair = [submitted(executor, probe(log, "meet"), genotype) for genotype in members(2)]
        assert [future.result(SECONDS).error for future in pair] == [None, None]

    def test_it_takes_no_call_after_its_end(self, executor: Executor, log: Path) -> None:
        first, second = members(2)
        assert submitted(executor, probe(log), first).result(SECONDS).error is None
        executor.shutdown(wait=False, cancel_futures=True)
        with pytest.raises(RuntimeError):
            submitted(executor, probe(log), second)

    def test_a_search_has_the_facts_of_a_local_one(self, new: Callable[[], Executor], url: str, log: Path) -> None:
        assert searched(new, url, probe(log)) == local(probe(log.with_suffix(".local")))
        assert len(probe(log).measured()) == BUDGET, "nothing is measured twice"

    def test_a_trial_that_fails_is_one_failed_trial(self, new: Callable[[], Executor], url: str, log: Path) -> None:
        trials = searched(new, url, probe(log, "fail"))
        assert [trial.error for trial in trials] == ["ValueError: a network that cannot be trained", *[None] * 4]
        assert trials[1:] == local(probe(log.with_suffix(".local")))[1:]
        assert len(probe(log).measured()) == BUDGET

    def test_an_interrupted_search_goes_on_to_the_same_result(
        self, new: Callable[[], Executor], url: str, log: Path
    ) -> None:
        with Store(url) as store:
            for count in (2, BUDGET):  # Ctrl-C ends the first one after two steps
                with searching(new(), store, probe(log)) as steps:
                    trials = [step.trial for step in islice(steps, count)]
        assert trials == local(probe(log.with_suffix(".local")))


class ProcessExecutorContract(ExecutorContract):
    """Tests of an executor that measures in other processes, which may die."""

    def test_a_trial_whose_process_is_killed_is_neither_lost_nor_double(
        self, new: Callable[[], Executor], url: str, log: Path
    ) -> None:
        notices: list[str] = []
        trials = searched(new, url, probe(log, "die"), notices.append)
        assert trials == local(probe(log.with_suffix(".local")))
        assert sorted(probe(log).measured()) == sorted([trials[0].genotype.key, *(t.genotype.key for t in trials)])
        with Store(url) as store:
            assert len(store.evaluations()) == BUDGET


def submitted(executor: Executor, measurement: Probe, genotype: Genotype) -> Future[Trial]:
    """Return the future of a measurement."""
    return executor.submit(Call(pickle.dumps(measurement), genotype, PROTOCOL, measurement.full_fidelity, 0))


@contextmanager
def searching(
    executor: Executor | None, store: Store, measurement: Probe, notice: Callable[[str], None] = lambda _: None
) -> Iterator[Iterator[Step]]:
    """Yield the steps of a random search of one worker; None: in this process."""
    run = Run("random", SPACE.name, SPACE.digest, 0, PROTOCOL, measurement.full_fidelity)
    crew = None if executor is None else FuturesCrew(executor, measurement, run, 1, notice)
    steps = search(make("random", SPACE, 0, {}), measurement, store, run, budget=BUDGET, crew=crew)
    with closing(steps):
        try:
            yield steps
        finally:
            if crew is not None:
                crew.close()


def searched(
    new: Callable[[], Executor], url: str, measurement: Probe, notice: Callable[[str], None] = lambda _: None
) -> list[Trial]:
    """Return the trials of a search."""
    with Store(url) as store, searching(new(), store, measurement, notice) as steps:
        return [step.trial for step in steps]


def local(measurement: Probe) -> list[Trial]:
    """Return the trials of the same search in this process."""
    with Store("sqlite://") as store, searching(None, store, measurement) as steps:
        return [step.trial for step in steps]
