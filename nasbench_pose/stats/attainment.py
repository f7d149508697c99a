"""Empirical attainment: how many searches of a strategy reach a point of the plane (Fonseca et al. 2001; moocore)."""

import math
from collections.abc import Sequence

import moocore
import numpy as np
import pandas as pd

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Losses, Objective
from nasbench_pose.pareto import front, losses
from nasbench_pose.scalar import whole
from nasbench_pose.stats.curves import RUN, finished, one_protocol
from nasbench_pose.stats.inputs import numbers, with_columns


def attainment_surfaces(
    trials: pd.DataFrame, *objectives: Objective, percentiles: Sequence[float] = (25, 50, 75)
) -> pd.DataFrame:
    """Return the points of the surfaces that a share of a strategy's searches attain or dominate.

    Columns: strategy, percentile, and one per objective in its own unit. 50 is the median front: half of the searches
    reach every point of it. Exact, in two or three objectives. Raises MixedProtocolsError; InvalidFileError for another
    number of objectives.

    >>> trials = pd.DataFrame({"strategy": "a", "run_seed": [0, 1], "macs": [1.0, 2.0], "ap": [5.0, 6.0]})
    >>> goals = Objective("macs"), Objective("ap", maximise=True)
    >>> attainment_surfaces(trials, *goals, percentiles=[100])[["macs", "ap"]].values.tolist()
    [[2.0, 5.0]]
    """
    if len(objectives) not in (2, 3):
        raise InvalidFileError(f"Attainment surfaces are those of two or three objectives, not of {len(objectives)}.")
    asked = numbers(percentiles)
    if not len(asked) or not ((asked > 0) & (asked <= 100)).all():
        raise InvalidFileError(f"Percentiles are above 0, up to 100, one or more; not {list(percentiles)}.")
    parts = []
    for name, rows in fronts_of_runs(trials, *objectives).items():
        points = moocore.eaf(rows[:, :-1], rows[:, -1], percentiles=list(asked))
        values = {o.column: o.values(points[:, number]) for number, o in enumerate(objectives)}
        parts.append(pd.DataFrame(values).assign(strategy=name, percentile=points[:, -1]))
    columns = ["strategy", "percentile", *(objective.column for objective in objectives)]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def attainment_difference(
    trials: pd.DataFrame, first: str, second: str, *objectives: Objective, intervals: int = 10
) -> pd.DataFrame:
    """Return rectangles of the plane of two objectives, and by how much more searches of `first` attain them.

    Columns: `x0`, `y0`, `x1`, `y1` (losses; the far corner may be infinite) and `share`, from −1 (only `second` attains
    it) to 1 (only `first`), in steps of 1 / `intervals`. Raises MixedProtocolsError; InvalidFileError for another
    number of objectives or a strategy without a finished trial.

    >>> trials = pd.DataFrame({"strategy": ["a", "b"], "run_seed": 0, "x": [1.0, 2.0], "y": [1.0, 2.0]})
    >>> goals = Objective("x", maximise=False), Objective("y", maximise=False)
    >>> attainment_difference(trials, "a", "b", *goals)["share"].max().item()
    1.0
    """
    if len(objectives) != 2:
        raise InvalidFileError(f"Differences of attainment are those of two objectives, not of {len(objectives)}.")
    rows, intervals = fronts_of_runs(trials, *objectives), whole(intervals, "number of intervals", least=1)
    for name in (first, second):
        if name not in rows:
            raise InvalidFileError(f"{name!r} has no finished trial; those that have: {', '.join(rows) or 'none'}.")
    runs = [len(np.unique(rows[name][:, -1])) for name in (first, second)]
    least = math.lcm(*runs)  # differences count searches: each side is repeated until both have as many
    sides = [_repeated(rows[name], least // count) for name, count in zip((first, second), runs, strict=True)]
    found = moocore.eafdiff(*sides, intervals=intervals, rectangles=True)
    frame = pd.DataFrame(found, columns=["x0", "y0", "x1", "y1", "share"])
    return frame.assign(share=frame["share"] / min(intervals, least))  # moocore has no more steps than sets


def fronts_of_runs(trials: pd.DataFrame, *objectives: Objective) -> dict[str, Losses]:
    """Return strategy -> losses of the fronts of its searches, the number of the search in the last column."""
    one_protocol(with_columns(trials, "trials", *RUN))
    if len({objective.column for objective in objectives}) < len(objectives):
        raise InvalidFileError("The objectives of a front are different metrics.")
    good = trials[finished(trials).to_numpy() & np.isfinite(losses(trials, *objectives)).all(axis=1)]
    found: dict[str, list[Losses]] = {}
    for number, ((name, _), run) in enumerate(good.groupby(RUN, sort=False)):
        points = np.unique(losses(run[front(run, *objectives)], *objectives), axis=0)
        found.setdefault(str(name), []).append(np.column_stack([points, np.full(len(points), number + 1.0)]))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _repeated(rows: Losses, times: int) -> Losses:
    """Return rows of `times` copies of each set, numbered from 1."""
    _, sets = np.unique(rows[:, -1], return_inverse=True)
    copies = [np.column_stack([rows[:, :-1], sets + 1 + copy * (sets.max() + 1)]) for copy in range(times)]
    return np.concatenate(copies)
