"""The contents of the database as DataFrames."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, select

from nasbench_pose.store import tables
from nasbench_pose.store.columns import EVALUATION_COLUMNS, STEP_COLUMNS
from nasbench_pose.store.trial_rows import failure_reason, from_json
from nasbench_pose.strategies.labels import label

if TYPE_CHECKING:  # pandas takes longer to import than a store to open, and a search needs no frame
    import pandas as pd

DTYPES = {str: "str", int: "int64", float: "float64"}


def steps(connection: Connection) -> "pd.DataFrame":
    """Return one row per step, in the order of runs and steps; a run pays the seconds of a training once.

    A repeated trial takes 0 seconds; a later point of a training takes those since the latest point that was paid.
    """
    rows: Select[Any] = select(*STEP_COLUMNS, *EVALUATION_COLUMNS, tables.Evaluation.metrics).join_from(
        tables.Run, tables.Step
    )
    rows = rows.join(tables.Evaluation).join(tables.Genotype)
    frame = _frame(connection, rows.order_by(tables.Run.id, tables.Step.number), "metrics")
    frame["seconds"] = _charged(frame)
    ends = frame["seconds"].groupby(frame["run"]).cumsum()  # of one worker, which trains without a break
    frame["start_seconds"] = frame["start_seconds"].fillna(ends - frame["seconds"])
    frame["end_seconds"] = frame["end_seconds"].fillna(ends)
    known = connection.execute(select(tables.Run.id, tables.Run.strategy, tables.Run.settings))
    labels = {run: label(strategy, settings) for run, strategy, settings in known}
    frame.insert(2, "label", frame["run"].map(labels).astype(frame["strategy"].dtype))
    return frame


def _charged(frame: "pd.DataFrame") -> "pd.Series[float]":
    """Return the seconds of each step that its run had not paid before.

    All points of a whole schedule belong to one training; a schedule of its own is a training for itself.
    """
    own = frame["fidelity"].where(frame["schedule"] == "own", -1)
    training = [frame["run"], frame["key"], frame["protocol"], frame["seed"], own]
    paid = frame["seconds"].groupby(training).cummax().groupby(training).shift(fill_value=0.0)
    return (frame["seconds"] - paid).clip(lower=0.0)


def evaluations(connection: Connection) -> "pd.DataFrame":
    """Return one row per trial, in the order of insertion."""
    rows: Select[Any] = select(*EVALUATION_COLUMNS, tables.Evaluation.metrics).join_from(
        tables.Genotype, tables.Evaluation
    )
    return _frame(connection, rows.order_by(tables.Evaluation.id), "metrics")


def runs(connection: Connection) -> "pd.DataFrame":
    """Return one row per run: its definition and its provenance."""
    columns = [column for column in tables.Run.__table__.columns if column.name not in ("identity", "versions")]
    rows: Select[Any] = select(*columns, tables.Protocol.text.label("protocol_text"), tables.Run.versions)
    frame = _frame(connection, rows.join(tables.Protocol).order_by(tables.Run.id), "versions")
    return frame.rename(columns={"id": "run", "protocol_key": "protocol"})


def curves(connection: Connection) -> "pd.DataFrame":
    """Return one row per point of a learning curve: the key of the trial, `training_step` and `val`."""
    import pandas as pd

    rows: Select[Any] = select(*EVALUATION_COLUMNS[:7], tables.Evaluation.curve).join_from(
        tables.Genotype, tables.Evaluation
    )
    dtypes = _dtypes(rows) | {"training_step": "int64", "val": "float64"}
    found = connection.execute(rows.order_by(tables.Evaluation.id))
    points = [(*key, step, from_json(value)) for *key, curve in found for step, value in curve]
    return pd.DataFrame(points, columns=list(dtypes)).astype(dtypes)


def _frame(connection: Connection, statement: Select[Any], spread: str) -> "pd.DataFrame":
    """Return the rows as a frame; each entry of the JSON column `spread`, the last one, becomes a column."""
    import pandas as pd

    rows, dtypes = connection.execute(statement).all(), _dtypes(statement)
    frame = pd.DataFrame([row[:-1] for row in rows], columns=list(dtypes))
    entries = [row[-1] for row in rows]
    if spread == "metrics":
        place = list(dtypes).index("error")
        frame["error"] = [failure_reason(row[place], row[-1]) for row in rows]
        entries = [{name: from_json(value) for name, value in found.items()} for found in entries]
    return pd.concat([frame.astype(dtypes), pd.DataFrame(entries, index=frame.index)], axis=1)


def _dtypes(statement: Select[Any]) -> dict[str, str]:
    """Return column -> dtype of all but the last column, so that an empty frame has the dtypes of a full one."""
    *columns, _ = statement.selected_columns
    return {str(column.key): DTYPES.get(column.type.python_type, "object") for column in columns}
