"""Rows of whole tables: read in order, copied to another database, and summed up in a checksum."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, Table, func, insert, select, text

from nasbench_pose.hashing import canonical_json
from nasbench_pose.scalar import is_finite

CHUNK = 5_000
"""Rows that are in memory at once."""


def count(connection: Connection, table: Table) -> int:
    """Return the number of rows of a table."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def read_rows(connection: Connection, table: Table, columns: Sequence[str] | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table in the order of its primary key, with all columns or with these."""
    wanted = [table.c[name] for name in columns or table.c.keys()]
    query = select(*wanted).order_by(*table.primary_key)
    for row in connection.execution_options(yield_per=CHUNK).execute(query):
        yield tuple(row)


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows as they are, with their ids; return their number."""
    rows, number = iter(rows), 0
    while chunk := list(islice(rows, CHUNK)):
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in chunk])
        number += len(chunk)
    return number


def copy_tables(source: Connection, tables: Mapping[str, Table], target: Connection, into: Mapping[str, Table]) -> None:
    """Copy all rows into the empty tables of a database of the same schema, and let its ids count on from there."""
    for name, table in tables.items():
        insert_rows(target, into[name], table.c.keys(), read_rows(source, table))
    continue_ids(target, into)


def continue_ids(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Let the sequences of a PostgreSQL server go on after ids that were inserted; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for name, table in tables.items():
        for column in table.primary_key:
            if column.name == "id" and isinstance(column.type, Integer):
                sequence = f"pg_get_serial_sequence('{name}', 'id')"
                connection.execute(
                    text(f"SELECT setval({sequence}, COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM {name}")
                )


def checksum(rows: Iterable[Sequence[Any]]) -> str:
    """Return 16 hex digits that depend on the rows, but not on their order: databases sort texts differently.

    >>> checksum([(1, "a"), (2, None)]) == checksum([(2, None), (1, "a")]) != checksum([(1, "a")])
    True
    """
    total = 0
    for row in rows:
        content = canonical_json([json_value(value) for value in row])
        total += int.from_bytes(hashlib.sha256(content.encode(errors="surrogatepass")).digest(), "big")
    return f"{total % 2**256:064x}"[:16]


def json_value(value: Any) -> Any:
    """Return a value as JSON has it: bytes as hex digits, and a float that is not finite as a text.

    >>> json_value(b"\\x00\\xff"), json_value(float("inf")), json_value(1.5)
    ('00ff', 'inf', 1.5)
    """
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value) if isinstance(value, float) and not is_finite(value) else value


def binary_columns(table: Table) -> list[str]:
    """Return the names of the columns of bytes."""
    return [column.name for column in table.c if isinstance(column.type, LargeBinary)]
