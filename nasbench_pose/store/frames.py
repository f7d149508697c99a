"""The way out of the database: DataFrames."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, select

from nasbench_pose.store import tables
from nasbench_pose.store.columns import FACT, STEP
from nasbench_pose.store.facts import failure, number
from nasbench_pose.strategies.labels import label

if TYPE_CHECKING:  # pandas takes longer to import than a store to open, and a search needs no frame
    import pandas as pd

DTYPES = {str: "str", int: "int64", float: "float64"}


def steps(connection: Connection) -> "pd.DataFrame":
    """Return one row per step, in the order of runs and steps; what a run visits again costs it nothing more."""
    rows: Select[Any] = select(*STEP, *FACT, tables.Evaluation.metrics).join_from(tables.Run, tables.Step)
    rows = rows.join(tables.Evaluation).join(tables.Genotype)
    frame = _frame(connection, rows.order_by(tables.Run.id, tables.Step.number), "metrics")
    again = frame.duplicated(["run", "key", "protocol", "fidelity", "seed"])
    frame["seconds"] = frame["seconds"].mask(again, 0.0)
    known = connection.execute(select(tables.Run.id, tables.Run.strategy, tables.Run.settings))
    labels = {run: label(strategy, settings) for run, strategy, settings in known}
    frame.insert(2, "label", frame["run"].map(labels).astype(frame["strategy"].dtype))
    return frame


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

    rows: Select[Any] = select(*FACT[:6], tables.Evaluation.curve).join_from(tables.Genotype, tables.Evaluation)
    dtypes = _dtypes(rows) | {"training_step": "int64", "val": "float64"}
    found = connection.execute(rows.order_by(tables.Evaluation.id))
    points = [(*fact, step, number(value)) for *fact, curve in found for step, value in curve]
    return pd.DataFrame(points, columns=list(dtypes)).astype(dtypes)


def _frame(connection: Connection, statement: Select[Any], spread: str) -> "pd.DataFrame":
    """Return the rows as a frame; each entry of the JSON column `spread` becomes a column of its own, at the end."""
    import pandas as pd

    rows, dtypes = connection.execute(statement).all(), _dtypes(statement)
    frame = pd.DataFrame([row[:-1] for row in rows], columns=list(dtypes))
    entries = [row[-1] for row in rows]
    if spread == "metrics":
        place = list(dtypes).index("error")
        frame["error"] = [failure(row[place], row[-1]) for row in rows]
        entries = [{name: number(value) for name, value in found.items()} for found in entries]
    return pd.concat([frame.astype(dtypes), pd.DataFrame(entries, index=frame.index)], axis=1)


def _dtypes(statement: Select[Any]) -> dict[str, str]:
    """Return column -> dtype of all but the last column; an empty frame has the dtypes of a full one."""
    *columns, _ = statement.selected_columns
    return {str(column.key): DTYPES.get(column.type.python_type, "object") for column in columns}
