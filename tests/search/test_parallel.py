"""Searches with several workers: which training ends when, and that an interrupted search goes on as it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from fakes import SPACE, KeyReader, Listening, Saving, Short
from scipy.stats import wilcoxon

from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import NasbenchPoseError, StoreError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import Comparison, plan, search
from nasbench_pose.search.crews import SimulatedCrew
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.stats import finished
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.store.maintenance import check, merge
from nasbench_pose.strategies import Exhausted, Proposal

RUN = Run("listening", SPACE.name, SPACE.digest, seed=3, protocol="0123456789abcdef", fidelity=100)


@dataclass(frozen=True)
class Uneven(KeyReader):
    """Trainings that take from 1 to 16 seconds; a hundredth of it for each unit of fidelity."""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        trial = super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)
        return replace(trial, seconds=(1 + int(genotype.key[-1], 16)) * fidelity / 100)


def steps_of(
    store: Store, log: Path, *, budget: int, workers: int = 3, kind: type[Listening] = Listening, run: Run = RUN
) -> list[Step]:
    evaluator = Uneven(log)
    found = search(
        kind(SPACE, np.random.default_rng(0)), evaluator, store, run, budget=budget, immediate=True,
        crew=SimulatedCrew(evaluator, run.seed, workers),
    )  # fmt: skip
    return list(found)


def timeless(steps: Sequence[Step]) -> list[Step]:
    """Return steps without the seconds of the asks, which no two runs share."""
    return [replace(step, ask_seconds=0.0) for step in steps]


def ends_of(steps: Sequence[Step]) -> list[float]:
    return [step.turn.end for step in steps if step.turn is not None]


@pytest.mark.parametrize("workers", [2, 3, 7])
def test_each_training_goes_to_the_worker_that_is_free_first(workers: int, tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        steps = steps_of(store, tmp_path / "log", budget=30, workers=workers)
        assert timeless(steps) == timeless(store.steps(1))
        frame, asks = store.frame(), store.asks(1)
    # List scheduling, written out: trainings in the order of asks, each to the worker that has been free for longest.
    free, reached, expected = [0.0] * workers, dict[str, float](), dict[int, tuple[float, float]]()
    for ask in asks:
        start, key = min(free), ask.genotype.key
        reached[key] = max(start, reached[key]) if key in reached else start + 1 + int(key[-1], 16)
        free[free.index(start)] = reached[key]
        expected[ask.number] = start, reached[key]
    turns = [step.turn for step in steps if step.turn is not None]
    assert len(turns) == 30 and len(asks) < 30 + workers
    assert [(turn.start, turn.end) for turn in turns] == [expected[turn.ask] for turn in turns]
    assert ends_of(steps) == sorted(ends_of(steps))
    assert frame["end_seconds"].tolist() == ends_of(steps)
    assert frame["ask_number"].tolist() == [step.turn.ask for step in steps if step.turn]


@pytest.mark.parametrize("stopped_after", [0, 1, 5, 11, 12])
def test_an_interrupted_search_goes_on_as_if_nothing_had_been(stopped_after: int, tmp_path: Path) -> None:
    with Store("sqlite://") as store, Store("sqlite://") as whole:
        expected = steps_of(whole, tmp_path / "whole", budget=12)
        evaluator = Uneven(tmp_path / "log")
        broken = search(
            Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=12, immediate=True,
            crew=SimulatedCrew(evaluator, 3, 3),
        )  # fmt: skip
        for _, _ in zip(range(stopped_after), broken, strict=False):
            pass
        broken.close()
        assert timeless(steps_of(store, tmp_path / "log", budget=12)) == timeless(expected)
        asked = [[replace(ask, seconds=0.0) for ask in each.asks(1)] for each in (store, whole)]
        assert asked[0] == asked[1]


def test_a_larger_budget_begins_with_the_steps_of_a_smaller_one(tmp_path: Path) -> None:
    with Store("sqlite://") as store, Store("sqlite://") as whole:
        short = steps_of(store, tmp_path / "log", budget=5)
        longer = steps_of(store, tmp_path / "log", budget=14)
        assert longer[:5] == short
        assert timeless(longer) == timeless(steps_of(whole, tmp_path / "whole", budget=14))


def test_one_worker_on_the_clock_is_the_search_without_one(tmp_path: Path) -> None:
    with Store("sqlite://") as store, Store("sqlite://") as plain:
        steps = steps_of(store, tmp_path / "log", budget=20, workers=1)
        serial = list(search(Listening(SPACE, np.random.default_rng(0)), Uneven(tmp_path / "1"), plain, RUN, budget=20))
        assert [step.trial for step in steps] == [step.trial for step in serial]
        clocks = [each.frame()[["start_seconds", "end_seconds"]] for each in (store, plain)]
    assert np.allclose(clocks[0], clocks[1])


class Rungs(Listening):
    """Asks for one network at 10, at 100 while that is under way, and at 10 again."""

    def ask(self) -> Proposal:
        self.asked += 1
        if self.asked > 3:
            raise Exhausted
        return Proposal(self.genotypes[0], (10, 100, 10)[self.asked - 1])


def test_a_training_goes_on_from_the_point_that_is_under_way(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        steps = steps_of(store, tmp_path / "log", budget=9, kind=Rungs)
    whole = max(step.trial.seconds for step in steps)
    turns = {step.turn.ask: (step.turn.start, step.turn.end) for step in steps if step.turn}
    assert turns == {1: (0.0, whole / 10), 2: (0.0, whole), 3: (0.0, whole)}


def test_the_trainings_under_way_end_when_a_strategy_is_exhausted(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        assert len(steps_of(store, tmp_path / "log", budget=99, kind=Short)) == 5
        assert len(steps_of(store, tmp_path / "log", budget=99, kind=Short)) == 5


class Changed(Listening):
    shift = 1


def test_a_strategy_whose_code_has_changed_is_told_apart_by_the_ask(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        steps_of(store, tmp_path / "log", budget=5)
        with pytest.raises(StoreError, match=r"Ask 1 of this run of 'listening' \(seed 3\) was \w{16} .* now proposes"):
            steps_of(store, tmp_path / "log", budget=9, kind=Changed)


def test_another_ask_of_the_same_number_is_refused(tmp_path: Path) -> None:
    with Store("sqlite://") as store:
        steps_of(store, tmp_path / "log", budget=5)
        asked = store.asks(1)[0]
        store.note_ask(1, asked)
        with pytest.raises(StoreError, match="Ask 1 of run 1 is another one, made by another process"):
            store.note_ask(1, replace(asked, fidelity=7))


def test_a_strategy_with_checkpoints_has_one_worker(tmp_path: Path) -> None:
    with Store("sqlite://") as store, pytest.raises(NasbenchPoseError, match="has checkpoints, so its search has one"):
        steps_of(store, tmp_path / "log", budget=5, kind=Saving)
    jobs = plan(
        SPACE, ["random", "fakes:Saving"], KeyReader(tmp_path / "log"), budget=5, seeds=1, parallel=4,
        store=str(tmp_path / "runs.db"),
    )  # fmt: skip
    assert {job.strategy: job.parallel for job in jobs} == {"random": 4, "fakes:Saving": 1, "baselines": 1}
    alone = [replace(job, parallel=1).run(KeyReader(tmp_path / "log")).identity for job in jobs]
    same = [job.run(KeyReader(tmp_path / "log")).identity == before for job, before in zip(jobs, alone, strict=True)]
    assert same == [job.parallel == 1 for job in jobs], "the number of workers is part of a run, if there are several"


def test_what_was_asked_is_merged_and_checked(tmp_path: Path) -> None:
    for name, budget in (("short", 5), ("long", 12)):
        with Store(tmp_path / f"{name}.db") as store:
            steps_of(store, tmp_path / name, budget=budget)
    with Store(tmp_path / "all.db") as both, Store(tmp_path / "long.db") as long:
        for name in ("short", "long"):
            with Store(tmp_path / f"{name}.db") as source:
                merge(both, source)
        assert both.asks(1) == long.asks(1)
        assert timeless(steps_of(both, tmp_path / "log", budget=20)) == timeless(
            steps_of(long, tmp_path / "log", budget=20)
        )
    assert [finding for finding in check(tmp_path / "all.db") if finding.wrong] == []


@pytest.fixture(scope="module")
def halving(tmp_path_factory: pytest.TempPathFactory) -> "Comparison":
    """Synchronous and asynchronous halving with 8 workers on the shipped table, 20 searches each."""
    made = Comparison(
        SPACE, ("successive_halving", "asha"), LookUp(SPACE.name, None, SPACE), budget=120, seeds=20, parallel=8,
        store=tmp_path_factory.mktemp("halving") / "runs.db",
    )  # fmt: skip
    made.run(in_this_process)
    return made


def test_workers_of_halving_are_hardly_idle(halving: Comparison) -> None:
    with Store(halving.store) as store:
        frame = store.frame()
    for _, run in frame[frame["strategy"] != "baselines"].groupby("run"):
        busy = run["seconds"].sum() / (8 * run["end_seconds"].max())
        assert 0.85 < busy <= 1.0


def test_asynchronous_halving_trains_a_network_fully_before_synchronous_halving_does(halving: Comparison) -> None:
    with Store(halving.store) as store:
        frame = store.frame()
    full = frame[finished(frame)].groupby(["strategy", "run_seed"])["end_seconds"].min()
    assert wilcoxon(full["asha"], full["successive_halving"], alternative="less").pvalue < 0.01
