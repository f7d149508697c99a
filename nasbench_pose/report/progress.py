"""How far the searches of a database are: trials, failures, the best so far, and the pace while one watches."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nasbench_pose.objective import Objective
from nasbench_pose.report.database import label_of
from nasbench_pose.report.protocols import titles
from nasbench_pose.stats import finished
from nasbench_pose.store import Store
from nasbench_pose.store.live import Live, under_way

WINDOW = 300.0
"""Seconds that `pace` looks back."""


@dataclass(frozen=True)
class Progress:
    """The searches of a database at one moment."""

    strategies: pd.DataFrame
    """A row per space, protocol and strategy (with settings): `space`, `title`, `strategy`, `searches`, `done` (those
    with all their trials), `trials`, `budget`, `failed`, and `best`, the best value so far of the first objective as a
    text with its name."""
    reasons: tuple[tuple[str, int], ...]
    """The three most common reasons of failed trials, and how many trials each ended."""
    trainings: tuple[Live, ...] = ()
    """Trainings of `train --db` that are under way, or were when their processes ended."""

    @property
    def trials(self) -> int:
        """Trials of all searches."""
        return int(self.strategies["trials"].sum())

    @property
    def left(self) -> int:
        """Trials that the budgets still allow; a search may end before."""
        return int((self.strategies["budget"] - self.strategies["trials"]).clip(lower=0).sum())


def progress(store: Store) -> Progress:
    """Return how far the searches of a database are. It only reads, in two short transactions."""
    runs, steps = store.runs(), store.frame()
    known = titles(store.protocols())
    counted = steps.groupby("run").agg(trials=("step", "size"), failed=("error", "count"))
    table = runs.merge(counted, left_on="run", right_index=True, how="left").fillna({"trials": 0, "failed": 0})
    table["strategy"] = [label_of(run) for _, run in table.iterrows()]
    table["title"] = table["protocol"].map(known)
    table["done"] = table["trials"] >= table["budget"]
    rows = [
        _row(key, part, steps[steps["run"].isin(part["run"])])
        for key, part in table.groupby(["space", "title", "strategy"], sort=False)
    ]
    errors = steps.loc[steps["error"].notna(), ["error", "genotype"]].itertuples(index=False, name=None)
    reasons = Counter(error.partition("\n")[0].replace(text, "…") for error, text in errors)
    return Progress(pd.DataFrame(rows, columns=list(COLUMNS)), tuple(reasons.most_common(3)), tuple(under_way(store)))


COLUMNS = ("space", "title", "strategy", "searches", "done", "trials", "budget", "failed", "best")


def _row(key: Hashable, searches: pd.DataFrame, steps: pd.DataFrame) -> tuple[Any, ...]:
    sums = searches[["done", "trials", "budget", "failed"]].sum().astype(int)
    return (*key, len(searches), *sums, _best(Objective.parse(searches["objectives"].iloc[0][0]), steps))  # type: ignore[misc]


def _best(objective: Objective, steps: pd.DataFrame) -> str:
    """Return the best value of the finished trainings with its name; "" without one."""
    good = steps[finished(steps)] if objective.column in steps else steps.iloc[:0]
    losses = objective.losses(good) if len(good) else np.array([])
    if not np.isfinite(losses).any():
        return ""
    value = good[objective.column].to_numpy()[int(np.nanargmin(losses))]
    return f"{objective.metric.text(value)} {objective.metric.heading}"


def curve_text(loss: float | None, curve: Sequence[tuple[int, float]]) -> str:
    """Return the loss, the learning curve as bars from its lowest to its highest point, and the last accuracy.

    >>> curve_text(1.25, [(10, 2.0), (20, 9.0), (30, 16.0)])
    'loss 1.25 ▁▄█ 16.0 %'
    >>> curve_text(1.25, [])
    'loss 1.25'
    """
    words = [] if loss is None else [f"loss {loss:.3g}"]
    if curve:
        values = np.nan_to_num([value for _, value in curve])
        height = (values - values.min()) / (np.ptp(values) or 1)
        words += ["".join(BARS[round(each * (len(BARS) - 1) - 0.001)] for each in height), f"{curve[-1][1]:.1f} %"]
    return " ".join(words)


BARS = "▁▂▃▄▅▆▇█"


def pace(seen: Sequence[tuple[float, int]]) -> float | None:
    """Return trials a minute over the last `WINDOW` seconds of `seen`, pairs of seconds and trials; None if unknown.

    >>> pace([(0.0, 100), (30.0, 130)]), pace([(0.0, 100)])
    (60.0, None)
    """
    recent = [(seconds, trials) for seconds, trials in seen if seconds >= seen[-1][0] - WINDOW]
    if len(recent) < 2 or recent[-1][0] <= recent[0][0]:
        return None
    (start, before), (end, now) = recent[0], recent[-1]
    return 60.0 * (now - before) / (end - start)


def duration(seconds: float) -> str:
    """Return seconds as a person says them.

    >>> duration(42), duration(3_700), duration(200_000)
    ('42 s', '1 h 1 min', '2 d 7 h')
    """
    whole = round(seconds)
    for size, unit, smaller, name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // smaller} {name}"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
