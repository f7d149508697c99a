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
        (lambda: stats.aggregate(SCORES.replace(5.0, np.inf), rng=np.random.default_rng(0)), "1 of 3 values are not"),
        (lambda: stats.critical_difference(3, 0), "here are 3 and 0"),
        (lambda: stats.wilcoxon_holm(pd.DataFrame({"a": [1.0, np.nan], "b": 2.0})), "here are 2 and 1"),
        (lambda: stats.best_so_far(TRIALS, Objective("macs"), over="seconds"), "no column 'seconds'"),
        (lambda: stats.best_so_far(TRIALS, Objective("macs"), over="foo"), "foo"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_said_in_one_line(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_order_of_rows_does_not_matter_and_a_block_with_nan_is_left_out() -> None:
    curves = pd.DataFrame({"strategy": "a", "run_seed": 0, "evaluations": [1, 2, 3], "best": [9.0, 5.0, 4.0]})
    assert stats.at_budget(curves[::-1], 2)["score"].tolist() == [5.0]
    assert stats.average(curves[::-1])["mean"].tolist() == [9.0, 5.0, 4.0]
    table = pd.DataFrame({"a": range(7), "b": range(1, 8)}).astype(float)
    table.loc[6, "a"] = np.nan
    assert stats.wilcoxon_holm(table).loc["a", "b"] == 0.03125
