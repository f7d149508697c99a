"""The results database: trials, and the runs that made them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from nasbench_pose.errors import UnknownNameError, nearest
from nasbench_pose.evaluators.trial import Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.scalar import finite, whole
from nasbench_pose.store import run_rows, schema, tables, trial_rows
from nasbench_pose.store.checksums import checksum
from nasbench_pose.store.contents import Contents
from nasbench_pose.store.engine import absolute_url, connect, database_url, display_name, in_memory
from nasbench_pose.store.error_messages import explain_errors
from nasbench_pose.store.provenance import provenance
from nasbench_pose.store.retrying import retried
from nasbench_pose.store.run import Ask, Run, Step, Turn
from nasbench_pose.store.transactions import Transactions

T = TypeVar("T")


class Store(Contents):
    """A results database: an SQLite file, or a PostgreSQL server, as an SQLAlchemy URL.

    Several processes may use a file or a server at once. A database in memory (`sqlite://`) belongs to one process,
    whose threads may share it. Every method is one transaction, so a killed process leaves a consistent database.
    Raises StoreError, with a one-line message, if the database cannot be read or written.

    >>> genotype = Genotype("tiny", [("width", 24)])
    >>> with Store("sqlite://") as store:
    ...     stored = store.add(Trial(genotype, "p1", fidelity=500, seed=0, metrics={"val_pckh": 71.5}))
    ...     store.find(genotype, "p1", 500, 0).metrics
    {'val_pckh': 71.5}
    """

    def __init__(self, where: str | Path, *, must_exist: bool = False, patient: bool = False) -> None:
        """Open the database at a path or URL; create it if it does not exist, unless it `must_exist`.

        `patient`: wait for a server that does not answer, as long as for one that goes away later.
        """
        url = database_url(where)
        self.name = display_name(url)
        """Its name in messages, without a password."""
        self.url = absolute_url(where)
        """Its URL, valid in every folder, with the password if there is one."""
        self._engine = connect(url, must_exist=must_exist)
        self._transactions = Transactions(self._engine)
        self._protocols: dict[str, bool] = {}
        """Cache: key of a protocol in the database -> whether its text is there too."""
        # A database in memory has only one connection, so its threads must wait for each other.
        self._lock = RLock() if in_memory(url) else nullcontext()
        try:
            with explain_errors(self.name):
                prepare = partial(schema.prepare, self._engine, self.name, must_exist=must_exist)
                retried(prepare, self.name, self._engine.dispose) if patient else prepare()
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
        """Close all connections; the next method call opens new ones."""
        self._engine.dispose()

    def find(
        self, genotype: Genotype, protocol: str, fidelity: int, seed: int, schedule: Schedule = "whole"
    ) -> Trial | None:
        """Return the trial of all these, also a failed one; None if there is none."""
        about = (protocol, whole(fidelity, "fidelity"), whole(seed, "seed"), schedule)

        def once() -> Trial | None:
            with self._transactions.reading() as cursor:
                return trial_rows.find_trial(self._transactions, cursor, genotype, *about)

        return self._attempt(once)

    def add(self, trial: Trial, *, protocol_text: str | None = None) -> Trial:
        """Store a trial and return the stored one. The first trial of a key stays; later ones are ignored.

        `protocol_text` is the protocol as canonical JSON. Its first value stays, too.
        """

        def work(cursor: Any) -> Trial:
            self._insert_protocol(cursor, trial.protocol, protocol_text)
            return trial_rows.insert_trial(self._transactions, cursor, trial)

        stored = self._insert(work)
        self._remember(trial.protocol, protocol_text)
        return stored

    def add_all(self, trials: Iterable[Trial]) -> None:
        """Store many trials in one transaction, three times as fast as one by one."""
        given = list(trials)
        self._insert(lambda cursor: trial_rows.insert_trials(self._transactions, cursor, given))

    def run(self, run: Run, *, budget: int) -> int:
        """Return the number of the run; store it with its provenance if it is new.

        A larger budget replaces the stored one: the same run continues. The provenance is that of the first start.
        """
        most = whole(budget, "budget", least=0)
        return self.write(lambda connection: run_rows.insert_run(connection, run, most, provenance()))

    def numbers(self, known: Iterable[Run]) -> list[int | None]:
        """Return the number of each run, None for a run that is not stored. Nothing is written."""
        identities = [run.identity for run in known]
        query = select(tables.Run.identity, tables.Run.id)
        found = dict(self.read(lambda connection: connection.execute(query).all()))
        return [found.get(identity) for identity in identities]

    def visit(self, run: int, number: int, trial: Trial, ask_seconds: float, turn: Turn | None = None) -> Trial:
        """Store a trial and the step that made it, both or neither; return the stored trial.

        Raises StoreError if another process has stored another trial as this step of the run.
        """
        place = (whole(run, "run"), whole(number, "step"))
        step = Step(place[1], trial, float(finite(ask_seconds, "seconds of an ask")), turn)

        def work(cursor: Any) -> Trial:
            self._insert_protocol(cursor, trial.protocol, None)
            return run_rows.insert_step(self._transactions, cursor, place[0], step)

        stored = self._insert(work)
        self._remember(trial.protocol, None)
        return stored

    def visit_all(self, run: int, steps: Sequence[Step], asks: Sequence[Ask] = ()) -> None:
        """Store many steps, their trials and `asks` in one transaction; what is stored already stays as it is.

        Raises StoreError, and stores none, if another process has stored another trial or genotype under one of these
        numbers.
        """
        protocols = sorted({step.trial.protocol for step in steps})

        def work(cursor: Any) -> None:
            if self._transactions.concurrent:  # in the order of their keys
                trial_rows.insert_trials(self._transactions, cursor, [step.trial for step in steps])
            for protocol in protocols:
                self._insert_protocol(cursor, protocol, None)
            for ask in sorted(asks, key=lambda ask: ask.genotype.key):
                run_rows.insert_ask(self._transactions, cursor, run, ask)
            for step in steps:
                run_rows.insert_step(self._transactions, cursor, run, step)

        self._insert(work)
        for protocol in protocols:
            self._remember(protocol, None)

    def note_ask(self, run: int, ask: Ask) -> None:
        """Store an ask before it is measured; raise StoreError if another process has stored another one."""
        self._insert(lambda cursor: run_rows.insert_ask(self._transactions, cursor, whole(run, "run"), ask))

    def asks(self, run: int) -> list[Ask]:
        """Return the asks of a run in order; a search with one worker has none."""
        return self.read(lambda connection: run_rows.asks_of(connection, whole(run, "run")))

    def forget_failures(self, numbers: Sequence[int]) -> int:
        """Delete the failed trials of the runs with these numbers, so that they are measured again.

        Returns the number of deleted trials. Every run that has one of them is reset to the step before, without what
        it asked later; all other trials stay.
        """
        return self.write(lambda connection: run_rows.forget_failures(connection, [whole(n, "run") for n in numbers]))

    def steps(self, run: int) -> list[Step]:
        """Return the steps of a run in order."""
        return self.read(lambda connection: run_rows.steps_of(connection, whole(run, "run")))

    def checkpoint(self, run: int) -> tuple[int, bytes] | None:
        """Return the last step that the run's checkpoint includes, and its state; None if there is no checkpoint."""
        return self.read(lambda connection: run_rows.checkpoint_of(connection, whole(run, "run")))

    def save_checkpoint(self, run: int, number: int, state: bytes) -> None:
        """Store the state of the run's strategy after step `number`; it replaces the one before."""
        values = whole(run, "run"), whole(number, "step"), bytes(state)
        self._insert(lambda cursor: run_rows.replace_checkpoint(self._transactions, cursor, *values))

    def genotype(self, key: str) -> Genotype:
        """Return the genotype of a key or of a unique prefix; raise UnknownNameError if there is none."""
        rows = tables.Genotype
        query = select(rows.key, rows.text).where(rows.key.startswith(key.lower(), autoescape=True)).order_by(rows.key)
        found = self.read(lambda connection: connection.execute(query.limit(9)).all())
        if len(found) == 1:
            return Genotype.parse(found[0].text)
        if found:
            raise UnknownNameError(
                f"{key!r} begins several keys: {', '.join(row.key for row in found)}. Use more digits."
            )
        keys = self.read(lambda connection: connection.scalars(select(rows.key)).all())
        raise UnknownNameError(
            f"None of the {len(keys)} genotypes in {self.name} has the key {key!r}.{nearest(key, keys)}"
        )

    def protocols(self) -> dict[str, str]:
        """Return protocol key -> canonical JSON, sorted by key; an empty text where the database has none."""
        query = select(tables.Protocol.key, tables.Protocol.text).order_by(tables.Protocol.key)
        return {key: text or "" for key, text in self.read(lambda connection: connection.execute(query).all())}

    def _insert_protocol(self, cursor: Any, key: str, text: str | None) -> None:
        if key not in self._protocols:
            self._transactions.new_protocol.run(cursor, key, checksum(key, None))
        if text is not None and not self._protocols.get(key):
            self._transactions.protocol_text.run(cursor, text, checksum(key, text), key)

    def _remember(self, protocol: str, text: str | None) -> None:
        """Add a protocol to the cache, after its transaction was committed."""
        if not self._protocols.get(protocol):
            self._protocols[protocol] = text is not None

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` makes of a connection in a transaction that reads."""

        def once() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return self._attempt(once)

    def write(self, work: Callable[[Connection], T], *, among_others: bool = False) -> T:
        """Return what `work` makes of a connection in a transaction that writes; an exception rolls it back.

        Other writers to a server wait for it, unless it is `among_others`, i.e. right whatever they write meanwhile.
        """

        def once() -> T:
            with self._engine.execution_options(writes=True, among_others=among_others).begin() as connection:
                return work(connection)

        return self._attempt(once)

    def _insert(self, work: Callable[[Any], T]) -> T:
        """Return what `work` makes of a cursor in a transaction of inserts; see `Transactions.writing`."""

        def once() -> T:
            with self._transactions.writing() as cursor:
                return work(cursor)

        return self._attempt(once)

    def _attempt(self, once: Callable[[], T]) -> T:
        with explain_errors(self.name), self._lock:
            return retried(once, self.name, self._engine.dispose)
