"""The results database: facts, and the runs that visited them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, delete, insert, select

from nasbench_pose.errors import UnknownNameError, nearest
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import facts, frames, runs, schema, tables
from nasbench_pose.store.engine import connect, location, name
from nasbench_pose.store.faults import explained
from nasbench_pose.store.provenance import provenance
from nasbench_pose.store.run import Run, Step

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Store:
    """A results database: an SQLite file, or any database that has an SQLAlchemy URL.

    Several processes may use it at once; writers take turns. Every method is one transaction, so a killed process
    leaves it whole.
    Raises StoreError, in one line, for whatever keeps the database from being read or written.

    >>> genotype = Genotype("tiny", [("width", 24)])
    >>> with Store("sqlite://") as store:
    ...     kept = store.add(Trial(genotype, "p1", fidelity=500, seed=0, metrics={"val_pckh": 71.5}))
    ...     store.find(genotype, "p1", 500, 0).metrics
    {'val_pckh': 71.5}
    """

    def __init__(self, where: str | Path, *, must_exist: bool = False) -> None:
        """Open the database at a path or URL; make it if it is not there, unless it `must_exist`."""
        url = location(where)
        self.name = name(url)
        """What a person calls it; no password."""
        self._engine = connect(url, must_exist=must_exist)
        try:
            with explained(self.name):
                schema.prepare(self._engine, self.name, must_exist=must_exist)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; it opens again by itself when used."""
        self._engine.dispose()

    def find(self, genotype: Genotype, protocol: str, fidelity: int, seed: int) -> Trial | None:
        """Return the trial of a fact, failed ones too; None if it was never measured."""
        about = (genotype.key, protocol, fidelity, seed)
        row = self._read(lambda connection: facts.find(connection, about))
        return None if row is None else facts.trial(row)

    def add(self, trial: Trial, *, protocol_text: str | None = None) -> Trial:
        """Keep a fact and return it as it is kept: the first one entered stays, whatever later ones say.

        `protocol_text` is the protocol as canonical JSON; it too stays as it was first said.
        """
        return facts.trial(self._write(lambda connection: facts.enter(connection, trial, protocol_text)))

    def add_all(self, trials: Iterable[Trial]) -> None:
        """Keep many facts in one transaction, some ten times as fast as one by one."""
        kept = list(trials)
        self._write(lambda connection: facts.enter_all(connection, kept))

    def run(self, run: Run, *, budget: int) -> int:
        """Return the number of the run, entering it with its provenance if it is new.

        A larger budget than before is noted: the same run goes on. Provenance is that of the first start.
        """
        origin = provenance()
        return self._write(lambda connection: runs.enter(connection, run, budget, origin))

    def visit(self, run: int, number: int, trial: Trial, ask_seconds: float) -> Trial:
        """Keep a trial and the step that made it, both or neither; return the trial as it is kept.

        Raises StoreError if another process has taken the same step of the same run elsewhere.
        """
        return facts.trial(self._write(lambda connection: runs.visit(connection, run, number, trial, ask_seconds)))

    def steps(self, run: int) -> list[Step]:
        """Return the steps of a run in order."""
        columns = (tables.Step.number, tables.Step.ask_seconds)
        visits = facts.TRIALS.add_columns(*columns).join(tables.Step, tables.Step.evaluation_id == tables.Evaluation.id)
        visits = visits.where(tables.Step.run_id == run).order_by(tables.Step.number)
        rows = self._read(lambda connection: connection.execute(visits).all())
        return [Step(row.number, facts.trial(row), row.ask_seconds) for row in rows]

    def checkpoint(self, run: int) -> tuple[int, bytes] | None:
        """Return the last step that the run's checkpoint knows of and the state; None if there is none."""
        query = select(tables.Checkpoint.number, tables.Checkpoint.state).where(tables.Checkpoint.run_id == run)
        row = self._read(lambda connection: connection.execute(query).first())
        return None if row is None else (row.number, row.state)

    def save_checkpoint(self, run: int, number: int, state: bytes) -> None:
        """Keep the state of the run's strategy after step `number` in place of the one before."""
        rows = tables.Checkpoint

        def work(connection: Connection) -> None:
            connection.execute(delete(rows).where(rows.run_id == run))
            connection.execute(insert(rows).values(run_id=run, number=number, state=state))

        self._write(work)

    def genotype(self, key: str) -> Genotype:
        """Return the genotype of a key or of the beginning of only one; raise UnknownNameError if there is none."""
        rows = tables.Genotype
        query = select(rows.key, rows.text).where(rows.key.startswith(key.lower(), autoescape=True)).order_by(rows.key)
        found = self._read(lambda connection: connection.execute(query.limit(9)).all())
        if len(found) == 1:
            return Genotype.parse(found[0].text)
        if found:
            raise UnknownNameError(
                f"{key!r} begins several keys: {', '.join(row.key for row in found)}. Give more of it."
            )
        keys = self._read(lambda connection: connection.scalars(select(rows.key)).all())
        raise UnknownNameError(
            f"None of the {len(keys)} genotypes in {self.name} has the key {key!r}.{nearest(key, keys)}"
        )

    def protocols(self) -> dict[str, str]:
        """Return protocol key -> canonical JSON, sorted by key; an empty text where nobody has said it."""
        query = select(tables.Protocol.key, tables.Protocol.text).order_by(tables.Protocol.key)
        return {key: text or "" for key, text in self._read(lambda connection: connection.execute(query).all())}

    def frame(self) -> "pd.DataFrame":
        """Return one row per step of every run, with the fact it visited and a column per metric.

        Columns: run, strategy, run_seed, space, step, ask_seconds, key, genotype, genotype_space, protocol, fidelity,
        seed, seconds, error, then the metrics; NaN where a trial has no such metric.
        """
        return self._read(frames.steps)

    def evaluations(self) -> "pd.DataFrame":
        """Return one row per fact: key, genotype, genotype_space, protocol, fidelity, seed, seconds, error, metrics."""
        return self._read(frames.evaluations)

    def runs(self) -> "pd.DataFrame":
        """Return one row per run: what it is, its budget, and its provenance with a column per version."""
        return self._read(frames.runs)

    def curves(self) -> "pd.DataFrame":
        """Return one row per point of every learning curve: the fact, `training_step`, and `val` in percent."""
        return self._read(frames.curves)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with explained(self.name), self._engine.begin() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with explained(self.name), self._engine.execution_options(writes=True).begin() as connection:
            return work(connection)
