"""How far searches are from the best there is, which a complete table knows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.measurement import Truth
from nasbench_pose.objective import ACCURACY, Limit, Losses, Objective, within
from nasbench_pose.stats import RUN, Effort, best_so_far, finished, in_order


def regret_so_far(
    trials: pd.DataFrame,
    benchmark: Truth,
    *,
    objective: Objective = ACCURACY,
    limits: Sequence[Limit] = (),
    over: Effort = "evaluations",
) -> pd.DataFrame:
    """Return the regret of every run after each of its trials: columns strategy, run_seed, `over`, best.

    A run settles for the trial within the limits that looked best when it saw it; its regret is how far the genotype
    stays behind the best member within them, both by the mean over seeds, in the objective's unit. NaN until a run has
    such a trial. `trials` is what `Store.frame` gives, of members of the table's space. Raises NasbenchPoseError if no
    member is within the limits, UnknownNameError if the table does not know the objective or a limit.
    """
    ordered = in_order(trials)
    fits = finished(ordered).to_numpy() & within(ordered, limits)
    losses = np.where(fits, objective.losses(ordered), np.inf).astype(np.float64)
    known = member_regrets(benchmark, objective, limits)
    regrets = np.asarray(ordered["genotype"].map(known), dtype=np.float64)
    settled = np.empty(len(ordered))
    for rows in ordered.groupby(RUN, sort=False).indices.values():
        settled[rows] = _settled(losses[rows], regrets[rows])
    return best_so_far(ordered, objective, over=over).assign(best=settled)


def member_regrets(
    benchmark: Truth, objective: Objective = ACCURACY, limits: Sequence[Limit] = ()
) -> "pd.Series[float]":
    """Return how far each member of the space stays behind the best within the limits, by its text; 0 is the best.

    Infinite for those that exceed a limit or failed. Raises as `regret_so_far`.
    """
    means = benchmark.means()
    members = means[means["genotype_space"] == benchmark.space.name]
    found = np.where(within(members, limits), objective.losses(members), np.inf)
    if not np.isfinite(found).any():
        kept = " and ".join(limit.label for limit in limits) or "any limit"
        raise NasbenchPoseError(f"No network of {benchmark.name} is known within {kept}.")
    return pd.Series(found - found.min(), index=members["genotype"].to_numpy())


def final_regret(curves: pd.DataFrame, nothing: float = np.nan) -> pd.DataFrame:
    """Return one row per strategy: `regret`, the mean over its runs of where each curve ends, and `regret_spread`.

    A run that found nothing within the limit counts with `nothing`, such as the regret of the worst member within it;
    `regret_seeds` are the runs in the mean: all of them, unless `nothing` is NaN.

    >>> curves = pd.DataFrame({"strategy": "random", "run_seed": [0, 1], "best": [1.0, np.nan]})
    >>> final_regret(curves, nothing=9.0)[["regret", "regret_seeds"]].values.tolist()
    [[5.0, 2.0]]
    """
    runs = curves.groupby(RUN, sort=False)["best"].last().fillna(nothing).groupby("strategy", sort=False)
    means = {"regret": runs.mean(), "regret_spread": runs.std(), "regret_seeds": runs.count()}
    return pd.DataFrame(means).reset_index()


def _settled(losses: Losses, regrets: Losses) -> Losses:
    """Return after each trial of one run the regret of the one with the least loss so far; NaN while all are infinite.

    >>> _settled(np.array([np.inf, -3.0, -2.0, -5.0]), np.array([9.0, 4.0, 0.0, 1.0]))
    array([nan,  4.,  4.,  1.])
    """
    least = np.minimum.accumulate(losses)
    better = losses < np.append(np.inf, least[:-1])
    last = np.maximum.accumulate(np.where(better, np.arange(len(losses)), -1))
    return np.where(last < 0, np.nan, regrets[last])
