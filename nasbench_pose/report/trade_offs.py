"""Which genotypes to choose from: means over seeds, the front, and the members that matter most."""

import moocore
import numpy as np
import pandas as pd

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front, losses
from nasbench_pose.spaces import find, name_of
from nasbench_pose.stats import finished, one_protocol

GENOTYPE = ["key", "genotype", "genotype_space"]


def by_genotype(trials: pd.DataFrame) -> pd.DataFrame:
    """Return one row per genotype: its name, the mean of every metric over its seeds, `seeds`, `val_pckh_spread`.

    Only finished trials of the highest fidelity count; a trial that several runs visited counts once. The spread is
    the standard deviation over seeds, NaN for one. Raises MixedProtocolsError for trials of two protocols.

    >>> text = find("micro-smallest").text
    >>> trials = pd.DataFrame({"key": "k", "genotype": text, "genotype_space": "efficientpose_micro", "seed": [0, 1],
    ...                        "fidelity": 9, "val_pckh": [20.0, 22.0], "macs": 5.0})
    >>> by_genotype(trials)[["name", "val_pckh", "seeds"]].values.tolist()
    [['micro-smallest', 21.0, 2]]
    """
    one_protocol(trials)
    facts = trials[finished(trials)].drop_duplicates(["key", "seed"])
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
    """Return the `n` members of the front that add most to its hypervolume, the cheapest first.

    `x` is seen on a logarithmic scale, as costs are drawn; the reference point is the worst of all rows.

    >>> rows = pd.DataFrame({"macs": [1.0, 10, 11, 100], "ap": [10, 50, 51, 60]})
    >>> best_trade_offs(rows, Objective("macs"), Objective("ap", maximise=True), 2)["ap"].tolist()
    [10, 50]
    """
    members = genotypes[front(genotypes, x, y)].sort_values(x.column)
    if len(members) <= n:
        return members
    scaled = np.stack([np.log(members[x.column].to_numpy(dtype=float)), losses(members, y)[:, 0]], axis=1)
    worst = np.array([np.log(genotypes[x.column].max()), losses(genotypes, y)[:, 0].max()]) + 1e-9
    added = moocore.hv_contributions(scaled, ref=worst)
    return members.iloc[np.sort(np.argsort(-added, kind="stable")[:n])]


def _name(text: str) -> str:
    """Return the name of a genotype; an empty text for one that has none, or whose space is not here."""
    try:
        return name_of(find(text)) or ""
    except UnknownNameError:
        return ""
