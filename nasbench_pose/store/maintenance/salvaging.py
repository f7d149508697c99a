"""Saving what is readable of a damaged database into a new SQLite file."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Connection, Float, Integer, LargeBinary, Table, Text, cast, create_engine, select

from nasbench_pose.errors import StoreError
from nasbench_pose.hashing import short_sha256
from nasbench_pose.store.checksums import FACT, row_checksum
from nasbench_pose.store.engine import database_url, display_name, existing_file
from nasbench_pose.store.error_messages import explain_errors
from nasbench_pose.store.maintenance.opened import opened, tables_of
from nasbench_pose.store.maintenance.rows import insert_rows
from nasbench_pose.store.maintenance.sqlite_pages import Record, records
from nasbench_pose.store.schema import HEAD, TABLE, migrate
from nasbench_pose.store.store import Store

Row = dict[str, Any]


@dataclass(frozen=True)
class Salvaged:
    """What was saved."""

    rows: dict[str, int]
    """Table -> rows in the new database."""
    left_out: dict[str, int]
    """Table -> rows that were readable, but contradict their key or their checksum, or refer to rows that are lost."""


def salvage(file: str | Path, out: Path) -> Salvaged:
    """Save the readable rows of a damaged database into the new SQLite file `out`.

    The pages of an SQLite file are read one by one, without its indexes; the tables of a server are read by queries.
    A genotype is kept if its text has its key, a trial if its genotype is kept, a step if its run, its trial and all
    steps before it are kept, and all rows with a checksum if it is that of their values. Schemas before 0007 have no
    checksums: there a damaged number is kept as it is. Rows that were deleted, such as forgotten failures, may come
    back. Raises StoreError if `out` exists, or if nothing is found.
    """
    if out.exists():
        raise StoreError(f"{str(out)!r} exists already; name a new file for what is saved.")
    found = list(_readable(file))
    schema = next((row[0] for _, row in found if len(row) == 1 and row[0] in KNOWN), HEAD)
    engine = create_engine(f"sqlite:///{out}")
    try:
        with explain_errors(str(out)), engine.begin() as connection:
            migrate(connection, schema)
            saved = _save(connection, found)
    finally:
        engine.dispose()
    if not any(saved.rows.values()):
        out.unlink()
        raise StoreError(f"Nothing of a results database is readable in {display_name(database_url(file))}.")
    Store(out, must_exist=True).close()  # brings it up to date
    return saved


def _readable(where: str | Path) -> Iterator[Record]:
    """Yield the rows of all tables, JSON as its text, and the revision as a row of its own."""
    url = database_url(where)
    if url.get_backend_name() == "sqlite":
        path = existing_file(url)
        with explain_errors(str(path)):
            yield from records(path)
        return
    with opened(where) as database:
        yield 0, (database.schema,)
        for table in database.tables.values():
            columns = [cast(column, Text) if isinstance(column.type, JSON) else column for column in table.c]
            for row in database.connection.execute(select(*columns)):
                yield 0, tuple(row)


LATE = {"step": 1, "checkpoint": 2}
"""Tables that are saved after the others, in this order."""
KNOWN = tuple(f"{number:04d}" for number in range(1, int(HEAD) + 1))


def _save(connection: Connection, found: list[tuple[int, tuple[Any, ...]]]) -> Salvaged:
    tables = tables_of(connection)
    rows: dict[str, dict[Any, Row]] = {name: {} for name in tables}
    for number, values in found:
        for name, table in tables.items():
            if (row := _row(table, number, values)) is not None:
                key = tuple(row[column.name] for column in table.primary_key)
                if key not in rows[name] or not _is_whole(name, rows[name][key]):
                    rows[name][key] = row
    kept: dict[str, list[Row]] = {}
    # Steps come late: whether one is kept depends on the asks, a checkpoint on the steps; neither refers to them.
    for name, table in sorted(tables.items(), key=lambda each: LATE.get(each[0], 0)):
        kept[name] = _consistent(name, [row for row in rows[name].values() if _is_whole(name, row)], kept)
        insert_rows(connection, table, table.c.keys(), [list(row.values()) for row in kept[name]])
    counts = {name: len(each) for name, each in kept.items()}
    return Salvaged(counts, {name: len(rows[name]) - counts[name] for name in tables})


def _row(table: Table, number: int, values: tuple[Any, ...]) -> Row | None:
    """Return the record as a row of this table, None if its values cannot be that. Our tables differ in their types."""
    columns = list(table.c)
    if len(values) != len(columns) or table.name == TABLE:
        return None
    row: Row = {}
    for column, value in zip(columns, values, strict=True):
        if value is None and list(table.primary_key) == [column] and isinstance(column.type, Integer):
            value = number  # SQLite keeps such a key as the number of the row
        if not (value is None and column.nullable) and not _fits(column, value):
            return None
        row[column.name] = float(value) if isinstance(column.type, Float) and value is not None else value
    for column in columns:
        if isinstance(column.type, JSON):
            try:
                row[column.name] = json.loads(row[column.name])
            except ValueError:
                return None
    return row


def _is_whole(name: str, row: Row) -> bool:
    """Return whether a row is as it was stored; a step waits for its trial, whose key is in its checksum."""
    return "checksum" not in row or name == "step" or row_checksum(name, row) == row["checksum"]


def _fits(column: "Column[Any]", value: Any) -> bool:
    if isinstance(column.type, LargeBinary):
        return isinstance(value, bytes)
    if isinstance(column.type, Integer):
        return isinstance(value, int | bytes) and not isinstance(column.type, LargeBinary)
    if isinstance(column.type, Float):
        return isinstance(value, int | float)
    return isinstance(value, str)


def _consistent(name: str, rows: list[Row], kept: Mapping[str, list[Row]]) -> list[Row]:
    """Return the rows that agree with their key and refer to rows that are kept."""
    keep = CONSISTENT.get(name)
    return rows if keep is None else keep(rows, kept)


def _genotypes(rows: list[Row], _: Mapping[str, list[Row]]) -> list[Row]:
    return [
        row for row in rows if short_sha256(row["text"]) == row["key"] and row["text"].startswith(f"{row['space']}:")
    ]


def _trials(rows: list[Row], kept: Mapping[str, list[Row]]) -> list[Row]:
    genotypes, protocols = ({row["key"] for row in kept[name]} for name in ("genotype", "protocol"))
    facts: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if row["genotype_key"] in genotypes and row["protocol_key"] in protocols:
            facts.setdefault(tuple(row.get(n) for n in FACT), row)
    return list(facts.values())


def _runs(rows: list[Row], kept: Mapping[str, list[Row]]) -> list[Row]:
    protocols = {row["key"] for row in kept["protocol"]}
    return list({row["identity"]: row for row in rows if row["protocol_key"] in protocols}.values())


def _asks(rows: list[Row], kept: Mapping[str, list[Row]]) -> list[Row]:
    """Keep the asks of each run from the first one to the one before the first that is lost."""
    runs, genotypes = {row["id"] for row in kept["run"]}, {row["key"] for row in kept["genotype"]}
    last: dict[int, int] = dict.fromkeys(runs, 0)
    good: list[Row] = []
    for row in sorted(rows, key=lambda row: (row["run_id"], row["number"])):
        if row["genotype_key"] in genotypes and last.get(row["run_id"]) == row["number"] - 1:
            last[row["run_id"]] += 1
            good.append(row)
    return good


def _steps(rows: list[Row], kept: Mapping[str, list[Row]]) -> list[Row]:
    """Keep the steps of each run from the first one to the one before the first that is lost, or whose ask is."""
    runs = {row["id"] for row in kept["run"]}
    trials = {row["id"]: {name: row.get(name) for name in FACT} for row in kept["evaluation"]}
    asks = {(row["run_id"], row["number"]) for row in kept.get("ask", ())}
    good: list[Row] = []
    last: dict[int, int] = dict.fromkeys(runs, 0)
    for row in sorted(rows, key=lambda row: (row["run_id"], row["number"])):
        known = row.get("ask_number") is None or (row["run_id"], row["ask_number"]) in asks
        trial = trials.get(row["evaluation_id"])
        if known and trial is not None and last.get(row["run_id"]) == row["number"] - 1 and _is_step(row, trial):
            last[row["run_id"]] += 1
            good.append(row)
    return good


def _is_step(row: Row, trial: Row) -> bool:
    return "checksum" not in row or row_checksum("step", row | trial) == row["checksum"]


def _checkpoints(rows: list[Row], kept: Mapping[str, list[Row]]) -> list[Row]:
    steps = {(row["run_id"], row["number"]) for row in kept["step"]}
    return [row for row in rows if (row["run_id"], row["number"]) in steps]


CONSISTENT: Mapping[str, Callable[[list[Row], Mapping[str, list[Row]]], list[Row]]] = {
    "genotype": _genotypes,
    "evaluation": _trials,
    "run": _runs,
    "ask": _asks,
    "step": _steps,
    "checkpoint": _checkpoints,
}
