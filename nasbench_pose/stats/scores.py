"""Scores of searches at a budget, read from their curves: the input of ranks, effects and equivalence."""

import numpy as np
import pandas as pd

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.scalar import number
from nasbench_pose.stats.aggregates import STATISTICS
from nasbench_pose.stats.curves import RUN, checked_curves, effort_of
from nasbench_pose.stats.score_table import checked


def at_budget(curves: pd.DataFrame, budget: float, *, nothing: float = np.nan) -> pd.DataFrame:
    """Return one row per search: strategy, run_seed, score, the value of its curve at `budget`.

    `budget` is in the effort of the curves: evaluations or core seconds. A search that ended before keeps its last
    value. `nothing` is the score of a search that has no value yet, such as the regret of the worst network.

    >>> curves = pd.DataFrame({"strategy": "a", "run_seed": 0, "evaluations": [1, 2, 3], "best": [9.0, 5.0, 4.0]})
    >>> at_budget(curves, 2)["score"].tolist()
    [5.0]
    """
    effort = effort_of(curves := checked_curves(curves))
    if np.isnan(number(budget, "budget")):
        raise InvalidFileError("The budget is a number of trials or seconds, or inf for all; not nan.")
    reached = (
        curves[curves[effort] <= budget].sort_values(effort, kind="stable").groupby(RUN, sort=False)["best"].last()
    )
    runs = curves[RUN].drop_duplicates()
    scores = reached.reindex(pd.MultiIndex.from_frame(runs)).to_numpy(dtype=np.float64)
    return runs.assign(score=np.where(np.isfinite(scores), scores, nothing)).reset_index(drop=True)


def by_task(scores: pd.DataFrame, statistic: str = "mean") -> pd.DataFrame:
    """Return a table with one row per task and one column per strategy: the statistic of the seeds' scores.

    >>> scores = pd.DataFrame({"task": "t", "strategy": ["a", "a", "b"], "score": [1.0, 3.0, 5.0]})
    >>> by_task(scores).to_dict("index")
    {'t': {'a': 2.0, 'b': 5.0}}
    """
    found = checked(scores, "task", "strategy", "score", finite=False)
    groups = found.groupby(["task", "strategy"], sort=False)["score"]
    return groups.agg(pick("statistic", statistic, STATISTICS)).unstack("strategy")
