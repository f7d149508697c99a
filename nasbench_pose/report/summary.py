"""The summary table of a comparison: best network, hypervolume and effort of each strategy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_pose import cost
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, NoTrialsError
from nasbench_pose.objective import OBJECTIVES, Limit, Losses, Objective, within
from nasbench_pose.pareto import front, hypervolume
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.stats import finished, one_protocol

SAMPLES = 1001
"""Members that the typical MACs are computed from."""
COUNTED_ALONE = 101
"""Likewise, if genes are coupled too much for a cost table and members are counted one by one."""
REPEATED = ("key", "fidelity")
"""Two trials of one search with equal values in these columns are duplicates."""
MARGIN = 0.1
"""Distance of the hypervolume's reference point from the nadir, as a share of the range (Ishibuchi et al. 2018)."""


@dataclass(frozen=True)
class ComparisonCriterion:
    """The criterion that all strategies of a comparison are judged by."""

    objectives: tuple[Objective, ...]
    """`best` is the best value of the first objective; the hypervolume is computed from all."""
    limits: tuple[Limit, ...]
    """Only networks within these limits can be the best."""
    reference: tuple[float, ...]
    """Reference point of the hypervolume, in the units of the columns."""
    ideal: tuple[float, ...]
    """The best value of each objective; the hypervolume is a share of the box between `ideal` and `reference`."""

    @property
    def volume(self) -> float:
        """Volume of the box between ideal and reference; 0 if an objective has only one value."""
        return float(np.prod(np.abs(np.subtract(self.reference, self.ideal))))

    def within(self, frame: pd.DataFrame) -> "pd.Series[bool]":
        """Mark the rows within all limits."""
        return pd.Series(within(frame, self.limits), index=frame.index)


def default_limits(
    space: SearchSpace, objectives: Sequence[Objective], *, input: tuple[int, int], joints: int
) -> tuple[Limit, ...]:
    """Return the limit of a comparison that has none of its own: the typical MACs, if MACs are an objective."""
    macs = "macs"
    if macs not in {objective.column for objective in objectives}:
        return ()
    return (Limit(macs, typical_macs(space, input=input, joints=joints)),)


def typical_macs(space: SearchSpace, *, input: tuple[int, int], joints: int) -> int:
    """Return the rounded median MACs of random members: about half of the space is within this limit.

    The median is that of 1,001 members, or of 101 for a space without a cost table. It is rounded to the fewest digits,
    at least two, that leave 40 to 60 % of the members within.
    """
    macs = _sampled_macs(space, input, joints)
    median = float(np.median(macs))
    for digits in range(1, 15):
        rounded = int(float(f"{median:.{digits}e}"))
        if 0.4 <= np.mean(macs <= rounded) <= 0.6:
            return rounded
    return int(np.ceil(median))  # many members have the median itself


def _sampled_macs(space: SearchSpace, input: tuple[int, int], joints: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(0)
    try:
        table = cost.table(space, input=input, joints=joints)
    except NasbenchPoseError:
        graphs = (space.graph(space.sample(rng), input=input, joints=joints) for _ in range(COUNTED_ALONE))
        return np.array([cost.count(graph).macs for graph in graphs])
    counted: NDArray[np.int64] = table.count(space.sample_codes(SAMPLES, rng)).macs
    return counted


def finished_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the finished trials; raise NasbenchPoseError, with the first error, if there are none."""
    good = trials[finished(trials)]
    if good.empty:
        reasons = [f"; the first error: {reason}" for reason in trials["error"].dropna()[:1]]
        raise NoTrialsError(f"None of the {len(trials)} trials finished{''.join(reasons)}")
    return good


def criterion(
    trials: pd.DataFrame,
    limits: Sequence[Limit] = (),
    objectives: Sequence[Objective] = OBJECTIVES,
    *,
    members: pd.DataFrame | None = None,
    reference: Sequence[float] | None = None,
) -> ComparisonCriterion:
    """Return the criterion of a comparison; an infinite limit is none.

    The hypervolume's reference point lies a tenth of the range beyond the nadir (the worst value of each objective on
    the front), so that the ends of the front contribute. The front is that of `members`, all networks of a benchmark
    table, or, without them, of the finished trials. `reference` replaces this point: one value per objective in the
    column's unit. Raises NasbenchPoseError if no trial finished, InvalidFileError for a reference that is not finite,
    of another length, or better than the best.
    """
    good = finished_trials(trials) if members is None else members
    losses = np.stack([objective.losses(good) for objective in objectives], axis=1)
    best = losses[front(good, *objectives)]
    ideal, nadir = best.min(axis=0), best.max(axis=0)
    # One network may be the best in all objectives: its front has no extent, all networks have.
    nadir = np.where(nadir > ideal, nadir, losses.max(axis=0, where=np.isfinite(losses), initial=-math.inf))
    worst = _in_units(objectives, nadir + MARGIN * (nadir - ideal))
    if reference is not None:
        check_finite(reference, objectives)
        worst = np.asarray(reference, dtype=np.float64)
        _check_beyond(worst, ideal, objectives)
    finite = tuple(limit for limit in limits if limit.most < math.inf)
    return ComparisonCriterion(
        tuple(objectives), finite, tuple(worst.tolist()), tuple(_in_units(objectives, ideal).tolist())
    )


def check_finite(reference: Sequence[float], objectives: Sequence[Objective]) -> None:
    """Raise InvalidFileError for a reference point that is not one finite number for each objective."""
    if len(reference) != len(objectives) or not np.isfinite(np.asarray(reference, dtype=np.float64)).all():
        raise InvalidFileError(
            f"The reference {', '.join(f'{value:g}' for value in reference)} has to be {len(objectives)} finite "
            f"numbers, for {', '.join(objective.column for objective in objectives)}."
        )


def _check_beyond(reference: NDArray[np.float64], ideal: Losses, objectives: Sequence[Objective]) -> None:
    """Raise InvalidFileError for a reference that nothing reaches: every hypervolume would be 0."""
    for given, best, objective in zip(reference, _in_units(objectives, ideal), objectives, strict=True):
        if (given > best) if objective.maximise else (given < best):
            raise InvalidFileError(
                f"The reference {given:g} of {objective.column!r} is better than the best, {best:g}: nothing would "
                "count. Give the worst value that does."
            )


def _in_units(objectives: Sequence[Objective], point: Losses) -> Losses:
    """Return a point of losses in the units of the columns."""
    return np.array([objective.values(point)[i] for i, objective in enumerate(objectives)])


def summarise(trials: pd.DataFrame, measure: ComparisonCriterion) -> pd.DataFrame:
    """Return one row per strategy: means over its seeds and their sample standard deviations (`…_spread`).

    `trials` is the frame of `Store.frame`. `best` is the best value of the first objective within the limits, averaged
    over the `best_seeds` searches that found any. `hypervolume` is a percentage of the box between reference and ideal,
    averaged over all seeds, NaN for an empty box. `seconds` are those of one core, the strategy's own computing
    included; failed trials cost seconds. `duplicates` counts the trials that a search had made before; they cost
    nothing.

    If a benchmark table returned the same trainings for all seeds of a strategy, these are one search and not several:
    the deviations are NaN and `same_trainings` is true. If only the best trainings are the same, the deviation of
    `best` is NaN and `same_best` is true.

    >>> trials = pd.DataFrame({"strategy": "random", "run_seed": 0, "protocol": "p", "fidelity": 9, "error": None,
    ...     "macs": [1.0, 2.0], "val_pckh": [20.0, 30.0], "seconds": [5.0, 6.0], "ask_seconds": 0.0})
    >>> summarise(trials, criterion(trials, [Limit("macs", 1)]))[["best", "best_seeds", "seconds"]].values.tolist()
    [[20.0, 1.0, 11.0]]
    """
    one_protocol(trials)
    runs = pd.DataFrame([_run(part, measure) for _, part in trials.groupby(["strategy", "run_seed"])])
    groups = runs.groupby("strategy", sort=False)
    columns = ["best", "hypervolume", "seconds"]
    several, found = groups["run_seed"].nunique() > 1, groups["best"].count()
    once = (groups["trainings"].nunique() == 1) & several
    settled = (groups["settled"].nunique() == 1) & (found > 1)
    means, spreads = groups[columns].mean(), groups[columns].std().mask(once).add_suffix("_spread")
    spreads["best_spread"] = spreads["best_spread"].mask(settled)
    counts = groups.agg(seeds=("run_seed", "nunique"), trials=("trials", "sum"), failed=("failed", "sum"))
    counts["duplicates"] = groups["duplicates"].sum()
    counts["best_seeds"] = found
    table = counts.join(means).join(spreads).assign(same_trainings=once, same_best=settled | (once & (found > 1)))
    return table.reset_index().sort_values(["hypervolume", "best"], ascending=False, ignore_index=True)


def _run(trials: pd.DataFrame, measure: ComparisonCriterion) -> dict[str, object]:
    first = measure.objectives[0]
    good = trials[finished(trials)]
    within = good[measure.within(good)]
    within = within.iloc[np.argsort(first.losses(within), kind="stable")[:1]]
    return {
        "strategy": trials["strategy"].iloc[0],
        "run_seed": trials["run_seed"].iloc[0],
        "trainings": _trainings(good) or trials["run_seed"].iloc[0],
        "settled": _trainings(within) or trials["run_seed"].iloc[0],
        "trials": len(trials),
        "failed": int(trials["error"].notna().sum()),
        "duplicates": int(trials.duplicated([*REPEATED]).sum()) if "key" in trials else 0,
        "best": within[first.column].max(),
        "hypervolume": _covered(good, measure),
        "seconds": float(trials["seconds"].sum() + trials["ask_seconds"].sum()),
    }


def _trainings(good: pd.DataFrame) -> frozenset[tuple[str, int]]:
    """Return the trainings that a table returned, as (key, seed); none if each run trained by itself."""
    known = good[["key", "trained_seed"]].dropna() if "trained_seed" in good else pd.DataFrame()
    return frozenset(known.itertuples(index=False, name=None))


def _covered(good: pd.DataFrame, measure: ComparisonCriterion) -> float:
    if not measure.volume:
        return float("nan")
    return 100 * hypervolume(good, *measure.objectives, reference=measure.reference) / measure.volume
