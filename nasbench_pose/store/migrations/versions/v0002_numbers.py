"""NumPy numbers, which versions before 0.2 stored in SQLite as bytes, become numbers."""

from typing import Any

import numpy as np
from alembic import op
from sqlalchemy import Connection, text

revision = "0002"
down_revision = "0001"

COLUMNS = {
    "evaluation": ("fidelity", "seed"),
    "run": ("budget",),
    "step": ("number", "evaluation_id"),
    "checkpoint": ("number",),
}
"""Table -> its columns of whole numbers that took any type."""

FLOATS: dict[int, np.dtype[Any]] = {2: np.dtype("<f2"), 4: np.dtype("<f4"), 16: np.dtype(np.longdouble)}
"""Number of bytes -> NumPy type. A float64 was never stored as bytes: it is a subclass of Python's float."""


def upgrade() -> None:
    """Convert the bytes. Of two rows that turn out to be the same trial or step, the first one stays."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":  # other databases refuse bytes in a column of numbers
        return
    for table, columns in COLUMNS.items():
        for column in columns:
            _repair(connection, table, column)
    connection.execute(text("UPDATE step SET ask_seconds = 0.0 WHERE typeof(ask_seconds) = 'blob'"))


def whole(stored: bytes) -> int:
    """Return the number whose bytes these are, little-endian; no seed, step or fidelity was negative.

    Four or two bytes may be a float: they are if that is a whole number of a size that a fidelity has, and the integer
    that they would be is not.

    >>> whole(b"\\x90\\x01\\x00\\x00\\x00\\x00\\x00\\x00"), whole(b"\\x00\\x00\\xc8C")
    (400, 400)
    """
    integer = int.from_bytes(stored[:8], "little")
    if len(stored) == 8:
        return integer if integer < 2**63 else integer - 2**64
    if len(stored) in (2, 4, 16):
        value = float(np.frombuffer(stored, FLOATS[len(stored)])[0])
        if value.is_integer() and 1 <= value < 2**24 and (len(stored) == 16 or integer >= 2 ** (6 * len(stored))):
            return int(value)
    return integer


def _repair(connection: Connection, table: str, column: str) -> None:
    rows = connection.execute(
        text(f"SELECT rowid, {column} FROM {table} WHERE typeof({column}) = 'blob' ORDER BY rowid")
    ).all()
    for row, stored in rows:
        values = {"row": row, "value": whole(stored)}
        connection.execute(text(f"UPDATE OR IGNORE {table} SET {column} = :value WHERE rowid = :row"), values)
    for row, stored in rows:  # the remaining rows collide with the same trial, or the same step
        values = {"row": row, "value": whole(stored)}
        if connection.scalar(text(f"SELECT typeof({column}) FROM {table} WHERE rowid = :row"), values) == "blob":
            _drop(connection, table, column, values)


def _drop(connection: Connection, table: str, column: str, values: dict[str, Any]) -> None:
    """Delete a row that says what another one says already; steps that visited it visit the other one."""
    if table == "evaluation":
        others = " AND ".join(
            f"other.{name} = this.{name}"
            for name in ("genotype_key", "protocol_key", "fidelity", "seed")
            if name != column
        )
        same = f"SELECT other.id FROM evaluation AS other, evaluation AS this WHERE this.id = :row AND {others}"
        other = connection.scalar(text(f"{same} AND other.{column} = :value"), values)
        connection.execute(
            text("UPDATE step SET evaluation_id = :other WHERE evaluation_id = :row"), {**values, "other": other}
        )
    connection.execute(text(f"DELETE FROM {table} WHERE rowid = :row"), values)
