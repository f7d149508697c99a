"""What a database contains, as DataFrames."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, func, select

from nasbench_pose.scalar import whole
from nasbench_pose.store import frames, tables

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Contents:
    """The part of a store that reads whole tables."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` makes of a connection in a transaction that reads."""
        raise NotImplementedError

    def frame(self, numbers: Sequence[int] | None = None) -> "pd.DataFrame":
        """Return one row per step of every run, or of the runs with these numbers, with its trial and a column per
        metric.

        Columns: run, strategy, label (the strategy with its settings), run_seed, space, full_fidelity, step,
        ask_seconds, ask_number, start_seconds, end_seconds, key, genotype, genotype_space, protocol, fidelity,
        schedule, seed, seconds, error, then the metrics; NaN where a trial has no such metric. `seconds` are 0 where a
        run repeats a trial, so that each counts once. `start_seconds` and `end_seconds` are on the clock of the run:
        with one worker, training follows training; with several, see `search.crew`.
        """
        chosen = None if numbers is None else [whole(number, "run") for number in numbers]
        return self.read(partial(frames.steps, numbers=chosen))

    def size(self) -> int:
        """Return the number of steps of all runs: whether it has changed is known without reading them."""
        query = select(func.count()).select_from(tables.Step)
        return self.read(lambda connection: connection.scalars(query).one())

    def evaluations(self, keys: Sequence[str] | None = None) -> "pd.DataFrame":
        """Return a row per trial: key, genotype, genotype_space, protocol, fidelity, seed, seconds, error, metrics.

        `keys`: only those of the genotypes with these keys.
        """
        return self.read(partial(frames.evaluations, keys=keys))

    def points(self, metrics: Sequence[str], space: str | None = None) -> "pd.DataFrame":
        """Return a row per trial with little in it: key, protocol, fidelity, seed, failed, and these metrics.

        `space`: only trials of genotypes of this space.
        """
        return self.read(partial(frames.points, metrics=metrics, space=space))

    def runs(self) -> "pd.DataFrame":
        """Return one row per run: its definition, its budget, and its provenance with a column per version."""
        return self.read(frames.runs)

    def curves(self) -> "pd.DataFrame":
        """Return one row per point of every learning curve: the key of the trial, `training_step`, `val` in percent."""
        return self.read(frames.curves)
