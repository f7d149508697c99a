"""Runs and steps as rows."""

from sqlalchemy import Connection, bindparam, insert, select, update

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.store import facts, tables
from nasbench_pose.store.provenance import Provenance
from nasbench_pose.store.run import Run

_STEP = tables.Step
_TAKEN = select(_STEP.evaluation_id).where(_STEP.run_id == bindparam("run"), _STEP.number == bindparam("step"))
_NEW_STEP = insert(_STEP)


def enter(connection: Connection, run: Run, budget: int, origin: Provenance) -> int:
    """Return the number of the run, entering it with where it comes from if it is new; keep the largest budget."""
    rows = tables.Run
    query = select(rows.id, rows.budget).where(rows.identity == run.identity)
    known = connection.execute(query).first()
    if known is None:
        _check_space(connection, run)
        _start(connection, run, budget, origin)
        known = connection.execute(query).one()
    facts.enter_text(connection, run.protocol, run.protocol_text)
    if known.budget < budget:
        connection.execute(update(rows).where(rows.id == known.id).values(budget=budget))
    return int(known.id)


def _check_space(connection: Connection, run: Run) -> None:
    """Refuse a space that was another when the database's trials were made: genotypes of both have the same names."""
    rows = tables.Run
    query = select(rows.space_digest).where(rows.space == run.space, rows.space_digest != run.space_digest)
    if (other := connection.execute(query).scalar()) is not None:
        raise StoreError(
            f"The search space {run.space!r} has changed since this database's runs (its file was {other}, now "
            f"{run.space_digest}), and its genotypes may mean other networks. Use another database, or another name."
        )


def visit(connection: Connection, run: int, number: int, trial: Trial, ask_seconds: float) -> facts.TrialRow:
    """Enter a step and the fact it visited; return the fact's row."""
    kept = facts.enter(connection, trial)
    other = connection.execute(_TAKEN, {"run": run, "step": number}).scalar()
    if other is None:
        values = {"run_id": run, "number": number, "evaluation_id": kept.id, "ask_seconds": ask_seconds}
        connection.execute(_NEW_STEP, values)
    elif other != kept.id:
        raise StoreError(f"Step {number} of run {run} went elsewhere in another process; let one of them finish.")
    return kept


def _start(connection: Connection, run: Run, budget: int, origin: Provenance) -> None:
    facts.enter_protocols(connection, {run.protocol})
    values = {
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
    connection.execute(insert(tables.Run).values(values))
