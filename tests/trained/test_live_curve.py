"""The learning curve of a training in a database, while it runs and no longer."""

import logging
from pathlib import Path

import pytest
from test_trained_folder import NET, after, evaluator

from nasbench_pose.errors import StoppedError, StoreError
from nasbench_pose.store import Store
from nasbench_pose.store.live import under_way
from nasbench_pose.trained.live import SECONDS, LiveCurve
from nasbench_pose.trained.training import train_into


def test_the_database_knows_how_far_a_training_is_until_it_ends(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        told = LiveCurve(store, evaluator(), NET, 3)
        with pytest.raises(StoppedError):
            train_into(tmp_path / "net", evaluator(), NET, 3, stop=after(5), tell=[told])
        (found,) = under_way(store)
        assert (found.genotype_key, found.protocol_key, found.seed) == (NET.key, evaluator().protocol_key, 3)
        assert found.title == "micro-smallest, synthetic people 64×64, 8 steps of 4, PCKh@0.5, seed 3"
        assert (found.done, found.total, len(found.curve)) == (5, 8, 5)
        folder, _ = train_into(tmp_path / "net", evaluator(), NET, 3, tell=[told])
        (found,) = under_way(store)
        assert [list(point) for point in found.curve] == folder.card["curve"][:7]
        told.end()
        assert under_way(store) == []


def test_it_is_told_every_few_seconds_and_at_each_point(tmp_path: Path) -> None:
    now = 0.0
    with Store(tmp_path / "runs.db") as store:
        told = LiveCurve(store, evaluator(), NET, 0, clock=lambda: now)
        steps = []
        for step, points in ((1, 0), (2, 0), (3, 1), (4, 1), (5, 1)):
            now += 0.8 * SECONDS if step == 5 else 0.3 * SECONDS
            told(step, [1.0] * step, [(3, 9.0)] * points)
            steps.append(under_way(store)[0].done)
    assert steps == [1, 1, 3, 3, 5]


def test_a_database_that_fails_does_not_end_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("runs.db: database or disk is full.")

    with Store(tmp_path / "runs.db") as store, caplog.at_level(logging.WARNING):
        monkeypatch.setattr(store, "write", full)
        told = LiveCurve(store, evaluator(), NET, 0)
        folder, trial = train_into(tmp_path / "net", evaluator(), NET, 0, tell=[told])
        told.end()
    assert trial is not None and folder.card["metrics"] == dict(trial.metrics)
    assert "its curve is not in the database: runs.db: database or disk is full." in caplog.text
