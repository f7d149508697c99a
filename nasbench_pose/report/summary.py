"""A comparison in one table: what each strategy found, how well it covers the front, and what it took."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasbench_pose.cost import table
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import hypervolume
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.stats import finished, one_protocol

MACS, PCKH = Objective("macs"), Objective("val_pckh", maximise=True)
SAMPLES = 1001


@dataclass(frozen=True)
class Yardstick:
    """What all strategies of a comparison are measured with."""

    macs_limit: float
    """The best accuracy is asked for among networks of at most so many MACs."""
    reference: tuple[float, float]
    """The worst (macs, val_pckh) that counts for the hypervolume."""
    ideal: tuple[float, float]
    """The best of each, in one point that does not exist; the hypervolume is a share of the box between the two."""


def typical_macs(space: SearchSpace, *, input: tuple[int, int], joints: int) -> int:
    """Return the median MACs of 1,001 random members, rounded to two digits: a limit that half of the space keeps."""
    codes = space.sample_codes(SAMPLES, np.random.default_rng(0))
    median = float(np.median(table(space, input=input, joints=joints).count(codes).macs))
    return int(float(f"{median:.1e}"))


def with_supernets(trials: pd.DataFrame) -> pd.DataFrame:
    """Return `trials` with what a supernet took once (`supernet_seconds`) charged to the first trial of each search.

    >>> trials = pd.DataFrame({"strategy": "random", "run_seed": 0, "step": [0, 1], "seconds": 1.0})
    >>> with_supernets(trials.assign(supernet_seconds=60.0))["seconds"].tolist()
    [61.0, 1.0]
    """
    if "supernet_seconds" not in trials:
        return trials
    run = trials.groupby(["strategy", "run_seed"])
    first = trials["step"] == run["step"].transform("min")
    once = run["supernet_seconds"].transform("max").fillna(0.0)
    return trials.assign(seconds=trials["seconds"] + once.where(first, 0.0))


def finished_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that count; raise NasbenchPoseError, with the first reason, if there are none."""
    good = trials[finished(trials)]
    if good.empty:
        reasons = [f"; the first ended so: {reason}" for reason in trials["error"].dropna()[:1]]
        raise NasbenchPoseError(f"None of the {len(trials)} trials finished{''.join(reasons)}")
    return good


def yardstick(trials: pd.DataFrame, macs_limit: float) -> Yardstick:
    """Return the yardstick that the finished trials span; raise NasbenchPoseError if there are none."""
    good = finished_trials(trials)
    worst = (float(good["macs"].max()), float(good["val_pckh"].min()))
    ideal = (float(good["macs"].min()), float(good["val_pckh"].max()))
    return Yardstick(macs_limit, worst, ideal)


def summarise(trials: pd.DataFrame, measure: Yardstick) -> pd.DataFrame:
    """Return one row per strategy: means over its seeds and their sample standard deviations (`…_spread`).

    `best_pckh` is the best validation PCKh@0.5 (percent) within the limit, NaN for a seed that found none within it;
    `hypervolume` a percentage of the box between reference and ideal; `seconds` those of one core, the strategy's own
    included. `trials` is what `Store.frame` gives; failed trials cost seconds and find nothing. Where a table answered
    all seeds of a strategy with the same trainings there is one search, seen several times, and the deviations are NaN;
    where they only settled for the same training, that of `best_pckh` is.

    >>> trials = pd.DataFrame({"strategy": "random", "run_seed": 0, "protocol": "p", "fidelity": 9, "error": None,
    ...     "macs": [1.0, 2.0], "val_pckh": [20.0, 30.0], "seconds": [5.0, 6.0], "ask_seconds": 0.0})
    >>> summarise(trials, yardstick(trials, 1))[["best_pckh", "hypervolume", "seconds"]].values.tolist()
    [[20.0, 0.0, 11.0]]
    """
    one_protocol(trials)
    runs = pd.DataFrame([_run(part, measure) for _, part in trials.groupby(["strategy", "run_seed"])])
    groups = runs.groupby("strategy", sort=False)
    columns = ["best_pckh", "hypervolume", "seconds"]
    once, settled = groups["trainings"].nunique() == 1, groups["settled"].nunique() == 1
    means, spreads = groups[columns].mean(), groups[columns].std().mask(once).add_suffix("_spread")
    spreads["best_pckh_spread"] = spreads["best_pckh_spread"].mask(settled)
    counts = groups.agg(seeds=("run_seed", "nunique"), trials=("trials", "sum"), failed=("failed", "sum"))
    return counts.join(means).join(spreads).reset_index().sort_values("hypervolume", ascending=False)


def _run(trials: pd.DataFrame, measure: Yardstick) -> dict[str, object]:
    good = trials[finished(trials)]
    within = good[good["macs"] <= measure.macs_limit].nlargest(1, "val_pckh")
    return {
        "strategy": trials["strategy"].iloc[0],
        "run_seed": trials["run_seed"].iloc[0],
        "trainings": _trainings(good) or trials["run_seed"].iloc[0],
        "settled": _trainings(within) or trials["run_seed"].iloc[0],
        "trials": len(trials),
        "failed": int(trials["error"].notna().sum()),
        "best_pckh": within["val_pckh"].max(),
        "hypervolume": _covered(good, measure),
        "seconds": float(trials["seconds"].sum() + trials["ask_seconds"].sum()),
    }


def _trainings(good: pd.DataFrame) -> frozenset[tuple[str, int]]:
    """Return which trainings a table answered with; none if each run had trainings of its own."""
    known = good[["key", "trained_seed"]].dropna() if "trained_seed" in good else pd.DataFrame()
    return frozenset(known.itertuples(index=False, name=None))


def _covered(good: pd.DataFrame, measure: Yardstick) -> float:
    (macs, pckh), (fewest, highest) = measure.reference, measure.ideal
    box = (macs - fewest) * (highest - pckh)
    return 100 * hypervolume(good, MACS, PCKH, reference=measure.reference) / box if box else 0.0
