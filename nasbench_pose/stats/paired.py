"""Paired tests: whether strategies differ by more than their seeds do."""

from dataclasses import dataclass

import pandas as pd

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.stats.score_table import checked_blocks

LEAST_SEEDS = 6
"""With five pairs the smallest two-sided p-value of Wilcoxon's test is 2/2^5 = 0.0625, above 0.05."""


class TooFewSeedsError(NasbenchPoseError, ValueError):
    """Too few paired runs for any outcome to be significant."""


@dataclass(frozen=True, slots=True)
class PairedTest:
    """The outcome of a paired test; `p_value` is the chance of such a difference if the strategies were equal."""

    name: str
    statistic: float
    p_value: float
    seeds: int

    def __str__(self) -> str:
        p_value = f"p = {self.p_value:.2g}" if self.p_value >= 0.001 else "p < 0.001"
        return f"{self.name}: {p_value} ({self.seeds} seeds)"


def paired_test(table: pd.DataFrame) -> PairedTest:
    """Compare strategies over the seeds they share: Wilcoxon's signed-rank test for two, Friedman's for more.

    `table` has one row per seed and one column per strategy, as `final_best(...).unstack("strategy")` gives; seeds
    that lack a strategy are left out. Raises TooFewSeedsError below six shared seeds (Demšar 2006 on both tests).

    >>> table = pd.DataFrame({"random": range(60, 68), "evolution": range(62, 70)})
    >>> str(paired_test(table))
    'Wilcoxon signed-rank: p = 0.0078 (8 seeds)'
    """
    shared = checked_blocks(table)
    if table.shape[1] < 2:
        raise InvalidFileError(f"A paired test compares two strategies or more; the table has {table.shape[1]}.")
    if len(shared) < LEAST_SEEDS:
        raise TooFewSeedsError(f"All strategies share {len(shared)} seeds; a paired test needs {LEAST_SEEDS}.")
    name = "Wilcoxon signed-rank" if table.shape[1] == 2 else "Friedman"
    columns = shared.to_numpy().T
    if (columns == columns[0]).all():
        return PairedTest(name, 0.0, 1.0, len(shared))
    from scipy import stats  # takes a second to load, and most importers of this module need no test

    result = stats.wilcoxon(*columns) if len(columns) == 2 else stats.friedmanchisquare(*columns)
    return PairedTest(name, float(result.statistic), float(result.pvalue), len(shared))
