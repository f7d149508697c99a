"""Average ranks of strategies over tasks or seeds: Friedman, Nemenyi and Wilcoxon–Holm (Demšar 2006)."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.scalar import whole
from nasbench_pose.stats.inputs import numbers, share
from nasbench_pose.stats.score_table import checked_blocks

ALPHA = 0.05


@dataclass(frozen=True, eq=False)
class RankTest:
    """Average ranks of strategies over blocks (tasks or seeds), and tests of their differences."""

    ranks: "pd.Series[float]"
    """Average rank by strategy, the best first; equal scores share a rank."""
    blocks: int
    friedman: float
    """Friedman's chi-square."""
    p_value: float
    """Of Friedman's test: the chance of such ranks if all strategies were equal."""
    critical_difference: float
    """Ranks further apart than this differ by Nemenyi's test."""
    nemenyi: pd.DataFrame
    """p-values of all pairs, corrected for their number."""
    wilcoxon: pd.DataFrame
    """p-values of Wilcoxon's signed-rank test of all pairs, corrected by Holm."""
    alpha: float = ALPHA

    def groups(self, by: str = "nemenyi") -> list[tuple[str, ...]]:
        """Return the longest runs of neighbours in rank of which no two differ by `nemenyi` or `wilcoxon`."""
        p_values, names = getattr(self, by), list(self.ranks.index)
        found: list[tuple[str, ...]] = []
        for start in range(len(names)):
            end = start + 1
            while end < len(names) and (p_values.loc[names[end], names[start:end]] >= self.alpha).all():
                end += 1
            run = tuple(names[start:end])
            if len(run) > 1 and not (found and set(run) <= set(found[-1])):
                found.append(run)
        return found


def rank_test(table: pd.DataFrame, *, alpha: float = ALPHA) -> RankTest:
    """Compare strategies by their ranks in every block.

    `table` has one row per block (task or seed) and one column per strategy; less is better. Blocks that lack a
    strategy are left out. The tests assume independent blocks: budgets or limits on one benchmark table are not, and
    then their p-values are too small. Friedman's test needs no correction: it is asked once. Raises InvalidFileError
    for fewer than two strategies or two blocks.

    >>> table = pd.DataFrame({"a": [1, 1, 1, 1], "b": [2, 2, 2, 3], "c": [3, 3, 3, 2]})
    >>> found = rank_test(table)
    >>> found.ranks.to_dict(), round(found.critical_difference, 2), found.groups()
    ({'a': 1.0, 'b': 2.25, 'c': 2.75}, 1.66, [('a', 'b'), ('b', 'c')])
    """
    from scipy import stats  # takes a second to load

    shared = checked_blocks(table)
    blocks, count = shared.shape
    if count < 2 or blocks < 2:
        raise InvalidFileError(f"Ranks need two strategies and two blocks; here are {count} and {blocks}.")
    ranks = pd.Series(stats.rankdata(shared.to_numpy(), axis=1).mean(axis=0), index=[str(n) for n in shared])
    ordered = ranks.sort_values(kind="stable")
    shared = shared.set_axis([str(n) for n in shared], axis=1)[ordered.index]
    statistic, p_value = _friedman(shared.to_numpy())
    error = np.sqrt(count * (count + 1) / (6 * blocks))
    spread = np.abs(ordered.to_numpy()[:, None] - ordered.to_numpy()[None, :]) / error * np.sqrt(2)
    nemenyi = np.asarray(stats.studentized_range.sf(spread, count, np.inf)).clip(0, 1)
    return RankTest(
        ranks=ordered,
        blocks=blocks,
        friedman=statistic,
        p_value=p_value,
        critical_difference=critical_difference(count, blocks, alpha=alpha),
        nemenyi=_square(nemenyi, ordered.index),
        wilcoxon=wilcoxon_holm(shared),
        alpha=alpha,
    )


def critical_difference(strategies: int, blocks: int, *, alpha: float = ALPHA) -> float:
    """Return the difference of average ranks from which on Nemenyi's test calls two strategies different.

    >>> round(critical_difference(4, 14), 2)  # Demšar (2006), page 16
    1.25
    """
    from scipy import stats  # takes a second to load

    strategies, blocks = whole(strategies, "number of strategies"), whole(blocks, "number of blocks")
    if strategies < 2 or blocks < 1:
        raise InvalidFileError(f"Ranks need two strategies and a block; here are {strategies} and {blocks}.")
    quantile = float(stats.studentized_range.ppf(1 - share(alpha, "level of a test"), strategies, np.inf)) / np.sqrt(2)
    return float(quantile * np.sqrt(strategies * (strategies + 1) / (6 * blocks)))


def wilcoxon_holm(table: pd.DataFrame) -> pd.DataFrame:
    """Return Holm's corrected p-values of Wilcoxon's signed-rank test of all pairs of columns; rows are blocks.

    Blocks that lack a strategy are left out. Raises InvalidFileError for fewer than two strategies or two blocks.

    >>> wilcoxon_holm(pd.DataFrame({"a": range(6), "b": range(1, 7)})).loc["a", "b"].item()
    0.03125
    """
    from scipy import stats  # takes a second to load

    values, names = checked_blocks(table).to_numpy(), list(table.columns)
    pairs = list(combinations(range(len(names)), 2))
    if min(values.shape) < 2:
        raise InvalidFileError(f"Ranks need two strategies and two blocks; here are {len(names)} and {len(values)}.")
    raw = [
        1.0 if (values[:, i] == values[:, j]).all() else float(stats.wilcoxon(values[:, i], values[:, j]).pvalue)
        for i, j in pairs
    ]
    square = np.ones((len(names), len(names)))
    for (i, j), p_value in zip(pairs, holm(raw), strict=True):
        square[i, j] = square[j, i] = p_value
    return _square(square, table.columns)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values corrected for their number (Holm 1979); raise InvalidFileError for what is no chance.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    raw = numbers(p_values)
    if ((raw < 0) | (raw > 1)).any():
        raise InvalidFileError(f"A p-value is from 0 to 1, not {raw[(raw < 0) | (raw > 1)][0]:g}.")
    order = np.argsort(raw, kind="stable")
    corrected = np.empty(len(raw))
    corrected[order] = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1)).clip(max=1.0)
    return corrected


def _friedman(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return Friedman's statistic and p-value; two strategies are the sign test's chi-square of the same formula."""
    from scipy import stats  # takes a second to load

    if (values == values[:, :1]).all():
        return 0.0, 1.0
    if values.shape[1] > 2:
        found = stats.friedmanchisquare(*values.T)
        return float(found.statistic), float(found.pvalue)
    wins = np.sign(values[:, 0] - values[:, 1])
    statistic = float(wins.sum() ** 2 / np.abs(wins).sum())
    return statistic, float(stats.chi2.sf(statistic, 1))


def _square(values: NDArray[np.float64], names: "pd.Index[str]") -> pd.DataFrame:
    return pd.DataFrame(values, index=names, columns=names)
