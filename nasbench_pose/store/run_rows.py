"""Runs and steps as rows of the tables `run`, `step` and `checkpoint`."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, delete, func, insert, select, update

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.store import tables, trial_rows
from nasbench_pose.store.checksums import check_row, checksum, contents, row_checksum
from nasbench_pose.store.provenance import Provenance
from nasbench_pose.store.run import Ask, Run, Step, Turn
from nasbench_pose.store.transactions import Transactions


def find_run(connection: Connection, run: Run) -> tuple[int, int] | None:
    """Return (number, budget) of a run; None if the database has no such run."""
    rows = tables.Run
    known = connection.execute(select(rows.id, rows.budget).where(rows.identity == run.identity)).first()
    return None if known is None else (known.id, known.budget)


def insert_run(connection: Connection, run: Run, budget: int, origin: Provenance) -> int:
    """Insert a run with its provenance if it is new; return its number. A larger budget replaces the stored one."""
    known = find_run(connection, run)
    if known is None:
        _check_space(connection, run)
        trial_rows.insert_protocol(connection, run.protocol, run.protocol_text)
        values = _values(run, budget, origin)
        connection.execute(insert(tables.Run).values(**values, checksum=row_checksum("run", values)))
        known = find_run(connection, run)
        assert known is not None, "the row that was just inserted"
    else:
        trial_rows.insert_protocol(connection, run.protocol, run.protocol_text)
    number, largest = known
    if largest < budget:
        change_run(connection, number, {"budget": budget})
    return number


def change_run(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Give a run other values, and the checksum of its row; raise DamagedRowError if it is not as it was stored."""
    row = connection.execute(contents("run").where(tables.Run.id == number)).mappings().one()
    before = {name: value for name, value in row.items() if name != "checksum"}
    check_row(row["checksum"], f"run {number}", *before.values())
    changed = {**values, "checksum": row_checksum("run", {**before, **values})}
    connection.execute(update(tables.Run).where(tables.Run.id == number).values(changed))


def _check_space(connection: Connection, run: Run) -> None:
    """Raise StoreError if the database has runs of another space with the same name.

    The texts of their genotypes may be the same while they mean other networks.
    """
    rows = tables.Run
    query = select(rows.space_digest).where(rows.space == run.space, rows.space_digest != run.space_digest)
    if (other := connection.execute(query).scalar()) is not None:
        raise StoreError(
            f"The search space {run.space!r} has changed since this database's runs (its file was {other}, now "
            f"{run.space_digest}), and its genotypes may mean other networks. Use another database, or another name."
        )


def insert_step(transactions: Transactions, cursor: Any, run: int, step: Step) -> Trial:
    """Insert a step and its trial; return the trial in the database.

    Raises StoreError if the step exists with another trial: two processes run the same search.
    """
    stored = trial_rows.insert_trial(transactions, cursor, step.trial)
    key = trial_rows.trial_key(stored)
    turn = (None, None, None) if step.turn is None else (step.turn.ask, step.turn.start + 0.0, step.turn.end + 0.0)
    values = (run, step.number, step.ask_seconds + 0.0, *turn)  # SQLite makes 0.0 of -0.0
    if transactions.new_step.run(cursor, *values, checksum(*values, *key), *key).rowcount:
        return stored
    if transactions.step.run(cursor, run, step.number, *key).fetchone() is None:
        raise StoreError(
            f"Step {step.number} of run {run} has another trial, made by another process; let one of them finish."
        )
    return stored


def steps_of(connection: Connection, run: int) -> list[Step]:
    """Return the steps of a run in order; raise DamagedRowError if one, or its trial, is not as it was stored."""
    row = tables.Step
    columns = (row.number, row.ask_seconds, row.ask_number, row.start_seconds, row.end_seconds)
    query = trial_rows.TRIALS.add_columns(*columns, row.checksum.label("step_checksum"))
    query = query.join(row, row.evaluation_id == tables.Evaluation.id)
    genotypes: dict[str, Genotype] = {}
    steps = []
    for found in connection.execute(query.where(row.run_id == run).order_by(row.number)):
        trial = trial_rows.trial_of_row(found, genotypes)
        number, turn = found.number, (found.ask_number, found.start_seconds, found.end_seconds)
        values = (run, number, found.ask_seconds, *turn, *trial_rows.trial_key(trial))
        check_row(found.step_checksum, f"step {number} of run {run}", *values)
        steps.append(Step(number, trial, found.ask_seconds, None if turn[0] is None else Turn(*turn)))
    return steps


def checkpoint_of(connection: Connection, run: int) -> tuple[int, bytes] | None:
    """Return the last step that a run's checkpoint includes, and its state; None if there is no checkpoint."""
    row = tables.Checkpoint
    found = connection.execute(select(row.number, row.state, row.checksum).where(row.run_id == run)).first()
    if found is None:
        return None
    number, state, stored = found
    check_row(stored, f"the checkpoint of run {run}", run, number, zlib.crc32(state))
    return number, state


def replace_checkpoint(transactions: Transactions, cursor: Any, run: int, number: int, state: bytes) -> None:
    """Store the state of a run's strategy after a step, in place of the one before."""
    transactions.checkpoint.run(cursor, run, number, state, checksum(run, number, zlib.crc32(state)))


def insert_ask(transactions: Transactions, cursor: Any, run: int, ask: Ask) -> None:
    """Insert an ask; raise StoreError if another one has its number: two processes run the same search."""
    genotype = ask.genotype
    transactions.new_genotype.run(cursor, genotype.key, genotype.space, genotype.text)
    values = (run, ask.number, ask.told, genotype.key, ask.fidelity, ask.schedule)
    row = (*values, ask.seconds + 0.0)
    if transactions.new_ask.run(cursor, *row, checksum(*row)).rowcount:
        return
    if transactions.ask.run(cursor, *values).fetchone() is None:
        raise StoreError(
            f"Ask {ask.number} of run {run} is another one, made by another process; let one of them finish."
        )


def asks_of(connection: Connection, run: int) -> list[Ask]:
    """Return the asks of a run in order; raise DamagedRowError if one is not as it was stored."""
    row = tables.Ask
    columns = (row.number, row.told, tables.Genotype.text, row.fidelity, row.schedule, row.seconds, row.checksum)
    query = select(*columns).join(tables.Genotype).where(row.run_id == run).order_by(row.number)
    asks = []
    for number, told, text, fidelity, schedule, seconds, stored in connection.execute(query):
        genotype, what = Genotype.parse(text), f"ask {number} of run {run}"
        check_row(stored, what, run, number, told, genotype.key, fidelity, schedule, seconds)
        asks.append(Ask(number, told, genotype, fidelity, cast(Schedule, schedule), seconds))
    return asks


def forget_failures(connection: Connection, numbers: Sequence[int]) -> int:
    """Delete the failed trials of these runs, and the steps from there on of every run that has one of them.

    Returns the number of deleted trials. All other trials stay, so the repeated steps are looked up.
    """
    step, trial = tables.Step, tables.Evaluation
    visited = select(trial.id, trial.error, trial.metrics).join(step, trial.id == step.evaluation_id)
    rows = connection.execute(visited.where(step.run_id.in_(numbers))).all()
    failed = list(
        dict.fromkeys(row.id for row in rows if trial_rows.failure_reason(row.error, row.metrics) is not None)
    )
    for evaluation in failed:
        first = select(step.run_id, func.min(step.number).label("number")).where(step.evaluation_id == evaluation)
        for run, number in connection.execute(first.group_by(step.run_id)).all():
            connection.execute(delete(step).where(step.run_id == run, step.number >= number))
            saved = tables.Checkpoint
            connection.execute(delete(saved).where(saved.run_id == run, saved.number >= number))
            ask = tables.Ask
            connection.execute(delete(ask).where(ask.run_id == run, ask.told >= number))
        connection.execute(delete(trial).where(trial.id == evaluation))
    return len(failed)


def run_of_row(row: Mapping[str, Any]) -> Run:
    """Return the run of a row of the table `run`; its identity is that of the row unless one of them was changed."""
    return Run(
        strategy=row["strategy"],
        space=row["space"],
        space_digest=row["space_digest"],
        seed=row["seed"],
        protocol=row["protocol_key"],
        fidelity=row["fidelity"],
        settings=row["settings"],
        objectives=tuple(Objective.parse(text) for text in row["objectives"]),
    )


def _values(run: Run, budget: int, origin: Provenance) -> dict[str, Any]:
    return {
        "identity": run.identity,
        "strategy": run.strategy,
        "settings": dict(run.settings),
        "space": run.space,
        "space_digest": run.space_digest,
        "seed": run.seed,
        "protocol_key": run.protocol,
        "fidelity": run.fidelity,
        "objectives": [objective.text for objective in run.objectives],
        "budget": budget,
        **{field: getattr(origin, field) for field in origin.__slots__},
    }
