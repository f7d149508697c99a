"""Genotypes of a comparison: means over seeds, and the members of the front that cover most of it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.metrics import SPREAD
from nasbench_pose.objective import OBJECTIVES, Losses, Objective
from nasbench_pose.pareto import front
from nasbench_pose.spaces import load
from nasbench_pose.stats import trainings

GENOTYPE = ["key", "genotype", "genotype_space"]


def by_genotype(trials: pd.DataFrame, objectives: Sequence[Objective] = OBJECTIVES) -> pd.DataFrame:
    """Return one row per genotype: its name, the mean of every metric over its seeds, `seeds`, and spreads.

    Every training counts once (`stats.trainings`). `val_pckh_spread` is the standard deviation over seeds, NaN for one;
    likewise of every other objective that is measured rather than counted.
    Raises MixedProtocolsError for trials of two protocols.

    >>> from nasbench_pose.spaces import find
    >>> text = find("micro-smallest").text
    >>> trials = pd.DataFrame({"key": "k", "genotype": text, "genotype_space": "efficientpose_micro", "seed": [0, 1],
    ...                        "fidelity": 9, "val_pckh": [20.0, 22.0], "macs": 5.0})
    >>> by_genotype(trials)[["name", "val_pckh", "seeds"]].values.tolist()
    [['micro-smallest', 21.0, 2]]
    """
    facts = trainings(trials)
    groups = facts.groupby(GENOTYPE, sort=False)
    left = {"seed", "fidelity", "full_fidelity", "run", "run_seed", "step"}
    means = groups.mean(numeric_only=True).drop(columns=left, errors="ignore")
    means["seeds"] = groups["seed"].nunique()
    for objective in objectives:
        if objective.metric.price != "counted" and objective.column in facts:
            means[f"{objective.column}{SPREAD}"] = groups[objective.column].std()
    rows = means.reset_index()
    names = {text: name for space in rows["genotype_space"].unique() for text, name in _names(str(space)).items()}
    rows.insert(0, "name", rows["genotype"].map(lambda text: names.get(text, "")))
    return rows


def best_trade_offs(genotypes: pd.DataFrame, x: Objective, y: Objective, n: int) -> pd.DataFrame:
    """Return the `n` members of the front that together cover most of its hypervolume, in the order of `x`.

    Metrics that are plotted on a logarithmic axis count on that scale; the reference point is the worst of all measured
    rows. No other choice of `n` covers more: in two objectives that is a shortest path (Kuhn, Fonseca, Paquete, Ruzika,
    Duarte & Figueira 2016), in time n·m² for a front of m members. Raises InvalidFileError for less than one.

    >>> rows = pd.DataFrame({"macs": [1.0, 10, 11, 100], "ap": [10, 50, 51, 60]})
    >>> best_trade_offs(rows, Objective("macs"), Objective("ap", maximise=True), 2)["ap"].tolist()
    [50, 51]
    """
    if n < 1:
        raise InvalidFileError(f"{n} trade-offs cannot be chosen; ask for 1 or more.")
    members = genotypes[front(genotypes, x, y)].drop_duplicates([x.column, y.column]).sort_values(x.column)
    if len(members) <= n:
        return members
    scaled = np.stack([_as_plotted(genotypes, x), _as_plotted(genotypes, y)], axis=1)
    worst = scaled[np.isfinite(scaled).all(axis=1)].max(axis=0)
    points = np.stack([_as_plotted(members, x), _as_plotted(members, y)], axis=1)
    order = np.argsort(points[:, 0], kind="stable")  # rising losses in x, which on a front are falling losses in y
    chosen = order[_largest_cover(points[order], worst, n)]
    return members.iloc[np.sort(chosen)]


def _largest_cover(points: Losses, worst: Losses, n: int) -> list[int]:
    """Return the `n` points of a front, losses (m, 2) rising in the first, that together cover the largest volume."""
    across, up = (worst - points).T  # distances from the reference point: the first falls, the second rises
    volume, before = across * up, list[NDArray[np.int64]]()  # of the best k points of which each is the last
    for _ in range(n - 1):
        longer, last = np.full(len(points), -np.inf), np.zeros(len(points), dtype=np.int64)
        for end in range(1, len(points)):
            volumes = volume[:end] + across[end] * (up[end] - up[:end])
            last[end] = volumes.argmax()
            longer[end] = volumes[last[end]]
        before.append(last)
        volume = longer
    chosen = [int(volume.argmax())]
    for last in reversed(before):
        chosen.append(int(last[chosen[-1]]))
    return chosen[::-1]


def _as_plotted(frame: pd.DataFrame, objective: Objective) -> Losses:
    """Return the losses of a column, on a logarithmic scale if its metric is plotted on one."""
    values = objective.values(objective.losses(frame))
    if objective.metric.log and not (values <= 0).any():
        values = np.log(values)
    return np.where(np.isfinite(values), -values if objective.maximise else values, np.inf)


def _names(space: str) -> dict[str, str]:
    """Return the names of the named genotypes of a space, by their texts; none if the space is missing."""
    try:
        return {genotype.text: name for name, genotype in load(space).named.items()}
    except NasbenchPoseError:
        return {}
