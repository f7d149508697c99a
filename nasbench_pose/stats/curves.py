"""Curves of searches: the incumbent or the hypervolume after each evaluation, over evaluations or seconds."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, pick
from nasbench_pose.objective import Losses, Objective
from nasbench_pose.pareto import losses, volume
from nasbench_pose.stats.inputs import numbers, with_columns

RUN = ["strategy", "run_seed"]
"""The columns that identify a run."""

Effort = Literal["evaluations", "seconds", "clock"]
"""The horizontal axis of a curve: trials; the seconds of the trials and of the strategy's own computing; or the clock
of a search, on which the trainings of several workers overlap (`end_seconds` of `Store.frame`)."""


class MixedProtocolsError(NasbenchPoseError, ValueError):
    """Accuracies measured under two protocols; they must not share an axis."""


class MixedRunsError(NasbenchPoseError, ValueError):
    """Two runs of one strategy and seed, in two search spaces or with other settings; they are not one curve."""


def one_protocol(frame: pd.DataFrame) -> str:
    """Return the protocol key of the frame, "" without such a column; raise MixedProtocolsError for several keys."""
    keys = sorted(frame["protocol"].dropna().unique()) if "protocol" in frame else []
    if len(keys) > 1:
        raise MixedProtocolsError(
            f"The trials were measured under {len(keys)} protocols ({', '.join(keys)}), whose accuracies never share"
            f" an axis; select one: frame[frame.protocol == {keys[0]!r}]."
        )
    return keys[0] if keys else ""


def finished(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Mark the trials without an error and of full fidelity. An error that is blank or False is none.

    Full fidelity is in the column `full_fidelity`; without that column it is the highest fidelity of the frame.

    >>> finished(pd.DataFrame({"error": [None, "out of memory", None], "fidelity": [200, 200, 50]})).tolist()
    [True, False, False]
    """
    mask = pd.Series(True, index=frame.index, name="finished")
    if "error" in frame:
        errors = frame["error"]
        mask &= ~errors.astype(object).where(errors.notna(), False).astype(bool)
    if "fidelity" in frame:
        full = frame["full_fidelity"] if "full_fidelity" in frame else frame["fidelity"].max()
        mask &= frame["fidelity"] == full
    return mask


def best_so_far(frame: pd.DataFrame, objective: Objective, *, over: Effort = "evaluations") -> pd.DataFrame:
    """Return the incumbent of every run after each of its trials: columns strategy, run_seed, `over`, best.

    `frame` has one row per trial with strategy, run_seed, the objective's column and, where known, step (the order),
    seconds, ask_seconds, error, fidelity and protocol. Failed and partial trials cost effort but are never the
    incumbent; `best` is NaN until a run has one. Raises MixedProtocolsError or MixedRunsError.

    >>> trials = pd.DataFrame({"strategy": "random", "run_seed": 0, "step": [0, 1, 2], "val_pckh": [60.0, 50.0, 70.0]})
    >>> best_so_far(trials, Objective("val_pckh", maximise=True))["best"].tolist()
    [60.0, 60.0, 70.0]
    """
    ordered = in_order(frame)
    loss = pd.Series(np.where(finished(ordered), objective.losses(ordered), np.inf), index=ordered.index)
    incumbent: Losses = np.asarray(loss.groupby([ordered[column] for column in RUN]).cummin(), dtype=np.float64)
    return _effort(ordered, over).assign(best=objective.values(incumbent))


def hypervolume_so_far(
    frame: pd.DataFrame, *objectives: Objective, reference: Sequence[float], over: Effort = "evaluations"
) -> pd.DataFrame:
    """Return the hypervolume of every run after each of its trials: columns strategy, run_seed, `over`, best.

    `reference` is in the columns' own units, as in `pareto.hypervolume`.

    >>> trials = pd.DataFrame({"strategy": "random", "run_seed": 0, "macs": [2, 1], "val_pckh": [70.0, 60.0]})
    >>> goals = Objective("macs"), Objective("val_pckh", maximise=True)
    >>> hypervolume_so_far(trials, *goals, reference=(4, 50))["best"].tolist()
    [40.0, 50.0]
    """
    ordered = in_order(frame)
    points = np.where(finished(ordered).to_numpy()[:, None], losses(ordered, *objectives), np.inf)
    if len(numbers(reference)) != len(objectives):
        raise InvalidFileError(f"The reference has {len(reference)} values for {len(objectives)} objectives.")
    worst = np.array([-r if o.maximise else r for o, r in zip(objectives, reference, strict=True)], dtype=np.float64)
    best = np.empty(len(ordered))
    for rows in ordered.groupby(RUN, sort=False).indices.values():
        best[rows] = _volumes(points[rows], worst)
    return _effort(ordered, over).assign(best=best)


def average(curves: pd.DataFrame) -> pd.DataFrame:
    """Average curves over the seeds of each strategy: columns strategy, the effort, mean, spread, seeds.

    A curve is a step function, so it is read exactly at every effort at which any seed has a step. The average begins
    where every seed has an incumbent and ends where the last seed ends. A search that has ended keeps its incumbent, so
    the last mean is that of the results. Seeds without an incumbent are left out; `seeds` counts the others. `spread`
    is the sample standard deviation, NaN for one seed.

    >>> curves = pd.DataFrame({"run_seed": [0, 0, 1, 1], "seconds": [1, 3, 2, 4], "best": [5, 7, 6, 9]})
    >>> average(curves.assign(strategy="random"))[["seconds", "mean"]].to_numpy().tolist()
    [[2.0, 5.5], [3.0, 6.5], [4.0, 8.0]]
    """
    effort = effort_of(curves := checked_curves(curves))
    parts = [_average(part, effort).assign(strategy=name) for name, part in curves.groupby("strategy", sort=False)]
    columns = ["strategy", effort, "mean", "spread", "seeds"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def effort_of(curves: pd.DataFrame) -> Effort:
    """Return the effort that curves are over: the one whose column they have."""
    return next((over for over in get_args(Effort) if over in curves), "evaluations")


def checked_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """Return curves such as those of `best_so_far`; raise InvalidFileError for what is none."""
    found = with_columns(curves, "curves", *RUN, effort_of(curves), "best")
    for column in (effort_of(found), "best"):
        numbers(found[column].dropna(), finite=False)
    return found


def final_best(frame: pd.DataFrame, objective: Objective) -> "pd.Series[float]":
    """Return the last incumbent of every run, indexed by (strategy, run_seed)."""
    return best_so_far(frame, objective).groupby(RUN, sort=False)["best"].last()


def simple_regret(frame: pd.DataFrame, objective: Objective, best: float | None = None) -> "pd.Series[float]":
    """Return the difference between `best` and the last incumbent of every run, in the column's unit; 0 is perfect.

    `best` is the best value of the space; None is the best value that any run of the frame has found.

    >>> trials = pd.DataFrame({"strategy": ["a", "b"], "run_seed": 0, "val_pckh": [60.0, 75.0]})
    >>> simple_regret(trials, Objective("val_pckh", maximise=True)).tolist()
    [15.0, 0.0]
    """
    found = final_best(frame, objective)
    if objective.maximise:
        return (found.max() if best is None else best) - found
    return found - (found.min() if best is None else best)


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return trials run by run, each in the order of its steps.

    Raises MixedProtocolsError, MixedRunsError, and InvalidFileError for a step that is not a number.
    """
    one_protocol(with_columns(frame, "trials", *RUN))
    _one_run_each(frame)
    if "step" in frame:
        frame = frame.assign(step=numbers(frame["step"], "steps"))  # as texts, "10" would come before "2"
    keys = [*RUN, "step"] if "step" in frame else RUN
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def _one_run_each(frame: pd.DataFrame) -> None:
    if "run" not in frame:
        return
    runs = frame.groupby(RUN)["run"].unique()
    if len(mixed := runs[runs.map(len) > 1]):
        strategy, seed = mixed.index[0]
        raise MixedRunsError(
            f"The strategy {strategy!r} with seed {seed} has {len(mixed.iloc[0])} runs, which differ in their space or"
            f" settings ({', '.join(map(str, mixed.iloc[0]))}); select one of them by the column 'run'."
        )


def _effort(ordered: pd.DataFrame, over: Effort) -> pd.DataFrame:
    pick("effort", over, dict.fromkeys(get_args(Effort)))
    column = {"seconds": "seconds", "clock": "end_seconds"}.get(over)
    if column is not None and column not in ordered:
        raise InvalidFileError(f"The trials have no column {column!r}, so there is no curve over {over!r}.")
    spent: pd.Series[float] | pd.Series[int]
    if over == "evaluations":
        spent = ordered.groupby(RUN, sort=False).cumcount() + 1
    elif over == "clock":
        spent = ordered["end_seconds"].astype(float)
        _seconds(spent)
    else:
        asks = ordered["ask_seconds"].fillna(0.0) if "ask_seconds" in ordered else np.zeros(len(ordered))
        costs = pd.Series(_seconds(ordered["seconds"]) + _seconds(asks), index=ordered.index)
        spent = costs.groupby([ordered[column] for column in RUN]).cumsum()
    return ordered[RUN].assign(**{over: spent})


def _seconds(values: ArrayLike) -> Losses:
    """Return seconds as floats; raise InvalidFileError for what is none, or below 0."""
    found = numbers(values, "seconds")
    if (found < 0).any():
        raise InvalidFileError(f"Seconds are 0 or more, not {found.min():g}.")
    return found


def _volumes(points: Losses, reference: Losses) -> Losses:
    """Return the hypervolume of every prefix of `points`; it is computed anew only where a point joins the front."""
    volumes, front = np.zeros(len(points)), points[:0]
    for row, point in enumerate(points):
        covered = bool((front <= point).all(axis=1).any()) or not (point < reference).all()
        if not covered:
            front = np.vstack([front[~(front >= point).all(axis=1)], point])
        volumes[row] = volumes[row - 1] if covered and row else volume(front, reference)
    return volumes


def _average(curves: pd.DataFrame, effort: str) -> pd.DataFrame:
    steps = (
        curves.sort_values(effort, kind="stable")
        .dropna(subset=["best"])
        .drop_duplicates(["run_seed", effort], keep="last")
    )
    wide = steps.pivot(index=effort, columns="run_seed", values="best").sort_index().ffill().dropna()
    table = pd.DataFrame({"mean": wide.mean(axis=1), "spread": wide.std(axis=1), "seeds": wide.shape[1]})
    return table.rename_axis(effort).reset_index()
