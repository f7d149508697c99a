"""Parts of the frames: some runs, some genotypes, some metrics; and many rows, which become arrays in portions."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from contracts.store import trial

from nasbench_pose.evaluators import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Run, Step, Store, frames, tables
from nasbench_pose.store.checksums import renew


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(tmp_path / "runs.db" if request.param == "file" else request.getfixturevalue("postgres"))


def genotype(width: int) -> Genotype:
    return Genotype("tiny" if width % 2 else "other", [("width", width)])


def test_points_have_the_numbers_of_the_trials(store: Store) -> None:
    given = [Trial(genotype(n), "p1", 500, n, {"val_pckh": n / 3, "macs": 10**12 + n}) for n in range(5)]
    given += [Trial(genotype(5), "p2", 400, 0, {"macs": 7}), Trial(genotype(6), "p1", 500, 0, error="no memory")]
    with store:
        store.add_all(given)
        found, one = store.points(["macs", "val_pckh"]), store.points(["macs"], space="tiny")
        whole = store.evaluations()
    same = whole[["key", "protocol", "fidelity", "seed", "macs", "val_pckh"]]
    pd.testing.assert_frame_equal(found.drop(columns="failed"), same, check_dtype=False)
    assert found["failed"].tolist() == whole["error"].notna().tolist() and found["failed"].dtype == bool
    assert set(one["key"]) == {genotype(n).key for n in (1, 3, 5)}


def test_points_of_nothing_have_their_columns(store: Store) -> None:
    with store:
        assert list(store.points(["macs"]).columns) == ["key", "protocol", "fidelity", "seed", "failed", "macs"]


def test_some_runs_and_some_genotypes(store: Store) -> None:
    with store:
        for seed in range(3):
            number = store.run(Run("random", "tiny", "d1", seed, "p1", 500), budget=2)
            store.visit_all(number, [Step(n, trial(10 * seed + n), 0.5) for n in (1, 2)])
        whole = store.frame()
        numbers = sorted(whole["run"].unique())
        part = store.frame(numbers[1:])
        pd.testing.assert_frame_equal(part, whole[whole["run"].isin(numbers[1:])].reset_index(drop=True))
        keys = [trial(1).genotype.key, trial(22).genotype.key]
        assert set(store.evaluations(keys)["key"]) == set(keys)
        assert store.frame([]).empty and store.evaluations([]).empty


def test_portions_make_one_frame(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [Trial(genotype(n), "p1", 500, 0, {"loss": n} | ({"late": 2.5} if n > 6 else {})) for n in range(10)]
    with store:
        store.add_all(given)
        whole = store.evaluations()
        monkeypatch.setattr(frames, "AT_ONCE", 3)
        pd.testing.assert_frame_equal(store.evaluations(), whole)
    assert sorted(whole["loss"]) == list(range(10)) and whole["late"].isna().sum() == 7


def test_failures_of_old_are_failures_in_every_frame(tmp_path: Path) -> None:
    """Versions before 0.2 stored a NaN as a text, without an error."""
    with Store(tmp_path / "runs.db") as store:
        store.add_all([trial(1), trial(2)])
    with closing(sqlite3.connect(tmp_path / "runs.db")) as connection, connection:
        connection.execute("""UPDATE evaluation SET metrics = '{"loss": "nan"}' WHERE id = 1""")
    with Store(tmp_path / "runs.db") as store:
        store.write(lambda connection: renew(connection, "evaluation", tables.Evaluation.id == 1))
        whole, points = store.evaluations(), store.points(["loss"])
    assert whole["error"].fillna("").tolist() == ["loss is nan, not a finite number", ""]
    assert points["failed"].tolist() == [True, False]
