"""The way out of the database: DataFrames."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, select

from nasbench_pose.store import tables
from nasbench_pose.store.facts import number

if TYPE_CHECKING:  # pandas takes longer to import than a store to open, and a search needs no frame
    import pandas as pd

FACT: tuple[Any, ...] = (
    tables.Genotype.key,
    tables.Genotype.text.label("genotype"),
    tables.Genotype.space.label("genotype_space"),
    tables.Evaluation.protocol_key.label("protocol"),
    tables.Evaluation.fidelity,
    tables.Evaluation.seed,
    tables.Evaluation.seconds,
    tables.Evaluation.error,
)
STEP: tuple[Any, ...] = (
    tables.Run.id.label("run"),
    tables.Run.strategy,
    tables.Run.seed.label("run_seed"),
    tables.Run.space,
    tables.Step.number.label("step"),
    tables.Step.ask_seconds,
)


def steps(connection: Connection) -> "pd.DataFrame":
    """Return one row per step, in the order of runs and steps."""
    rows: Select[Any] = select(*STEP, *FACT, tables.Evaluation.metrics).join_from(tables.Run, tables.Step)
    rows = rows.join(tables.Evaluation).join(tables.Genotype)
    return _frame(connection, rows.order_by(tables.Run.id, tables.Step.number), "metrics")


def evaluations(connection: Connection) -> "pd.DataFrame":
    """Return one row per fact, in the order in which they were entered."""
    rows: Select[Any] = select(*FACT, tables.Evaluation.metrics).join_from(tables.Genotype, tables.Evaluation)
    return _frame(connection, rows.order_by(tables.Evaluation.id), "metrics")


def runs(connection: Connection) -> "pd.DataFrame":
    """Return one row per run: what it is, and where it comes from."""
    columns = [column for column in tables.Run.__table__.columns if column.name not in ("identity", "versions")]
    rows: Select[Any] = select(*columns, tables.Protocol.text.label("protocol_text"), tables.Run.versions)
    frame = _frame(connection, rows.join(tables.Protocol).order_by(tables.Run.id), "versions")
    return frame.rename(columns={"id": "run", "protocol_key": "protocol"})


def curves(connection: Connection) -> "pd.DataFrame":
    """Return one row per point of a learning curve: the fact, `training_step` and `val`."""
    import pandas as pd

    columns = [column.name for column in FACT[:6]] + ["training_step", "val"]
    rows = connection.execute(
        select(*FACT[:6], tables.Evaluation.curve).join(tables.Evaluation).order_by(tables.Evaluation.id)
    )
    points = [(*fact, step, number(value)) for *fact, curve in rows for step, value in curve]
    return pd.DataFrame(points, columns=columns)


def _frame(connection: Connection, statement: Select[Any], spread: str) -> "pd.DataFrame":
    """Return the rows as a frame; each entry of the JSON column `spread` becomes a column of its own, at the end."""
    import pandas as pd

    result = connection.execute(statement)
    *columns, _ = result.keys()
    rows = result.all()
    frame = pd.DataFrame([row[:-1] for row in rows], columns=columns)
    entries = [
        {name: number(value) if spread == "metrics" else value for name, value in row[-1].items()} for row in rows
    ]
    return pd.concat([frame, pd.DataFrame(entries, index=frame.index)], axis=1)
