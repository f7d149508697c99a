"""Which trials are trainings of their own."""

import pandas as pd

from nasbench_pose.stats.curves import finished, one_protocol


def trainings(trials: pd.DataFrame) -> pd.DataFrame:
    """Return one row per training: finished trials of the highest fidelity, `seed` being that of the training.

    A trial that several runs visited counts once, and so does a training that a table answered several seeds with,
    whose seed is in `trained_seed`. Raises MixedProtocolsError for trials of two protocols.

    >>> trials = pd.DataFrame({"key": "k", "seed": [0, 1, 2], "trained_seed": [0, 0, 2], "val_pckh": [20, 20, 22]})
    >>> trainings(trials)["seed"].tolist()
    [0, 2]
    """
    one_protocol(trials)
    facts = trials[finished(trials)]
    if "trained_seed" in facts:
        facts = facts.assign(seed=facts["trained_seed"].fillna(facts["seed"])).drop(columns="trained_seed")
    return facts.drop_duplicates(["key", "seed"])
