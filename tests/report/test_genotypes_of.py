"""The front of a database, found from two metrics of each trial, is that of all of its columns."""

import random
from pathlib import Path

import pandas as pd
import pytest

from nasbench_pose import front
from nasbench_pose.errors import NasbenchPoseError, NoTrialsError
from nasbench_pose.evaluators import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import ACCURACY, COST, Objective
from nasbench_pose.report import database
from nasbench_pose.report.database import genotypes_of
from nasbench_pose.spaces import load
from nasbench_pose.store import Store

SPACES = ("efficientpose_micro", "efficientpose_small")


def trials(seed: int) -> list[Trial]:
    """Return trials of two spaces and two protocols: several seeds, failures, shorter trainings, missing metrics."""
    rng, found = random.Random(seed), []
    for space in SPACES:
        for number in range(30):
            genotype = load(space).sample(number)
            for training in range(rng.choice((1, 1, 3))):
                metrics = {"val_pckh": 100 * rng.random(), "macs": 1000 + number, "trained_seed": training // 2}
                error = "no memory" if rng.random() < 0.2 else None
                metrics.pop(rng.choice(("val_pckh", "other", "other", "other")), None)
                about = {"fidelity": rng.choice((400, 800, 800)), "seed": training}
                found.append(Trial(genotype, "p1", metrics={} if error else metrics, error=error, **about))
    return [*found, Trial(genotype, "p2", 800, 0, {"val_pckh": 99.0, "macs": 1})]


def found_in(
    store: Store, monkeypatch: pytest.MonkeyPatch, x: Objective, y: Objective, **selected: str
) -> list[tuple[list[object], pd.DataFrame, str]]:
    """Return keys with their means, the front and the title: as they are found, and from the whole table."""
    found = []
    for most in (10_000, 0):
        monkeypatch.setattr(database, "MOST", most)
        genotypes, members, title = genotypes_of(store, x, y, **selected)
        plane = genotypes[["key", x.column, y.column]].sort_values("key")
        found.append((plane.to_numpy().tolist(), members.reset_index(drop=True), title))
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("space", [None, *SPACES])
def test_both_ways_are_one(seed: int, space: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path / "runs.db") as store:
        store.add_all(trials(seed))
        selected = {"protocol": "p1"} | ({} if space is None else {"space": space})
        few, whole = found_in(store, monkeypatch, COST, ACCURACY, **selected)
    assert str(few[0]) == str(whole[0]) and few[2] == whole[2]
    assert set(few[1].columns) <= set(whole[1].columns), "metrics that no member has are left out"
    pd.testing.assert_frame_equal(few[1], whole[1][list(few[1].columns)])
    assert len(few[1]) > 1


@pytest.mark.parametrize(
    ("selected", "said"),
    [
        ({}, "Accuracies of two protocols never share an axis"),
        ({"space": "nothing"}, "No trial here has the space 'nothing'"),
        ({"protocol": "p9"}, "No protocol here begins with 'p9'"),
    ],
)
def test_what_is_wrong_is_said_in_the_same_words(selected: dict[str, str], said: str, tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        with pytest.raises(NasbenchPoseError, match="holds no trials yet"):
            genotypes_of(store, COST, ACCURACY)
        store.add_all(trials(0))
        with pytest.raises(NasbenchPoseError, match=said):
            genotypes_of(store, COST, ACCURACY, **selected)


def test_a_database_of_failures_says_the_first(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        store.add(Trial(Genotype("tiny", []), "p1", 800, 0, error="no memory"))
        with pytest.raises(NasbenchPoseError, match="None of the 1 trials finished; the first error: no memory"):
            genotypes_of(store, COST, ACCURACY)


def test_latencies_of_other_numbers_of_passes_are_all_measured(tmp_path: Path) -> None:
    members = [load(SPACES[0]).sample(number) for number in range(3)]
    text = '{"engine":"torch"}'
    passes = [(members[0], 30, 1.0), (members[0], 50, 1.5), (members[1], 40, 2.0), (members[2], 30, 3.0)]
    with Store(tmp_path / "latencies.db") as store:
        for genotype, count, ms in passes:
            metrics = {"latency_ms": ms, "val_pckh": ms}
            store.add(Trial(genotype, "timed", count, 0, metrics), protocol_text=text)
        found, _, _ = genotypes_of(store, Objective("latency_ms"), ACCURACY)
        shown = front(store, "latency_ms")
    assert dict(zip(found["key"], found["latency_ms"], strict=True)) == {
        members[0].key: 1.5, members[1].key: 2.0, members[2].key: 3.0
    }  # fmt: skip
    assert shown["latency_ms"].tolist() == [1.5, 2.0, 3.0]


def test_short_trainings_alone_are_no_results_in_python_either(tmp_path: Path) -> None:
    with Store(tmp_path / "short.db") as store:
        for number in range(3):
            trial = Trial(load(SPACES[0]).sample(number), "p", 100, 0, {"val_pckh": 10.0 + number, "macs": 1.0})
            store.add(trial, protocol_text='{"steps":800}')
        for call in (lambda: genotypes_of(store, COST, ACCURACY), lambda: front(store)):
            with pytest.raises(NoTrialsError, match="None of the 3 trials finished"):
                call()
