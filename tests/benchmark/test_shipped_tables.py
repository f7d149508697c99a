"""The tables of the package against trainings that were made apart from them."""

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.reference import table

ROW = ["genotype", "seed"]
SEEN = ["val_pckh", "test_pckh"]


def test_rows_that_were_checked_are_those_of_the_table() -> None:
    checked = table("rebuilt_rows").merge(Benchmark.load("efficientpose_micro", "lspet").rows, on=ROW)
    assert len(checked) == len(table("rebuilt_rows"))
    for column in SEEN:
        assert checked[f"{column}_x"].tolist() == checked[f"{column}_y"].tolist()
    same = checked[checked["instructions"] == "AVX-512"]
    assert len(same) >= 3 and (same["val_pckh_again"] == same["val_pckh_y"]).all()
    assert (same["test_pckh_again"] == same["test_pckh_y"]).all()


def test_what_another_study_trained_came_out_the_same() -> None:
    trained = table("miniature").query("what == 'training'").drop_duplicates(ROW)
    both = trained.merge(Benchmark.load("efficientpose_micro", "lspet").rows, on=ROW)
    assert len(both) >= 19
    for column in SEEN:
        assert both[f"{column}_x"].tolist() == both[f"{column}_y"].tolist()
