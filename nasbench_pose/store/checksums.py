"""Checksums of rows: a bit that flips in a stored number leaves a number, which nothing else would notice."""

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Select, Text, cast, select, update

from nasbench_pose.store.tables import Base

FACT = ("genotype_key", "protocol_key", "fidelity", "seed", "schedule")
"""The columns that identify a trial."""
CHECKED: Mapping[str, tuple[str, ...]] = {
    "protocol": ("key", "text"),
    "evaluation": (*FACT[:-1], "metrics", "curve", "seconds", "error", "schedule"),
    "run": (
        *("identity", "strategy", "settings", "space", "space_digest", "seed", "protocol_key", "fidelity"),
        *("objectives", "budget", "started", "versions", "machine", "git_commit", "command"),
    ),
    "step": ("run_id", "number", "ask_seconds", "ask_number", "start_seconds", "end_seconds", *FACT),
    "ask": ("run_id", "number", "told", "genotype_key", "fidelity", "schedule", "seconds"),
    "checkpoint": ("run_id", "number", "state"),
}
"""Table -> the values that its checksum is of, in this order; those of a step include the key of its trial.

A genotype needs none, as its key is the digest of its text. Proposals and trainings under way have none.
"""
AT_ONCE = 5_000
"""Rows that are in memory at once."""


class DamagedRowError(Exception):
    """A row is not as it was stored; the message says which."""


def checksum(*values: Any) -> int:
    """Return the CRC-32 of the values of a row: JSON is given as its text, bytes as their own CRC-32.

    Stored checksums depend on this text, so it never changes.

    >>> checksum("a", None, 1, 2.5), checksum("a", None, 1, 2.25)
    (4136297704, 1708613063)
    """
    return zlib.crc32("\x1f".join(map(str, values)).encode(errors="surrogatepass"))


def row_checksum(table: str, row: Mapping[str, Any]) -> int:
    """Return the checksum of a row of this table; a row of `step` has the columns FACT of its trial, too."""
    return checksum(*(_plain(row[column]) for column in CHECKED[table]))


def check_row(stored: int | None, what: str, *values: Any) -> None:
    """Raise DamagedRowError if the checksum of the values is not the stored one; a row of old schemas has None.

    >>> check_row(checksum(1, 2.5), "trial 7", 1, 2.25)
    Traceback (most recent call last):
        ...
    nasbench_pose.store.checksums.DamagedRowError: trial 7 is not as it was stored: its checksum differs
    """
    if stored is not None and stored != checksum(*values):
        raise DamagedRowError(f"{what} is not as it was stored: its checksum differs")


def contents(name: str) -> Select[Any]:
    """Return the query of the checksums of a table with the values that they are of, in their order; JSON is text."""
    table, trial = Base.metadata.tables[name], Base.metadata.tables["evaluation"]
    columns = [table.c[column] if column in table.c else trial.c[column] for column in CHECKED[name]]
    texts = [cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column for column in columns]
    query = select(table.c.checksum, *texts)
    # A step may have lost its trial: that is another finding.
    return query.select_from(table.outerjoin(trial)) if name == "step" else query


def damaged(connection: Connection, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table that are not as they were stored: those values that its checksum is of."""
    rows = connection.execute(contents(name), execution_options={"yield_per": AT_ONCE})
    for part in rows.partitions():
        stored, *columns = zip(*part, strict=True)
        numbers = [map(_plain, column) if isinstance(column[0], bytes) else column for column in columns]
        for then, now, (_, *values) in zip(stored, map(checksum, *numbers), part, strict=True):
            if then != now:
                yield dict(zip(CHECKED[name], values, strict=True))


def refuse_damage(connection: Connection) -> None:
    """Raise DamagedRowError if a row of any table is not as it was stored: to change it would hide the damage."""
    for name in CHECKED:
        for row in damaged(connection, name):
            raise DamagedRowError(f"{described(name, row)} is not as it was stored: its checksum differs")


def renew(connection: Connection, name: str, condition: ColumnElement[bool]) -> None:
    """Store the checksums of rows as they are now. Before they are changed, `refuse_damage` looks at them."""
    table = Base.metadata.tables[name]
    keys, number = list(table.primary_key), len(CHECKED[name])
    query = contents(name).add_columns(*(key.label(f"own_{key.name}") for key in keys)).where(condition)
    for _, *values in connection.execute(query).all():
        row = (key == value for key, value in zip(keys, values[number:], strict=True))
        found = checksum(*map(_plain, values[:number]))
        connection.execute(update(table).where(*row).values(checksum=found))


def described(name: str, row: Mapping[str, Any]) -> str:
    """Return the table and the key of a row in words.

    >>> described("step", {"run_id": 3, "number": 12})
    'step: run 3, number 12'
    """
    parts = (f"{column.removesuffix('_id').removesuffix('_key')} {row[column]}" for column in NAMED[name])
    return f"{name}: {', '.join(parts)}"


NAMED: Mapping[str, tuple[str, ...]] = {
    "protocol": ("key",),
    "evaluation": FACT,
    "run": ("identity", "strategy"),
    "step": ("run_id", "number"),
    "ask": ("run_id", "number"),
    "checkpoint": ("run_id", "number"),
}


def _plain(value: Any) -> Any:
    """Return a value as `checksum` takes it."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return zlib.crc32(value) if isinstance(value, bytes | memoryview) else value
