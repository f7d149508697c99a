"""The regret of all members of a space within a limit of MACs, as an array."""

import numpy as np
import pandas as pd

from nasbench_pose.benchmark.arrays import Floats
from nasbench_pose.errors import NasbenchPoseError


def regrets_within(macs_limit: float, members: pd.DataFrame, column: str, name: str) -> Floats:
    """Return the distance of each member to the best one of at most `macs_limit` MACs, in points of `column`.

    `members` are rows of `Benchmark.means` of the table `name`. Infinite for members beyond the limit and failed ones,
    NaN for those that were not trained. Raises NasbenchPoseError if no member is within the limit.
    """
    macs, accuracy = (members[each].to_numpy(dtype=np.float64) for each in ("macs", column))
    fits = np.isfinite(accuracy) & (macs <= macs_limit)
    if not fits.any():
        least = np.nanmin(macs) if np.isfinite(macs).any() else np.nan
        raise NasbenchPoseError(f"No genotype of {name} needs {macs_limit:g} MACs or less; {least:g} is least.")
    regret = np.where(fits, accuracy[fits].max() - accuracy, np.inf)
    return np.where(members["seconds"].isna(), np.nan, regret)
