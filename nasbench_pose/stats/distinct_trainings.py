"""Distinct trainings among trials: several trials may report the same training."""

import pandas as pd

from nasbench_pose.stats.curves import finished, one_protocol
from nasbench_pose.stats.inputs import with_columns


def trainings(trials: pd.DataFrame) -> pd.DataFrame:
    """Return one row per training: the finished trials of full fidelity, with the training's own `seed`.

    A trial that several runs visited counts once. So does a training that a table returned for several seeds; its own
    seed is in `trained_seed`. Raises MixedProtocolsError for trials of two protocols, InvalidFileError for a frame
    without `key` or `seed`.

    >>> trials = pd.DataFrame({"key": "k", "seed": [0, 1, 2], "trained_seed": [0, 0, 2], "val_pckh": [20, 20, 22]})
    >>> trainings(trials)["seed"].tolist()
    [0, 2]
    """
    one_protocol(with_columns(trials, "trials", "key", "seed"))
    facts = trials[finished(trials)]
    if "trained_seed" in facts:
        facts = facts.assign(seed=facts["trained_seed"].fillna(facts["seed"])).drop(columns="trained_seed")
    return facts.drop_duplicates(["key", "seed"])


def uncharged(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of searches with the `seconds` that their trainings took, not those that a search was charged.

    A search pays for the steps of a training once: for a point at 300 steps what it took since the point at 100, and
    nothing for a trial that it has made before. Frames without the column `run` are no steps, and are returned as is.

    >>> steps = pd.DataFrame({"run": 1, "step": [1, 2, 3], "key": "k", "fidelity": [100, 300, 300]})
    >>> uncharged(steps.assign(seconds=[4.0, 8.0, 0.0]))["seconds"].tolist()
    [4.0, 12.0, 12.0]
    """
    if not {"run", "step", "key", "fidelity", "seconds"} <= set(trials):
        return trials
    ordered = trials.sort_values(["run", "step"], kind="stable")
    whole = ordered["schedule"] != "own" if "schedule" in ordered else pd.Series(True, index=ordered.index)
    training = [ordered["run"], ordered["key"], ordered["fidelity"].mask(whole, -1)]
    return trials.assign(seconds=ordered["seconds"].groupby(training).cumsum())
