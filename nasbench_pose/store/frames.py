"""The contents of the database as DataFrames."""

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, Select, Text, cast, or_, select

from nasbench_pose.hashing import short_sha256
from nasbench_pose.store import tables
from nasbench_pose.store.checksums import CHECKED, DamagedRowError, checksum
from nasbench_pose.store.columns import EVALUATION_COLUMNS, GENOTYPE_COLUMNS, RUN_COLUMNS, STEP_COLUMNS
from nasbench_pose.store.trial_rows import failure_reason, from_json
from nasbench_pose.strategies.labels import label

if TYPE_CHECKING:  # pandas takes longer to import than a store to open, and a search needs no frame
    import pandas as pd

DTYPES = {str: "str", int: "int64", float: "float64"}
AT_ONCE = 10_000
"""Rows that become arrays together: as Python's objects they take five times the memory."""
KEY = tables.Evaluation.genotype_key.label("key")
METRICS = cast(tables.Evaluation.metrics, Text).label("metrics")
"""The JSON of metrics, each of which becomes a column."""
CURVE = cast(tables.Evaluation.curve, Text).label("curve")
ASKED = tables.Step.ask_number.label("asked")
TRIAL_CHECKSUM, STEP_CHECKSUM = (
    table.checksum.label(f"checksum of {table.__tablename__}") for table in (tables.Evaluation, tables.Step)
)
OF_TRIAL = (KEY, *EVALUATION_COLUMNS, METRICS, CURVE, TRIAL_CHECKSUM)
OF_STEP = (tables.Step.run_id.label("run"), *STEP_COLUMNS, ASKED, STEP_CHECKSUM)
CALLED = {"genotype_key": "key", "protocol_key": "protocol", "run_id": "run", "number": "step", "ask_number": "asked"}
"""Column of a table -> its name in the queries above, where that is another one."""


def steps(connection: Connection, numbers: Sequence[int] | None = None) -> "pd.DataFrame":
    """Return one row per step, in the order of runs and steps; a run pays the seconds of a training once.

    A repeated trial takes 0 seconds; a later point of a training takes those since the latest point that was paid.
    `numbers` are those of the runs; None: all.
    """
    step, genotypes = tables.Step, select(*GENOTYPE_COLUMNS)
    rows: Select[Any] = select(*OF_STEP, *OF_TRIAL).join_from(step, tables.Evaluation)
    if numbers is not None:
        rows = rows.where(step.run_id.in_(numbers))
        keys = select(tables.Evaluation.genotype_key).join(step).where(step.run_id.in_(numbers))
        genotypes = genotypes.where(tables.Genotype.key.in_(keys))
    frame = _frame(connection, rows.order_by(step.run_id, step.number))
    runs = _frame(connection, select(*RUN_COLUMNS))
    known = connection.execute(select(tables.Run.id, tables.Run.strategy, tables.Run.settings))
    labels = {run: label(strategy, settings) for run, strategy, settings in known}
    runs.insert(2, "label", runs["run"].map(labels).astype(runs["strategy"].dtype))
    frame = _joined(_joined(frame, "run", runs), "key", _frame(connection, genotypes))
    frame["seconds"] = _charged(frame)
    ends = frame["seconds"].groupby(frame["run"]).cumsum()  # of one worker, which trains without a break
    frame["start_seconds"] = frame["start_seconds"].fillna(ends - frame["seconds"])
    frame["end_seconds"] = frame["end_seconds"].fillna(ends)
    return frame


def _charged(frame: "pd.DataFrame") -> "pd.Series[float]":
    """Return the seconds of each step that its run had not paid before.

    All points of a whole schedule belong to one training; a schedule of its own is a training for itself.
    """
    own = frame["fidelity"].where(frame["schedule"] == "own", -1)
    seconds, keys = frame["seconds"], [frame["run"], frame["key"], frame["protocol"], frame["seed"], own]
    training = seconds.groupby(keys, sort=False).ngroup()
    paid = seconds.groupby(training, sort=False).cummax().groupby(training, sort=False).shift(fill_value=0.0)
    return (seconds - paid).clip(lower=0.0)


def evaluations(connection: Connection, keys: Sequence[str] | None = None) -> "pd.DataFrame":
    """Return one row per trial, in the order of insertion; only those of the genotypes of `keys`, if they are given."""
    rows, genotypes = select(*OF_TRIAL), select(*GENOTYPE_COLUMNS)
    if keys is not None:
        rows = rows.where(tables.Evaluation.genotype_key.in_(keys))
        genotypes = genotypes.where(tables.Genotype.key.in_(keys))
    return _joined(_frame(connection, rows.order_by(tables.Evaluation.id)), "key", _frame(connection, genotypes))


def points(connection: Connection, metrics: Sequence[str], space: str | None) -> "pd.DataFrame":
    """Return one row per trial with its key, protocol, fidelity and seed, whether it failed, and these metrics.

    The database takes the metrics out of the JSON, so this is several times as fast as `evaluations`.
    """
    import pandas as pd

    trial = tables.Evaluation
    values = trial.metrics
    # Databases written before version 0.2 have failures without an error, whose NaN is a text: see `failure_reason`.
    failed = or_(trial.error.is_not(None), cast(values, Text).like('%: "%'))
    columns = (trial.genotype_key, trial.protocol_key, trial.fidelity, trial.seed, failed)
    rows: Select[Any] = select(*columns, *(values[metric].as_float() for metric in metrics))
    if space is not None:
        rows = rows.join(tables.Genotype).where(tables.Genotype.space == space)
    names = ("key", "protocol", "fidelity", "seed", "failed", *metrics)
    dtypes = {"key": "str", "protocol": "str", "fidelity": "int64", "seed": "int64", "failed": "bool"}
    parts = [
        pd.DataFrame(
            {
                name: _array(values, dtypes[name]) if name in dtypes else pd.to_numeric(pd.Series(values), "coerce")
                for name, values in zip(names, zip(*some, strict=True), strict=True)
            }
        )
        for some in _rows(connection, rows.order_by(trial.id))
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in names})


def runs(connection: Connection) -> "pd.DataFrame":
    """Return one row per run: its definition and its provenance."""
    import pandas as pd

    columns = [
        column for column in tables.Run.__table__.columns if column.name not in ("identity", "versions", "checksum")
    ]
    columns.append(tables.Protocol.text.label("protocol_text"))
    rows: Select[Any] = select(*columns, tables.Run.versions).join(tables.Protocol).order_by(tables.Run.id)
    found = connection.execute(rows).all()  # SQLAlchemy's rows: several columns are JSON
    dtypes = _dtypes(columns)
    frame = pd.DataFrame([row[:-1] for row in found], columns=list(dtypes)).astype(dtypes)
    frame = pd.concat([frame, pd.DataFrame([row[-1] for row in found], index=frame.index)], axis=1)
    return frame.rename(columns={"id": "run", "protocol_key": "protocol"})


def curves(connection: Connection) -> "pd.DataFrame":
    """Return one row per point of a learning curve: the key of the trial, `training_step` and `val`."""
    import pandas as pd

    trial = (*EVALUATION_COLUMNS, METRICS, CURVE, TRIAL_CHECKSUM)
    rows: Select[Any] = select(*GENOTYPE_COLUMNS, *trial).join_from(tables.Genotype, tables.Evaluation)
    dtypes = _dtypes((*GENOTYPE_COLUMNS, *EVALUATION_COLUMNS[:4])) | {"training_step": "int64", "val": "float64"}
    names, points = rows.selected_columns.keys(), list[tuple[Any, ...]]()
    for some in _rows(connection, rows.order_by(tables.Evaluation.id)):
        arrays: dict[str, Sequence[Any]] = dict(zip(names, zip(*some, strict=True), strict=True))
        texts = arrays[CURVE.name]
        _check(arrays)
        keys = zip(*(arrays[name] for name in dtypes if name in arrays), strict=True)
        for key, text in zip(keys, texts, strict=True):
            points += [(*key, step, from_json(value)) for step, value in json.loads(text)]
    return pd.DataFrame(points, columns=list(dtypes)).astype(dtypes)


def _joined(frame: "pd.DataFrame", column: str, known: "pd.DataFrame") -> "pd.DataFrame":
    """Return the frame with all columns of `known` in place of one that is also theirs; rows not in it are left out.

    The database would look up each row by itself, at random places: each takes the longer, the more there are.
    """
    import pandas as pd

    places = pd.Index(known[column]).get_indexer(frame[column])
    if (missing := places < 0).any():
        frame, places = frame[~missing].reset_index(drop=True), places[~missing]
    at = list(frame.columns).index(column)
    found = known.take(places).set_axis(frame.index)
    return pd.concat([frame.iloc[:, :at], found, frame.iloc[:, at + 1 :]], axis=1)


def _frame(connection: Connection, statement: Select[Any]) -> "pd.DataFrame":
    """Return the rows as a frame; each entry of the column METRICS, if there is one, becomes a column."""
    import pandas as pd

    dtypes = _dtypes(statement.selected_columns)
    with _no_garbage():
        parts = [_part(rows, dtypes) for rows in _rows(connection, statement)] or [_part([], dtypes)]
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Let Python's collector rest: it would look at all new rows again and again, a third of the time, for nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _rows(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """Yield the rows AT_ONCE, as the driver gives them: the columns need no conversion by SQLAlchemy."""
    result = connection.execute(statement)
    cursor = result.cursor
    assert cursor is not None, "the statement is a query"
    while rows := cursor.fetchmany(AT_ONCE):
        yield rows
    result.close()


def _part(rows: Sequence[tuple[Any, ...]], dtypes: dict[str, str]) -> "pd.DataFrame":
    """Return rows as a frame."""
    import pandas as pd

    columns = zip(*rows, strict=True) if rows else [() for _ in dtypes]
    arrays: dict[str, Sequence[Any]] = dict(zip(dtypes, columns, strict=True))
    _check(arrays)
    texts = arrays.pop(METRICS.name, None)
    metrics = pd.DataFrame() if texts is None else pd.DataFrame(json.loads(f"[{','.join(texts)}]"))
    if texts and not all(dtype.kind in "if" for dtype in metrics.dtypes):  # NaN, infinities are texts, in old failures
        given = json.loads(f"[{','.join(texts)}]")
        arrays["error"] = tuple(map(failure_reason, arrays["error"], given))
        metrics = pd.DataFrame([{name: from_json(value) for name, value in each.items()} for each in given])
    frame = pd.DataFrame({name: _array(values, dtypes[name]) for name, values in arrays.items()}, copy=False)
    return frame if texts is None else pd.concat([frame, metrics.set_axis(frame.index)], axis=1)


def _check(arrays: dict[str, Sequence[Any]]) -> None:
    """Raise DamagedRowError for what is not as it was stored; remove the columns that are there only for this check."""
    for table, checksums in (("evaluation", TRIAL_CHECKSUM), ("step", STEP_CHECKSUM)):
        stored = arrays.pop(checksums.name, ())
        if stored and stored[0] is not None:  # an older database has none
            columns = [arrays[CALLED.get(column, column)] for column in CHECKED[table]]
            _compare(table, stored, tuple(map(checksum, *columns)), arrays)
    if "genotype" in arrays:
        _compare("genotype", arrays["key"], tuple(map(short_sha256, arrays["genotype"])), arrays)
    for column in (CURVE, ASKED):
        arrays.pop(column.name, None)


def _compare(table: str, stored: Sequence[Any], found: Sequence[Any], arrays: Mapping[str, Sequence[Any]]) -> None:
    if stored != found:
        at = next(place for place, (then, now) in enumerate(zip(stored, found, strict=True)) if then != now)
        about = [f"{name} {arrays[name][at]}" for name in ("run", "step", "key") if name in arrays]
        raise DamagedRowError(f"{table}: {', '.join(about)} is not as it was stored: its checksum differs")


def _array(values: Sequence[Any], dtype: str) -> Any:
    """Return values as an array; of texts that repeat, each is converted once."""
    import pandas as pd

    if dtype == "str" and len(kinds := dict.fromkeys(values)) < len(values) / 2:
        places = dict(zip(kinds, range(len(kinds)), strict=True))
        return pd.array(list(kinds), dtype="str").take([places[value] for value in values])
    return pd.array(list(values), dtype="str") if dtype == "str" else np.array(values, dtype=dtype)


def _dtypes(columns: Iterable[Any]) -> dict[str, str]:
    """Return column -> dtype, so that an empty frame has the dtypes of a full one."""
    return {str(column.key): DTYPES.get(column.type.python_type, "object") for column in columns}
