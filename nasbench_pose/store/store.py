"""The results database: facts, and the runs that visited them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, delete, insert, select

from nasbench_pose.errors import UnknownNameError, nearest
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.scalar import finite, whole
from nasbench_pose.store import facts, frames, runs, schema, tables
from nasbench_pose.store.driver import Driver
from nasbench_pose.store.engine import connect, in_memory, location, name
from nasbench_pose.store.faults import explained
from nasbench_pose.store.provenance import provenance
from nasbench_pose.store.run import Run, Step

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Store:
    """A results database: an SQLite file, or any database that has an SQLAlchemy URL.

    Several processes may use a file or a server at once; writers take turns. A database in memory (`sqlite://`) is its
    process's own; threads may share it. Every method is one transaction, so a killed process leaves it whole.
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
        self._driver = Driver(self._engine)
        self._protocols: dict[str, bool] = {}
        """Protocols that the database is known to hold -> whether it holds their texts."""
        # Threads that share a database in memory share its only connection.
        self._turn = RLock() if in_memory(url) else nullcontext()
        try:
            with explained(self.name):
                schema.prepare(self._engine, self.name, must_exist=must_exist)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"Store({self.name!r})"

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; it opens again by itself when used."""
        self._engine.dispose()

    def find(self, genotype: Genotype, protocol: str, fidelity: int, seed: int) -> Trial | None:
        """Return the trial of a fact, failed ones too; None if it was never measured."""
        about = (protocol, whole(fidelity, "fidelity"), whole(seed, "seed"))
        with explained(self.name), self._turn, self._driver.reading() as cursor:
            return facts.find(self._driver, cursor, genotype, *about)

    def add(self, trial: Trial, *, protocol_text: str | None = None) -> Trial:
        """Keep a fact and return it as it is kept: the first one entered stays, whatever later ones say.

        `protocol_text` is the protocol as canonical JSON; it too stays as it was first said.
        """
        with explained(self.name), self._turn, self._driver.writing() as cursor:
            self._enter_protocol(cursor, trial.protocol, protocol_text)
            kept = facts.enter(self._driver, cursor, trial)
        self._remember(trial.protocol, protocol_text)
        return kept

    def add_all(self, trials: Iterable[Trial]) -> None:
        """Keep many facts in one transaction, three times as fast as one by one."""
        given = list(trials)
        with explained(self.name), self._turn, self._driver.writing(alone=True) as cursor:
            facts.enter_all(self._driver, cursor, given)

    def run(self, run: Run, *, budget: int) -> int:
        """Return the number of the run, entering it with its provenance if it is new.

        A larger budget than before is noted: the same run goes on. Provenance is that of the first start.
        """
        most = whole(budget, "budget", least=0)
        return self._write(lambda connection: runs.enter(connection, run, most, provenance()))

    def numbers(self, known: Iterable[Run]) -> list[int | None]:
        """Return the number of each run, None of one that was never entered. Nothing is written."""
        identities = [run.identity for run in known]
        query = select(tables.Run.identity, tables.Run.id)
        found = dict(self._read(lambda connection: connection.execute(query).all()))
        return [found.get(identity) for identity in identities]

    def visit(self, run: int, number: int, trial: Trial, ask_seconds: float) -> Trial:
        """Keep a trial and the step that made it, both or neither; return the trial as it is kept.

        Raises StoreError if another process has taken the same step of the same run elsewhere.
        """
        place = (whole(run, "run"), whole(number, "step"))
        took = float(finite(ask_seconds, "seconds of an ask"))
        with explained(self.name), self._turn, self._driver.writing() as cursor:
            self._enter_protocol(cursor, trial.protocol, None)
            kept = runs.visit(self._driver, cursor, *place, trial, took)
        self._remember(trial.protocol, None)
        return kept

    def forget_failures(self, numbers: Sequence[int]) -> int:
        """Delete the failed trials that the runs of these numbers visited, so that they are measured again.

        Returns how many. Every run that visited one goes back to the step before it; all other trials stay.
        """
        return self._write(lambda connection: runs.forget_failures(connection, [whole(n, "run") for n in numbers]))

    def steps(self, run: int) -> list[Step]:
        """Return the steps of a run in order."""
        columns = (tables.Step.number, tables.Step.ask_seconds)
        visits = facts.TRIALS.add_columns(*columns).join(tables.Step, tables.Step.evaluation_id == tables.Evaluation.id)
        visits = visits.where(tables.Step.run_id == whole(run, "run")).order_by(tables.Step.number)
        rows = self._read(lambda connection: connection.execute(visits).all())
        genotypes: dict[str, Genotype] = {}
        return [Step(row.number, facts.trial(row, genotypes), row.ask_seconds) for row in rows]

    def checkpoint(self, run: int) -> tuple[int, bytes] | None:
        """Return the last step that the run's checkpoint knows of and the state; None if there is none."""
        rows = tables.Checkpoint
        query = select(rows.number, rows.state).where(rows.run_id == whole(run, "run"))
        row = self._read(lambda connection: connection.execute(query).first())
        return None if row is None else (row.number, row.state)

    def save_checkpoint(self, run: int, number: int, state: bytes) -> None:
        """Keep the state of the run's strategy after step `number` in place of the one before."""
        rows = tables.Checkpoint
        values = {"run_id": whole(run, "run"), "number": whole(number, "step"), "state": bytes(state)}

        def work(connection: Connection) -> None:
            connection.execute(delete(rows).where(rows.run_id == values["run_id"]))
            connection.execute(insert(rows).values(values))

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

        Columns: run, strategy, label (the strategy with its settings), run_seed, space, full_fidelity, step,
        ask_seconds, key, genotype, genotype_space, protocol, fidelity, seed, seconds, error, then the metrics; NaN
        where a trial has no such metric. A run is charged the seconds of a fact once:
        they are 0 where it visits the same fact again.
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

    def _enter_protocol(self, cursor: Any, key: str, text: str | None) -> None:
        if key not in self._protocols:
            self._driver.new_protocol.run(cursor, key)
        if text is not None and not self._protocols.get(key):
            self._driver.protocol_text.run(cursor, text, key)

    def _remember(self, protocol: str, text: str | None) -> None:
        """Note what a transaction that has ended well entered."""
        if not self._protocols.get(protocol):
            self._protocols[protocol] = text is not None

    def _read(self, work: Callable[[Connection], T]) -> T:
        with explained(self.name), self._turn, self._engine.begin() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with explained(self.name), self._turn, self._engine.execution_options(writes=True).begin() as connection:
            return work(connection)
