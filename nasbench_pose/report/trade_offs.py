"""Which genotypes to choose from: means over seeds, the front, and the members that matter most."""

import itertools

import numpy as np
import pandas as pd

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.objective import Losses, Objective
from nasbench_pose.pareto import front, losses
from nasbench_pose.spaces import find, name_of
from nasbench_pose.stats import trainings

GENOTYPE = ["key", "genotype", "genotype_space"]


def by_genotype(trials: pd.DataFrame) -> pd.DataFrame:
    """Return one row per genotype: its name, the mean of every metric over its seeds, `seeds`, `val_pckh_spread`.

    Every training counts once (`stats.trainings`). The spread is the standard deviation over seeds, NaN for one.
    Raises MixedProtocolsError for trials of two protocols.

    >>> text = find("micro-smallest").text
    >>> trials = pd.DataFrame({"key": "k", "genotype": text, "genotype_space": "efficientpose_micro", "seed": [0, 1],
    ...                        "fidelity": 9, "val_pckh": [20.0, 22.0], "macs": 5.0})
    >>> by_genotype(trials)[["name", "val_pckh", "seeds"]].values.tolist()
    [['micro-smallest', 21.0, 2]]
    """
    facts = trainings(trials)
    groups = facts.groupby(GENOTYPE, sort=False)
    left = {"seed", "fidelity", "run", "run_seed", "step"}
    means = groups.mean(numeric_only=True).drop(columns=left, errors="ignore")
    means["seeds"] = groups["seed"].nunique()
    if "val_pckh" in facts:
        means["val_pckh_spread"] = groups["val_pckh"].std()
    rows = means.reset_index()
    rows.insert(0, "name", [_name(text) for text in rows["genotype"]])
    return rows


def best_trade_offs(genotypes: pd.DataFrame, x: Objective, y: Objective, n: int) -> pd.DataFrame:
    """Return the `n` members of the front that together cover most of its hypervolume, the cheapest first.

    `x` is a cost, seen on a logarithmic scale as it is drawn; the reference point is the worst of all measured rows.
    Every subset is tried (Bringmann et al., GECCO 2014, have faster ways for larger fronts).

    >>> rows = pd.DataFrame({"macs": [1.0, 10, 11, 100], "ap": [10, 50, 51, 60]})
    >>> best_trade_offs(rows, Objective("macs"), Objective("ap", maximise=True), 2)["ap"].tolist()
    [50, 51]
    """
    members = genotypes[front(genotypes, x, y)].drop_duplicates([x.column, y.column]).sort_values(x.column)
    if len(members) <= n:
        return members
    points = losses(genotypes, x, y)
    worst = _scaled(points[np.isfinite(points).all(axis=1)].max(axis=0))
    subsets = np.array(list(itertools.combinations(range(len(members)), n)))
    across, up = np.moveaxis(_scaled(losses(members, x, y))[subsets], -1, 0)  # each (subsets, n), from left to right
    steps = np.diff(up, axis=1, prepend=worst[1])
    covered = ((across - worst[0]) * steps).sum(axis=1)
    best: pd.DataFrame = members.iloc[subsets[covered.argmax()]]
    return best


def _scaled(points: Losses) -> Losses:
    """Return points (…, 2) with the logarithm of the first coordinate."""
    return np.stack([np.log(points[..., 0]), points[..., 1]], axis=-1)


def _name(text: str) -> str:
    """Return the name of a genotype; an empty text for one that has none, or whose space is not here or has changed."""
    try:
        return name_of(find(text)) or ""
    except NasbenchPoseError:
        return ""
