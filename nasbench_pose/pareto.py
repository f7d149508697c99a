"""Multi-objective comparison of the rows of a table: Pareto front, ranks and hypervolume."""

from collections.abc import Sequence
from typing import Any

import moocore
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.objective import Losses, Objective


class NothingFitsError(NasbenchPoseError, LookupError):
    """No row is within the limit."""


def losses(frame: pd.DataFrame, *objectives: Objective) -> Losses:
    """Return the losses of every row, shape (rows, objectives)."""
    if not objectives:
        raise InvalidFileError("Name at least one objective, such as 'macs' or 'val_pckh:max'.")
    return np.stack([objective.losses(frame) for objective in objectives], axis=1)


def front(frame: pd.DataFrame, *objectives: Objective) -> "pd.Series[bool]":
    """Mark the rows that no other row dominates, i.e. is at least as good in every objective and better in one.

    Equal rows do not dominate each other. A row with a missing objective is never on the front.

    >>> trials = pd.DataFrame({"macs": [1, 2, 3, 0], "ap": [60, 70, 65, None]})
    >>> front(trials, Objective("macs"), Objective("ap", maximise=True)).tolist()
    [True, True, False, False]
    """
    points = losses(frame, *objectives)
    measured = np.isfinite(points).all(axis=1)
    mask: NDArray[np.bool_] = np.zeros(len(frame), dtype=np.bool_)
    if measured.any():
        mask[measured] = moocore.is_nondominated(points[measured], keep_weakly=True)
    return pd.Series(mask, index=frame.index, name="front")


def ranks(frame: pd.DataFrame, *objectives: Objective) -> "pd.Series[int]":
    """Return the ranks of non-dominated sorting (Deb et al. 2002): 0 on the front, 1 on the front of the rest, etc.

    Rows with a missing objective share the rank after the worst.

    >>> ranks(pd.DataFrame({"a": [1, 2, 3, None]}), Objective("a", maximise=False)).tolist()
    [0, 1, 2, 3]
    """
    points = losses(frame, *objectives)
    measured = np.isfinite(points).all(axis=1)
    rank = np.ones(len(frame), dtype=np.int64)
    if measured.any():
        sorted_ranks = moocore.pareto_rank(points[measured])
        rank[:] = sorted_ranks.max() + 1
        rank[measured] = sorted_ranks
    return pd.Series(rank, index=frame.index, name="rank")


def hypervolume(frame: pd.DataFrame, *objectives: Objective, reference: Sequence[float]) -> float:
    """Return the volume that the rows dominate, bounded by the `reference` point (Zitzler & Thiele 1998).

    `reference` holds the worst value of each column that still counts, in the column's own unit and direction. Rows
    beyond it and rows with a missing objective add nothing. The unit is the product of the columns' units.

    >>> trials = pd.DataFrame({"macs": [1, 2], "ap": [60, 70]})
    >>> hypervolume(trials, Objective("macs"), Objective("ap", maximise=True), reference=(4, 50))
    50.0
    """
    if len(reference) != len(objectives):
        raise InvalidFileError(f"{len(objectives)} objectives need as many reference values; {len(reference)} given.")
    worst = np.array([-r if o.maximise else r for o, r in zip(objectives, reference, strict=True)], dtype=np.float64)
    return volume(losses(frame, *objectives), worst)


def volume(points: Losses, reference: Losses) -> float:
    """Return the hypervolume of losses, shape (rows, objectives), under a reference loss, shape (objectives,)."""
    inside = points[(points < reference).all(axis=1)]
    return float(moocore.hypervolume(inside, ref=reference)) if len(inside) else 0.0


def best_under(frame: pd.DataFrame, limit_column: str, limit: float, objective: Objective) -> "pd.Series[Any]":
    """Return the best row whose `limit_column` is at most `limit`; ties go to the smallest `limit_column`.

    Raises NothingFitsError if no row is within the limit; the message gives the smallest value there is.

    >>> trials = pd.DataFrame({"macs": [1, 2, 3], "ap": [60, 70, 75]})
    >>> best_under(trials, "macs", 2, Objective("ap", maximise=True)).to_dict()
    {'macs': 2, 'ap': 70}
    """
    needs, loss = Objective(limit_column, maximise=False).losses(frame), objective.losses(frame)
    measured = np.isfinite(loss)
    fits = np.flatnonzero((needs <= limit) & measured)
    if not len(fits):
        least = f"the least is {needs[measured].min():g}" if measured.any() else f"no row has a {objective.column!r}"
        raise NothingFitsError(f"No row has a {limit_column!r} of {limit:g} or less; {least}.")
    row: pd.Series[Any] = frame.iloc[fits[np.lexsort((needs[fits], loss[fits]))[0]]]
    return row
