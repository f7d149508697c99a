"""Tables of strangers: right, or one line that says what is wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nasbench_pose import stats
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.objective import Objective

SCORES = pd.DataFrame({"strategy": list("aaabbb"), "run_seed": [0, 1, 2] * 2, "score": [1.0, 2, 3, 2, 3, 5]})
TRIALS = pd.DataFrame({"strategy": "a", "run_seed": 0, "macs": [2.0, 1.0]})
CURVES = pd.DataFrame({"strategy": "a", "run_seed": 0, "evaluations": [1, 2], "best": [9.0, 5.0]})
TABLE = pd.DataFrame({"a": range(7), "b": range(1, 8)}).astype(float)
ON_SCORES: list[Callable[[Any], Any]] = [
    lambda scores: stats.aggregate(scores, rng=np.random.default_rng(0)),
    lambda scores: stats.improvement_table(scores, rng=np.random.default_rng(0)),
    lambda scores: stats.relative_improvement(scores, "a"),
    stats.equivalences,
    lambda scores: stats.by_task(scores.assign(task="t") if isinstance(scores, pd.DataFrame) else scores),
]
ON_CURVES: list[Callable[[Any], Any]] = [
    lambda curves: stats.banded(curves, rng=np.random.default_rng(0)),
    stats.average,
    lambda curves: stats.at_budget(curves, 2),
]
ON_BLOCKS: list[Callable[[Any], Any]] = [stats.rank_test, stats.wilcoxon_holm, stats.paired_test]
ON_TWO: list[Callable[[Any, Any], Any]] = [
    stats.a12,
    stats.difference,
    lambda a, b: stats.probability_of_improvement([a], [b], rng=np.random.default_rng(0)),
    lambda a, b: stats.stratified([a, b], rng=np.random.default_rng(0)),
]


def over_seconds(values: Any) -> Callable[[], Any]:
    return lambda: stats.best_so_far(TRIALS.assign(seconds=values), Objective("macs"), over="seconds")


def test_steps_that_are_texts_are_in_the_order_of_their_numbers() -> None:
    trials = pd.DataFrame({"strategy": "a", "run_seed": 0, "step": ["2", "10"], "macs": [2.0, 1.0]})
    assert stats.best_so_far(trials, Objective("macs"))["best"].tolist() == [2.0, 1.0]


@pytest.mark.parametrize("none", [None, np.nan, "", False])
def test_an_error_that_is_blank_or_false_is_none(none: object) -> None:
    trials = TRIALS.assign(error=[none, "out of memory"])
    assert stats.finished(trials).tolist() == [True, False]
    assert stats.finished(TRIALS.assign(error=none)).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: stats.equivalences(pd.concat([SCORES.assign(task=t) for t in "xy"])),
            "within one task, and here are 2",
        ),
        (lambda: stats.equivalences(SCORES.assign(protocol=list("pq") * 3)), "measured under 2 protocols"),
        (
            lambda: stats.improvement_table(SCORES.drop(columns="score"), rng=np.random.default_rng(0)),
            "lack the column",
        ),
        (lambda: stats.relative_improvement(SCORES.drop(columns="strategy")), "lack the column 'strategy'"),
        (lambda: stats.by_task(SCORES), "lack the column 'task'"),
        (lambda: stats.aggregate(SCORES.replace(5.0, np.inf), rng=np.random.default_rng(0)), "1 of 6 values are not"),
        (lambda: stats.critical_difference(3, 0), "here are 3 and 0"),
        (lambda: stats.wilcoxon_holm(pd.DataFrame({"a": [1.0, np.nan], "b": 2.0})), "here are 2 and 1"),
        (lambda: stats.best_so_far(TRIALS, Objective("macs"), over="seconds"), "no column 'seconds'"),
        (lambda: stats.best_so_far(TRIALS, Objective("macs"), over="foo"), "foo"),  # type: ignore[arg-type]
        (
            lambda: stats.best_so_far(TRIALS.assign(step=["1", "b"]), Objective("macs")),
            "steps are numbers, not such as",
        ),
        (lambda: stats.best_so_far(TRIALS.assign(step=[1, np.nan]), Objective("macs")), "1 of 2 steps are not finite"),
        (over_seconds([1.0, np.nan]), "1 of 2 seconds are not finite"),
        (over_seconds([1.0, -2.0]), "Seconds are 0 or more, not -2"),
        (over_seconds(pd.to_timedelta([1, 2], unit="s")), "seconds are numbers, not such as"),
        (lambda: stats.final_best(TRIALS.assign(macs=pd.Timestamp(0)), Objective("macs")), "dates are no losses"),
        (lambda: stats.trainings(TRIALS), "lack the column 'key', 'seed'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (SCORES.assign(score=SCORES["score"].where(SCORES.index > 0)), "1 of 6 values are not finite, such as nan"),
        (SCORES.assign(score=list("abcdef")), "not such as 'a'"),
        (
            SCORES.assign(score=pd.to_timedelta(SCORES["score"], unit="s")),
            r"not such as Timedelta\('0 days 00:00:01'\)",
        ),
        (SCORES.assign(score=SCORES["score"] + 1j), r"not such as \(1\+1j\)"),
        (SCORES.assign(strategy=[None, *"aabbb"]), "1 of 6 scores have no strategy"),
        (SCORES.assign(run_seed=[np.nan, *range(5)]), "1 of 6 scores have no run_seed"),
        (pd.concat([SCORES, SCORES]), "6 scores are of a search that has one, such as .*strategy a, run_seed 0"),
        ([1.0, 2.0], "a DataFrame, not list"),
    ],
)
@pytest.mark.parametrize("call", ON_SCORES)
def test_no_score_is_dropped_or_counted_twice_in_silence(call: Callable[[Any], Any], scores: Any, said: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said):
        call(scores)


@pytest.mark.parametrize("column", list(CURVES))
@pytest.mark.parametrize("call", ON_CURVES)
def test_a_column_that_curves_lack_is_named(call: Callable[[Any], Any], column: str) -> None:
    with pytest.raises(NasbenchPoseError, match=f"The curves lack the column '{column}'"):
        call(CURVES.drop(columns=column))
    with pytest.raises(NasbenchPoseError, match="not such as 'x'"):
        call(CURVES.assign(best="x"))


@pytest.mark.parametrize("table", [TABLE.to_numpy(), TABLE.assign(a="x"), TABLE.set_axis(["a", "a"], axis=1)])
@pytest.mark.parametrize("call", ON_BLOCKS)
def test_blocks_are_numbers_with_a_name_each(call: Callable[[Any], Any], table: Any) -> None:
    with pytest.raises(NasbenchPoseError, match=r"not ndarray|such as 'x'|Two columns are called 'a'"):
        call(table)


@pytest.mark.parametrize("values", [[], [np.nan, 1.0], ["a", 1.0], None, [[1.0, 2.0]], 3.0])
@pytest.mark.parametrize("call", ON_TWO)
def test_two_samples_are_lists_of_numbers(call: Callable[[Any, Any], Any], values: Any) -> None:
    for pair in ((values, [1.0, 2.0]), ([1.0, 2.0], values)):
        with pytest.raises(NasbenchPoseError) as caught:
            call(*pair)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.equivalences(SCORES, alpha=0),
        lambda: stats.rank_test(TABLE, alpha=2),
        lambda: stats.stratified([[1.0, 2.0]], rng=np.random.default_rng(0), confidence=1.0),
        lambda: stats.aggregate(SCORES, rng=np.random.default_rng(0), resamples=0),
        lambda: stats.banded(CURVES, rng=np.random.default_rng(0), points=0),
        lambda: stats.at_budget(CURVES, np.nan),
        lambda: stats.holm([0.1, 2.0]),
        lambda: stats.iqm([]),
        lambda: stats.relative_improvement(SCORES.assign(score=-SCORES["score"]), "a"),
        lambda: stats.by_task(SCORES.assign(task="t"), "mode"),
        lambda: stats.hypervolume_so_far(TRIALS, Objective("macs"), reference=(1.0, 2.0)),
        lambda: stats.attainment_surfaces(TRIALS, Objective("macs"), Objective("macs")),
        lambda: stats.attainment_surfaces(
            TRIALS.assign(params=1.0), Objective("macs"), Objective("params"), percentiles=[150]
        ),
        lambda: stats.best_so_far(TRIALS.drop(columns="run_seed"), Objective("macs")),
    ],
)
def test_parameters_out_of_bounds_are_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(NasbenchPoseError) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_an_infinite_loss_has_a_rank_and_a_chance_but_no_mean() -> None:
    lost = SCORES.replace(5.0, np.inf)
    assert stats.a12([1.0, 2.0], [np.inf, np.inf]) == 1.0
    both = [1.0, np.inf], [2.0, np.inf]  # one search of each found nothing
    found = stats.probability_of_improvement([both[0]], [both[1]], rng=np.random.default_rng(0))
    assert found.value == stats.a12(*both) == 0.625
    found = stats.improvement_table(lost, rng=np.random.default_rng(0))
    assert found["value"].tolist() == pytest.approx([7 / 9, 2 / 9])
    assert stats.rank_test(TABLE.replace(7.0, np.inf)).ranks.to_dict() == {"a": 1.0, "b": 2.0}


def test_the_order_of_rows_does_not_matter_and_a_block_with_nan_is_left_out() -> None:
    curves = pd.DataFrame({"strategy": "a", "run_seed": 0, "evaluations": [1, 2, 3], "best": [9.0, 5.0, 4.0]})
    assert stats.at_budget(curves[::-1], 2)["score"].tolist() == [5.0]
    assert stats.average(curves[::-1])["mean"].tolist() == [9.0, 5.0, 4.0]
    table = pd.DataFrame({"a": range(7), "b": range(1, 8)}).astype(float)
    table.loc[6, "a"] = np.nan
    assert stats.wilcoxon_holm(table).loc["a", "b"] == 0.03125
