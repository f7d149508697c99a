"""The contract tests of executors that measure trials."""

import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.executors.call import Call
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import search
from nasbench_pose.search.futures_crew import FuturesCrew
from nasbench_pose.spaces import load
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import make

SPACE = load("efficientpose_micro")
PROTOCOL = "0123456789abcdef"
BUDGET = 5
SECONDS = 120
"""How long a test waits for a call."""


@dataclass(frozen=True)
class Probe:
    """A measurement that reads accuracies off keys, and writes a line into the file `log` for each of them.

    Of the first genotype of a search it does what `first` says, in whatever process it is.
    """

    log: Path
    first: str = "measure"
    """`measure`; `fail`: raise ValueError; `refuse`: raise InvalidFileError; `die`: kill its process, once; `meet`:
    wait until another genotype is measured at the same time; `wait`: until there is a file `log.go`."""
    protocol_key: str = PROTOCOL
    protocol_text: str = '{"probe":1}'
    full_fidelity: int = 100

    def __call__(self) -> "Probe":
        """Return itself, as it is the evaluator, too."""
        return self

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:  # noqa: ARG002
        """Measure at once."""
        with self.log.open("a") as log:
            log.write(f"{genotype.key}\n")
        if self.first == "meet":
            self._meet()
        elif genotype.key == members(1)[0].key:
            self._do_first()
        number = int(genotype.key[:8], 16)
        metrics = {"val_pckh": number % 1000 / 10, "macs": 10**6 + number % 10**6, "params": number % 10**4}
        return Trial(genotype, PROTOCOL, fidelity, seed, metrics, 1.5, ((fidelity, metrics["val_pckh"]),))

    def measured(self) -> list[str]:
        """Return the key of each measurement that was begun."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def _do_first(self) -> None:
        if self.first == "fail":
            raise ValueError("a network that cannot be trained")
        if self.first == "refuse":
            raise InvalidFileError("There is no schedule of that name.")
        while self.first == "wait" and not self.log.with_suffix(".go").exists():
            time.sleep(0.1)
        if self.first == "die" and len(self.measured()) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def _meet(self) -> None:
        for _ in range(10 * SECONDS):
            if len(self.measured()) > 1:
                return
            time.sleep(0.1)
        raise InvalidFileError("Nothing else was measured at the same time.")


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
        probe = Probe(log)
        futures = [submitted(executor, probe, genotype) for genotype in members(3)]
        expected = [probe.evaluate(genotype, fidelity=100, seed=0) for genotype in members(3)]
        assert [future.result(SECONDS) for future in futures] == expected

    def test_an_error_of_a_call_comes_back_as_it_is(self, executor: Executor, log: Path) -> None:
        first, second = members(2)
        with pytest.raises(InvalidFileError, match=r"^There is no schedule of that name\.$"):
            submitted(executor, Probe(log, "refuse"), first).result(SECONDS)
        assert submitted(executor, Probe(log), second).result(SECONDS).error is None, "the other calls go on"

    def test_two_calls_run_at_once(self, executor: Executor, log: Path) -> None:
        pair = [submitted(executor, Probe(log, "meet"), genotype) for genotype in members(2)]
        assert [future.result(SECONDS).error for future in pair] == [None, None]

    def test_it_takes_no_call_after_its_end(self, executor: Executor, log: Path) -> None:
        first, second = members(2)
        assert submitted(executor, Probe(log), first).result(SECONDS).error is None
        executor.shutdown(wait=False, cancel_futures=True)
        with pytest.raises(RuntimeError):
            submitted(executor, Probe(log), second)

    def test_a_search_has_the_facts_of_a_local_one(self, new: Callable[[], Executor], url: str, log: Path) -> None:
        assert searched(new, url, Probe(log)) == local(Probe(log.with_suffix(".local")))
        assert len(Probe(log).measured()) == BUDGET, "nothing is measured twice"

    def test_a_trial_that_fails_is_one_failed_trial(self, new: Callable[[], Executor], url: str, log: Path) -> None:
        trials = searched(new, url, Probe(log, "fail"))
        assert [trial.error for trial in trials] == ["ValueError: a network that cannot be trained", *[None] * 4]
        assert trials[1:] == local(Probe(log.with_suffix(".local")))[1:]
        assert len(Probe(log).measured()) == BUDGET

    def test_an_interrupted_search_goes_on_to_the_same_result(
        self, new: Callable[[], Executor], url: str, log: Path
    ) -> None:
        with Store(url) as store:
            for count in (2, BUDGET):  # Ctrl-C ends the first one after two steps
                with searching(new(), store, Probe(log)) as steps:
                    trials = [step.trial for step in islice(steps, count)]
        assert trials == local(Probe(log.with_suffix(".local")))


class ProcessExecutorContract(ExecutorContract):
    """Tests of an executor that measures in other processes, which may die."""

    def test_a_trial_whose_process_is_killed_is_neither_lost_nor_double(
        self, new: Callable[[], Executor], url: str, log: Path
    ) -> None:
        notices: list[str] = []
        trials = searched(new, url, Probe(log, "die"), notices.append)
        assert trials == local(Probe(log.with_suffix(".local")))
        assert sorted(Probe(log).measured()) == sorted([trials[0].genotype.key, *(t.genotype.key for t in trials)])
        with Store(url) as store:
            assert len(store.evaluations()) == BUDGET


def submitted(executor: Executor, probe: Probe, genotype: Genotype) -> Future[Trial]:
    """Return the future of a measurement."""
    return executor.submit(Call(pickle.dumps(probe), genotype, PROTOCOL, probe.full_fidelity, 0))


@contextmanager
def searching(
    executor: Executor | None, store: Store, probe: Probe, notice: Callable[[str], None] = lambda _: None
) -> Iterator[Iterator[Step]]:
    """Yield the steps of a random search of one worker; None: in this process."""
    run = Run("random", SPACE.name, SPACE.digest, 0, PROTOCOL, probe.full_fidelity)
    crew = None if executor is None else FuturesCrew(executor, probe, run, 1, notice)
    steps = search(make("random", SPACE, 0, {}), probe, store, run, budget=BUDGET, crew=crew)
    with closing(steps):
        try:
            yield steps
        finally:
            if crew is not None:
                crew.close()


def searched(
    new: Callable[[], Executor], url: str, probe: Probe, notice: Callable[[str], None] = lambda _: None
) -> list[Trial]:
    """Return the trials of a search."""
    with Store(url) as store, searching(new(), store, probe, notice) as steps:
        return [step.trial for step in steps]


def local(probe: Probe) -> list[Trial]:
    """Return the trials of the same search in this process."""
    with Store("sqlite://") as store, searching(None, store, probe) as steps:
        return [step.trial for step in steps]
