"""Trainings on schedules of their own beside a table: built, asked, and looked up by searches."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_tables

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.build_own import build_own
from nasbench_pose.benchmark.evaluator import LookUp, TableEvaluator
from nasbench_pose.benchmark.rows import OwnScheduleFile
from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.objective import Objective
from nasbench_pose.report.benchmark_text import look_up, lookup_text
from nasbench_pose.search import Comparison
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.testing import EvaluatorContract

LENGTHS = (2, 4)


@pytest.fixture(scope="module")
def path(own: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete table with made-up numbers, and own-schedule trainings of another one beside it."""
    table = small_tables.made_up(own, tmp_path_factory.mktemp("own"), small_tables.whole(own))
    file, rng, costs = OwnScheduleFile.beside(table), np.random.default_rng(1), small_tables.table(own)
    file.begin()
    for steps in LENGTHS:
        trials = (small_tables.drawn(own, costs, genotype, 0, rng) for genotype in own.enumerate())
        file.append(*(replace(trial, fidelity=steps, curve=trial.curve[:steps]) for trial in trials))
    file.describe(Benchmark.load(table, space=own).about)
    return table


@pytest.fixture
def table(path: Path, own: SearchSpace) -> Benchmark:
    return Benchmark.load(path, space=own)


class TestLookUpsOfBothSchedules(EvaluatorContract):
    @pytest.fixture
    def space(self, own: SearchSpace) -> SearchSpace:
        return own

    @pytest.fixture(autouse=True)
    def look_up(self, path: Path, own: SearchSpace) -> None:
        self.make = LookUp(path, space=own)

    def new(self) -> TableEvaluator:
        return self.make()


def test_an_answer_is_that_of_its_row(table: Benchmark, own: SearchSpace) -> None:
    assert table.own is not None
    assert table.own.steps == LENGTHS
    rows = table.own.rows.set_index(["genotype", "steps"])
    for genotype in own.enumerate():
        found = table.query(genotype, 4, schedule="own")
        assert found == (rows.loc[(genotype.text, 4), "val_pckh"], rows.loc[(genotype.text, 4), "seconds"])
        assert found != table.query(genotype, 4), "a point of the learning curve is another thing"
        assert table.query(genotype, schedule="own") == table.query(genotype), "a full training is on its own schedule"


def test_a_training_that_failed_is_a_failed_trial_of_its_seconds(own: SearchSpace, tmp_path: Path) -> None:
    path = small_tables.made_up(own, tmp_path, small_tables.whole(own))
    genotype, file = own.named["largest"], OwnScheduleFile.beside(path)
    file.begin()
    file.append(Trial(genotype, "made up", 2, 0, {}, 1.25, (), "out of memory"))
    file.describe(Benchmark.load(path, space=own).about)
    trial = LookUp(path, space=own)().evaluate(genotype, fidelity=2, seed=0, schedule="own")
    assert (trial.error, trial.seconds, dict(trial.metrics)) == ("out of memory", 1.25, {})
    found = look_up(Benchmark.load(path, space=own), genotype.text, fidelity=2, schedule="own")
    assert found.answer.seconds == 1.25 and "failed: out of memory" in lookup_text(found)


def test_many_are_asked_at_once(table: Benchmark, own: SearchSpace) -> None:
    members = list(own.enumerate())
    many = table.query_many(own.encode(members), 2, schedule="own", split="test")
    assert many.accuracy.tolist() == [table.query(m, 2, schedule="own", split="test").accuracy for m in members]


@pytest.mark.parametrize(
    ("steps", "seed", "message"), [(3, None, "there are 2, 4"), (2, 9, "with seed 9; there are 0")]
)
def test_what_was_not_trained_is_said(table: Benchmark, steps: int, seed: int | None, message: str) -> None:
    with pytest.raises(InvalidFileError, match=message):
        table.query("largest", steps, seed, schedule="own")


def test_a_table_without_them_says_how_to_make_them(made_up: Benchmark) -> None:
    with pytest.raises(InvalidFileError, match="benchmark build --own"):
        made_up.query("largest", 4, schedule="own")


def test_a_search_on_own_schedules_takes_these_trainings(path: Path, own: SearchSpace, tmp_path: Path) -> None:
    comparison = Comparison(
        own, ("asha[schedule=own,eta=2]",), LookUp(path, space=own), budget=10, seeds=1, store=tmp_path / "runs.db"
    )
    trials = comparison.run().searched
    table = Benchmark.load(path, space=own)
    assert set(trials["fidelity"]) <= {*LENGTHS, small_tables.STEPS} and trials["fidelity"].min() == LENGTHS[0]
    for row in trials.itertuples():
        schedule = "own" if row.fidelity < small_tables.STEPS else "whole"
        assert row.val_pckh == pytest.approx(table.query(row.genotype, row.fidelity, 0, schedule=schedule).accuracy)


def test_a_search_asks_for_no_length_that_is_still_being_built(path: Path, own: SearchSpace, tmp_path: Path) -> None:
    copied = [shutil.copy(each, tmp_path) for each in (path, path.with_suffix(".toml"))]
    whole, file = OwnScheduleFile.beside(path), OwnScheduleFile.beside(Path(copied[0]))
    rows = whole.read()
    lines = whole.path.read_text().splitlines(keepends=True)
    few = rows["steps"].ne(LENGTHS[1]) | (rows["steps"].eq(LENGTHS[1]).cumsum() <= 2)
    file.path.write_text("".join([lines[0], *(line for line, kept in zip(lines[1:], few, strict=True) if kept)]))
    file.describe(Benchmark.load(path, space=own).about)
    table = LookUp(copied[0], space=own)
    assert table().benchmark.own is not None and table().benchmark.own.steps == LENGTHS
    assert table.describe(table()).own_fidelities == (LENGTHS[0], small_tables.STEPS)
    comparison = Comparison(own, ("asha[schedule=own,eta=2]",), table, budget=10, seeds=1, store=tmp_path / "runs.db")
    assert comparison.run().searched["error"].isna().all()


def test_such_trainings_have_every_metric_and_points_of_curves_do_not(
    path: Path, own: SearchSpace, tmp_path: Path
) -> None:
    goals = Objective("val_loss"), Objective("macs")
    for strategy in ("asha[schedule=own,eta=2]", "asha[eta=2]"):
        comparison = Comparison(
            own, (strategy,), LookUp(path, space=own), objectives=goals, budget=6, seeds=1, store=tmp_path / "runs.db"
        )
        if "own" in strategy:
            assert comparison.run().searched["val_loss"].notna().all()
        else:
            with pytest.raises(UnknownNameError, match="has no 'val_loss'"):
                comparison.jobs()


def test_an_own_file_of_another_protocol_is_refused(path: Path, own: SearchSpace, tmp_path: Path) -> None:
    folder = Path(tmp_path)
    for name in (path, path.with_suffix(".toml"), OwnScheduleFile.beside(path).path):
        (folder / name.name).write_bytes(name.read_bytes())
    about = OwnScheduleFile.beside(path).about.read_text()
    (folder / OwnScheduleFile.beside(path).about.name).write_text(about.replace("32", "48"))
    with pytest.raises(InvalidFileError, match="were made with another protocol"):
        Benchmark.load(folder / path.name, space=own)


@pytest.mark.slow
def test_short_trainings_are_built_and_go_on(own: SearchSpace, tmp_path: Path) -> None:
    table = small_tables.made_up(own, tmp_path, small_tables.whole(own))
    training, seen = small_tables.training(own), small_tables.watched(stop_after=3)
    build_own(own, training, table, LENGTHS, workers=1, limit=None, go_on=seen.go_on, tell=seen.tell)
    rest = small_tables.watched()
    assert build_own(own, training, table, LENGTHS, workers=1, limit=4, go_on=rest.go_on, tell=rest.tell) == 4
    rows = OwnScheduleFile.beside(table).read()
    assert len(rows) == 7 and set(rows["steps"]) == {2}
    row = rows.iloc[0]
    genotype = next(genotype for genotype in own.enumerate() if genotype.text == row["genotype"])
    again: Trial = training().evaluate(genotype, fidelity=2, seed=0, schedule="own")
    assert row["val_pckh"] == round(again.metrics["val_pckh"], 5)
    with pytest.raises(InvalidFileError, match="the whole one has 8; use fewer"):
        build_own(own, training, table, (8,), workers=1, limit=None, go_on=rest.go_on, tell=rest.tell)
