"""A row trained again gives the same number."""

from dataclasses import replace
from pathlib import Path

import pytest
import small_tables

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.check import evaluator_on, retrain
from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.predictors import RankingTask, resolve
from nasbench_pose.spaces import SearchSpace

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("genotype", "seed"), [("largest", 0), ("micro-smallest", 2)])
def test_the_same_to_the_last_digit(built: Path, own: SearchSpace, genotype: str, seed: int) -> None:
    table = Benchmark.load(built, space=own)
    found = {one.quantity: one for one in retrain(table, genotype, seed, evaluator_on(table, small_tables.PEOPLE))}
    assert len(found) == 8 and found["seconds"].now > 0
    assert [one for name, one in found.items() if name != "seconds" and one.difference] == []


def test_another_copy_of_its_people_is_warned_of(
    built: Path, own: SearchSpace, caplog: pytest.LogCaptureFixture
) -> None:
    table = Benchmark.load(built, space=own)
    made = Protocol.parse(table.about["protocol"])
    copied = replace(made, digests=("another", *made.digests[1:])).text
    of_a_copy = replace(table, about={**table.about, "protocol": copied})
    with pytest.raises(DataError, match=r"is not what table was made with \(digests: "):
        evaluator_on(of_a_copy, small_tables.PEOPLE)
    lenient = evaluator_on(of_a_copy, small_tables.PEOPLE, copies=True)
    assert "another copy of synthetic:train=48,val=16,test=16 than that of table" in caplog.text
    found = {one.quantity: one for one in retrain(of_a_copy, "largest", 0, lenient)}
    assert found["val_pckh"].difference == 0, "what is measured is compared all the same"
    for predictor in ("naswot", "input=16"):
        caplog.clear()
        resolve(predictor, RankingTask(of_a_copy))
        assert caplog.text.count("another copy") == 1
    caplog.clear()
    resolve("naswot", RankingTask(table))
    assert not caplog.records


def test_a_row_that_is_wrong_is_found(built: Path, own: SearchSpace) -> None:
    table = Benchmark.load(built, space=own)
    wrong = replace(table, rows=table.rows.assign(val_pckh=table.rows["val_pckh"] + 1))
    found = {
        one.quantity: one.difference for one in retrain(wrong, "largest", 0, evaluator_on(wrong, small_tables.PEOPLE))
    }
    assert found["val_pckh"] == -1 and found["test_pckh"] == 0


def test_other_people_and_missing_rows_are_said(built: Path, own: SearchSpace) -> None:
    table = Benchmark.load(built, space=own)
    with pytest.raises(DataError, match=r"is not what table was made with \(data: "):
        evaluator_on(table, "synthetic:train=48,val=16,test=17", copies=True)
    with pytest.raises(InvalidFileError, match="Nothing was trained with seed 9"):
        retrain(table, "largest", 9, evaluator_on(table, small_tables.PEOPLE))
