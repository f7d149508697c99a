"""The regret of searches: the distance to the best network, which a complete table knows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.measurement import Truth
from nasbench_pose.objective import ACCURACY, Limit, Losses, Objective, within
from nasbench_pose.pareto import front, hypervolume
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

    The incumbent of a run is the trial within the limits with the best objective so far. Its regret is the distance of
    that genotype to the best member within the limits, both by their means over seeds, in the objective's unit. NaN
    until a run has such a trial. `trials` is a frame of `Store.frame` with genotypes of the table's space. Raises
    NasbenchPoseError if no member is within the limits, UnknownNameError if the table lacks the objective or a limit.
    """
    ordered = in_order(trials)
    fits = finished(ordered).to_numpy() & within(ordered, limits)
    losses = np.where(fits, objective.losses(ordered), np.inf).astype(np.float64)
    known = member_regrets(benchmark, objective, limits)
    regrets = np.asarray(ordered["genotype"].map(known), dtype=np.float64)
    incumbent = np.empty(len(ordered))
    for rows in ordered.groupby(RUN, sort=False).indices.values():
        incumbent[rows] = _incumbent_regret(losses[rows], regrets[rows])
    return best_so_far(ordered, objective, over=over).assign(best=incumbent)


def member_regrets(
    benchmark: Truth, objective: Objective = ACCURACY, limits: Sequence[Limit] = ()
) -> "pd.Series[float]":
    """Return the regret of each member of the space, by its text: the distance to the best one within the limits.

    Infinite for members that exceed a limit or failed. Raises the errors of `regret_so_far`.
    """
    means = benchmark.means()
    members = means[means["genotype_space"] == benchmark.space.name]
    found = np.where(within(members, limits), objective.losses(members), np.inf)
    if not np.isfinite(found).any():
        kept = " and ".join(limit.label for limit in limits) or "any limit"
        raise NasbenchPoseError(f"No network of {benchmark.name} is known within {kept}.")
    return pd.Series(found - found.min(), index=members["genotype"].to_numpy())


def hypervolume_regret(
    trials: pd.DataFrame, benchmark: Truth, *objectives: Objective, reference: Sequence[float]
) -> "pd.Series[float]":
    """Return the hypervolume that the front of each search lacks of the table's own front, by (strategy, run_seed).

    The front is that of the finished trials as the search measured them; it is judged by the means of the table. So
    luck in a single training does not count. 0 is perfect; a search without a finished trial lacks everything.
    `reference` is that of `pareto.hypervolume`. Raises UnknownNameError if the table lacks an objective.
    """
    means = benchmark.means()
    members = means[means["genotype_space"] == benchmark.space.name].set_index("genotype")
    best = hypervolume(members, *objectives, reference=reference)
    good = trials[finished(trials).to_numpy() & trials["genotype"].isin(members.index).to_numpy()]
    found = {
        run: best - hypervolume(members.loc[part.loc[front(part, *objectives), "genotype"].unique()], *objectives,
                                reference=reference)
        for run, part in good.groupby(RUN, sort=False)
    }  # fmt: skip
    runs = pd.MultiIndex.from_frame(trials[RUN].drop_duplicates())
    return pd.Series(found, dtype=np.float64).reindex(runs).fillna(best).rename_axis(RUN)


def final_regret(curves: pd.DataFrame, nothing: float = np.nan) -> pd.DataFrame:
    """Return one row per strategy: `regret`, the mean final regret of its runs, and `regret_spread`, its deviation.

    A run without a network within the limit counts with `nothing`, e.g. the regret of the worst network within it.
    `regret_seeds` is the number of runs in the mean: all of them, unless `nothing` is NaN.

    >>> curves = pd.DataFrame({"strategy": "random", "run_seed": [0, 1], "best": [1.0, np.nan]})
    >>> final_regret(curves, nothing=9.0)[["regret", "regret_seeds"]].values.tolist()
    [[5.0, 2.0]]
    """
    runs = curves.groupby(RUN, sort=False)["best"].last().fillna(nothing).groupby("strategy", sort=False)
    means = {"regret": runs.mean(), "regret_spread": runs.std(), "regret_seeds": runs.count()}
    return pd.DataFrame(means).reset_index()


def _incumbent_regret(losses: Losses, regrets: Losses) -> Losses:
    """Return the regret of the incumbent after each trial of one run; NaN while all losses are infinite.

    >>> _incumbent_regret(np.array([np.inf, -3.0, -2.0, -5.0]), np.array([9.0, 4.0, 0.0, 1.0]))
    array([nan,  4.,  4.,  1.])
    """
    least = np.minimum.accumulate(losses)
    better = losses < np.append(np.inf, least[:-1])
    last = np.maximum.accumulate(np.where(better, np.arange(len(losses)), -1))
    return np.where(last < 0, np.nan, regrets[last])
