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
