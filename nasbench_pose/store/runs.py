"""Runs and steps as rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.store import facts, tables
from nasbench_pose.store.driver import Driver
from nasbench_pose.store.provenance import Provenance
from nasbench_pose.store.run import Run


def find(connection: Connection, run: Run) -> tuple[int, int] | None:
    """Return (number, budget) of a run; None if it was never started."""
    rows = tables.Run
    known = connection.execute(select(rows.id, rows.budget).where(rows.identity == run.identity)).first()
    return None if known is None else (known.id, known.budget)


def enter(connection: Connection, run: Run, budget: int, origin: Provenance) -> int:
    """Return the number of the run, entering it with where it comes from if it is new; the largest budget stays."""
    known = find(connection, run)
    if known is None:
        _check_space(connection, run)
        facts.enter_protocol(connection, run.protocol, run.protocol_text)
        connection.execute(insert(tables.Run).values(_values(run, budget, origin)))
        known = find(connection, run)
        assert known is not None, "the row that was just inserted"
    else:
        facts.enter_protocol(connection, run.protocol, run.protocol_text)
    number, largest = known
    if largest < budget:
        connection.execute(update(tables.Run).where(tables.Run.id == number).values(budget=budget))
    return number


def _check_space(connection: Connection, run: Run) -> None:
    """Refuse a space that was another when the database's trials were made: genotypes of both have the same names."""
    rows = tables.Run
    query = select(rows.space_digest).where(rows.space == run.space, rows.space_digest != run.space_digest)
    if (other := connection.execute(query).scalar()) is not None:
        raise StoreError(
            f"The search space {run.space!r} has changed since this database's runs (its file was {other}, now "
            f"{run.space_digest}), and its genotypes may mean other networks. Use another database, or another name."
        )


def visit(driver: Driver, cursor: Any, run: int, number: int, trial: Trial, ask_seconds: float) -> Trial:
    """Enter a step and the fact it visited; return the trial that the database holds."""
    kept = facts.enter(driver, cursor, trial)
    about = facts.fact(kept)
    if driver.new_step.run(cursor, run, number, ask_seconds, *about).rowcount:
        return kept
    if driver.step.run(cursor, run, number, *about).fetchone() is None:
        raise StoreError(f"Step {number} of run {run} went elsewhere in another process; let one of them finish.")
    return kept


def forget_failures(connection: Connection, numbers: Sequence[int]) -> int:
    """Delete the failed trials that these runs visited; every run that visited one goes back to before it.

    Returns how many were deleted. All other trials stay, so what a run proposes again is looked up.
    """
    step, fact = tables.Step, tables.Evaluation
    visited = select(fact.id, fact.error, fact.metrics).join(step, fact.id == step.evaluation_id)
    rows = connection.execute(visited.where(step.run_id.in_(numbers))).all()
    failed = list(dict.fromkeys(row.id for row in rows if facts.failure(row.error, row.metrics) is not None))
    for evaluation in failed:
        first = select(step.run_id, func.min(step.number).label("number")).where(step.evaluation_id == evaluation)
        for run, number in connection.execute(first.group_by(step.run_id)).all():
            connection.execute(delete(step).where(step.run_id == run, step.number >= number))
            saved = tables.Checkpoint
            connection.execute(delete(saved).where(saved.run_id == run, saved.number >= number))
        connection.execute(delete(fact).where(fact.id == evaluation))
    return len(failed)


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
